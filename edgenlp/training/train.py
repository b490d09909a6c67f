"""Train what a recipe says, from its data to weights and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from edgenlp.errors import DataError
from edgenlp.evaluation import summarize
from edgenlp.training.dataset import TrainingRows
from edgenlp.training.evaluate import Predictor, predictor
from edgenlp.training.label import labels_of, learning_from
from edgenlp.training.learnt import check_start
from edgenlp.training.loop import Loop, settle_tensorflow
from edgenlp.training.objectives import objectives_of
from edgenlp.training.recipe import read_recipe
from edgenlp.training.rows import check_answers, check_sequences, holding_tokens, task_rows
from edgenlp.training.run import Run, open_run
from edgenlp.training.splits import Splits, read_splits
from edgenlp.training.trainer import Trainer


def train(
    recipe_path: Path | str,
    out: Path | str,
    data: Path | str | None = None,
    overrides: str | Sequence[str] = (),
    resume: bool = False,
    labels: Path | str | Sequence[Path | str] = (),
) -> Run:
    """Train a student into the folder `out`.

    Args:
        recipe_path: a TOML file.
        out: the run's folder, made here; only a resumed run may hold one already.
        data: the folder that the recipe's paths start from; by default the recipe's own.
        overrides: `key=value` pairs over the recipe.
        resume: go on from the last checkpoint in `out`, to the result that an unbroken run would have had.
        labels: the folders of the teachers' labels, for a recipe with a section `distillation`.

    Raises:
        RecipeError: the recipe is not valid, what it starts from has learnt its dev rows, or `out` holds another run.
        DataError: the data cannot be read, or holds nothing to learn.
    """
    recipe_path, out = Path(recipe_path), Path(out)
    recipe = read_recipe(recipe_path, overrides)
    base = Path(data or recipe_path.parent)
    settle_tensorflow(recipe)
    head, head_config = recipe.head_plugin()
    splits = read_splits(recipe, base)
    check_sequences(splits, head)
    run = open_run(recipe, base, out, splits, resume)
    notes: list[str] = []
    found = labels_of(run, labels, notes.append)
    run = learning_from(run, found)
    featurizer, decoder = run.featurizer(), run.decoder()
    rows = task_rows(run, splits, found)
    if not len(rows):
        raise DataError(f"none of the {len(splits.train)} training rows can be learnt by {head.name!r}")
    check_answers(run, splits)
    if not run.has_checkpoint:
        notes.append(check_start(run, splits))
    student = run.new_student()
    if not run.has_checkpoint:
        run.load_start(student)
    trainer = Trainer(student, objectives_of(run, student, found), recipe.training, recipe.seed, rows, featurizer)
    predict: Predictor = predictor(student, featurizer, decoder, run.longest)
    tuning, dev = (holding_tokens(some, featurizer) for some in (splits.tuning, splits.dev))

    def look() -> dict[str, float]:
        return head.evaluate(tuning, predict(tuning))

    loop = Loop(run, trainer, head.primary_metric(head_config), look if tuning else None)
    loop.finish("\n".join(filter(None, [_rows_in_words(splits, rows), *notes])))
    if dev:
        run.load_weights(student)
        measured = replace(summarize(head, dev, predict(dev), run.labels()), empty=len(splits.dev) - len(dev))
        run.write_json("metrics.json", {"dev": measured.to_dict(), "data": splits.counts})
    return run


def _rows_in_words(splits: Splits, rows: TrainingRows) -> str:
    drawn = len(rows) - rows.labelled
    left_out = len(splits.train) - rows.labelled
    alone = f"{drawn} of {len(splits.unlabelled)} texts for the teachers alone ({splits.known} known ones left out), "
    unlabelled = alone if drawn else ""
    also = f", {splits.choosing} of which are tuning rows too" if splits.choosing else ""
    return (
        f"{rows.labelled} training rows ({left_out} that the head cannot express are left out, "
        f"{splits.dropped} that mean the same as a tuning or a dev row are dropped), {unlabelled}"
        f"{len(splits.tuning)} to tune, {len(splits.dev)} for the figures{also}"
    )
