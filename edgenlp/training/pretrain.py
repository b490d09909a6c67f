"""Train an encoder, without a task, by predicting hidden words of raw text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgenlp.errors import DataError, RecipeError
from edgenlp.training.label import labels_of, learning_from
from edgenlp.training.loop import Loop, settle_tensorflow
from edgenlp.training.objectives import objectives_of
from edgenlp.training.output_vocabulary import output_vocabulary
from edgenlp.training.pretrain_figures import METRIC, describe, record, word_measure
from edgenlp.training.pretrain_rows import measured_rows, nothing_to_guess, word_rows
from edgenlp.training.pretrain_student import new_word_student
from edgenlp.training.recipe import read_recipe
from edgenlp.training.run import Run, open_run
from edgenlp.training.splits import read_splits
from edgenlp.training.trainer import Trainer


def pretrain(
    recipe_path: Path | str,
    out: Path | str,
    data: Path | str | None = None,
    overrides: str | Sequence[str] = (),
    resume: bool = False,
    labels: Path | str | Sequence[Path | str] = (),
) -> Run:
    """Train an encoder into the folder `out`: a run from which other recipes start (`start`).

    Args:
        recipe_path: a TOML file with a section `pretraining` in a head's place.
        out: the run's folder, made here; only a resumed run may hold one already.
        data: the folder that the recipe's paths start from; by default the recipe's own.
        overrides: `key=value` pairs over the recipe.
        resume: go on from the last checkpoint in `out`, to the result that an unbroken run would have had.
        labels: the folders of the teachers' labels, for a recipe with a section `distillation`.

    Raises:
        RecipeError: the recipe is not valid, its encoder cannot learn words, or `out` holds another run.
        DataError: the text cannot be read, or is too little.
    """
    recipe_path, out = Path(recipe_path), Path(out)
    recipe = read_recipe(recipe_path, overrides)
    if recipe.pretraining is None:
        raise RecipeError(f"{recipe_path} has no section [pretraining]: edgenlp train is for recipes with a [head]")
    base = Path(data or recipe_path.parent)
    settle_tensorflow(recipe)
    splits = read_splits(recipe, base)
    run = open_run(recipe, base, out, splits, resume)
    notes: list[str] = []
    found = labels_of(run, labels, notes.append)
    run = learning_from(run, found)
    vocabulary = output_vocabulary(run, splits.train)
    rows = word_rows(run, vocabulary, splits.train, found)
    if not len(rows):
        raise DataError(nothing_to_guess(recipe, rows, splits.train))
    featurizer = run.featurizer()
    student = new_word_student(run, vocabulary)
    if not run.has_checkpoint:
        run.load_start(student)
    measured = {
        "tuning": measured_rows(run, vocabulary, splits.tuning),
        "dev": measured_rows(run, vocabulary, splits.dev),
    }
    measures = {name: word_measure(student, part, featurizer) for name, part in measured.items() if len(part)}
    trainer = Trainer(student, objectives_of(run, student, found), recipe.training, recipe.seed, rows, featurizer)
    tuning = measures.get("tuning")
    loop = Loop(run, trainer, METRIC, (lambda: record(tuning())) if tuning else None, describe)
    words = (
        f"{len(splits.train)} training lines, {len(rows)} rows an epoch ({splits.dropped} lines that the tuning or the "
        f"dev text has too are dropped), {len(splits.tuning)} lines to tune, {len(splits.dev)} for the figures"
    )
    loop.finish("\n".join([words, *notes]))
    run.load_weights(student)
    figures = {name: measure().to_dict() for name, measure in measures.items()}
    run.write_json("metrics.json", {**figures, "data": splits.counts})
    return run
