"""Ask the teachers of a recipe about every text that its student will meet, once."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from edgenlp.artifact.files import check_folder
from edgenlp.data.pretrained import without_fetching
from edgenlp.distillation import LabelCache, Labels, Origin, read_labels
from edgenlp.distillation.cache import MANIFEST, check_origin, keys_digest
from edgenlp.errors import DataError, EdgeNLPError, RecipeError
from edgenlp.interfaces import Arrays, Teacher, Text
from edgenlp.settings import several
from edgenlp.training.learnt import check_unknown
from edgenlp.training.loop import check_patience, settle_tensorflow
from edgenlp.training.pretrain_rows import WordRows, check_vocabularies
from edgenlp.training.progress import display
from edgenlp.training.recipe import Distillation, Recipe, read_recipe
from edgenlp.training.rows import check_answers, check_sequences, order_of_labels, training_rows
from edgenlp.training.run import Run, new_run
from edgenlp.training.splits import Splits, read_splits


def label(
    recipe_path: Path | str,
    out: Path | str,
    data: Path | str | None = None,
    overrides: str | Sequence[str] = (),
    only: int | None = None,
) -> None:
    """Fill the cache `out` with what the recipe's teachers say about its training texts.

    Args:
        recipe_path: the student's recipe, with a section `distillation`.
        out: the cache's folder; one that is not finished is gone on with.
        data: the folder that the recipe's paths start from; by default the recipe's own.
        overrides: `key=value` pairs over the recipe.
        only: the number, from 1, of the one teacher that is asked; what the others offer is not looked at.

    Raises:
        RecipeError: the recipe names no teacher, or none of that number, no teacher offers what an objective wants, its
            labels are not the student's, one has learnt what is to measure the student, or `out` holds labels that
            depend on something else.
        DataError: the training data leave no text, or hold rows that no student of the recipe can learn.
        EdgeNLPError: a teacher cannot be read, or cannot read these texts.
    """
    recipe_path, out = Path(recipe_path), Path(out)
    recipe = read_recipe(recipe_path, overrides)
    if recipe.distillation is None or not recipe.distillation.teacher:
        raise RecipeError(f"{recipe_path} names none under distillation.teacher, so there is no teacher to ask")
    check_folder(out, "the labels")
    chosen = _chosen(recipe.distillation, only)
    teachers = [(teacher, config, _asked(teacher, config, recipe)) for teacher, config in chosen]
    if only is None:
        _check_wants(recipe.distillation, teachers)
    base = Path(data or recipe_path.parent)
    settle_tensorflow(recipe)
    splits = read_splits(recipe, base)
    notes = [note for note in _check_dev(chosen, splits) if note]
    check_patience(recipe, bool(splits.tuning))  # what would stop the training stops an hour of labelling too
    if not recipe.pretraining:
        check_sequences(splits, recipe.head_plugin()[0])
    run = new_run(recipe, base, out, splits)
    rows = training_rows(run, splits)
    texts = rows.texts() if len(rows) else []
    if not texts:
        raise DataError(f"{recipe_path} leaves no text to label: no row of its training data can be learnt")
    described = [_described(*one) for one in teachers]
    if not (out / MANIFEST).is_file():
        for teacher, config, what in teachers:  # one that cannot read such texts leaves nothing behind
            next(teacher.label(texts[:1], what, config))
    if isinstance(rows, WordRows):
        check_vocabularies(rows.vocabulary, described)
    else:
        check_answers(run, splits)
        _check_labels(run, described)
    cache = LabelCache(out, _origin(run, texts, described))

    def answer(some: Sequence[Text]) -> Iterable[Sequence[Arrays]]:
        return zip(*(teacher.label(some, what, config) for teacher, config, what in teachers), strict=True)

    with display(len(texts), cache.done, "labelling") as shown:
        for note in notes:
            shown.line(note)
        cache.fill(texts, answer, shown.advance)


def labels_of(run: Run, folders: Path | str | Sequence[Path | str], tell: Callable[[str], None]) -> Labels | None:
    """The labels in `folders`, if they are what the run's recipe asks for; None for a recipe without teachers.

    A teacher itself is compared where it is at hand; a student may be trained where it is not, which `tell` is told.

    Raises:
        DataError: they are not finished.
        RecipeError: they depend on something else, or there are none where there should be, or the reverse.
    """
    distillation = run.recipe.distillation
    if distillation is None or not distillation.teacher:
        if folders:
            raise RecipeError(
                "--labels is for a recipe with teachers under distillation.teacher, and this one has none"
            )
        if distillation and distillation.wants:
            wanted = ", ".join(sorted(distillation.wants))
            raise RecipeError(
                f"the recipe's objectives want {wanted} of a teacher: name one under distillation.teacher"
            )
        return None
    _check_wanted(run.recipe, distillation.wants)
    if not folders:
        raise RecipeError(
            "the recipe learns from teachers: make their labels with edgenlp label, and name them with --labels"
        )
    labels = read_labels(*map(Path, several(folders)))
    found = labels.origin
    teachers = _at_hand(run.recipe, labels, tell)
    digests, theirs = ([teacher["digest"] for teacher in them] for them in (teachers, found.teachers))
    if digests != theirs and sorted(digests) == sorted(theirs):
        raise RecipeError(
            f"the labels in {labels.folders} are in another order than the recipe's teachers: name them in theirs"
        )
    expected = Origin(tuple(teachers), run.provenance["data"]["sha256"], _deciding(run), found.texts, found.keys)
    check_origin(labels.folders, found, expected)
    return labels


def learning_from(run: Run, labels: Labels | None) -> Run:
    """The run with its teachers on record.

    Raises:
        RecipeError: it is gone on with, and has learnt from others.
    """
    if labels is None:
        return run
    teachers = [{"name": teacher["name"], "digest": teacher["digest"]} for teacher in labels.origin.teachers]
    if run.provenance.get("teachers", teachers) != teachers:
        raise RecipeError(
            f"{run.folder} was started with labels of other teachers than those in {labels.folders}, so it cannot be "
            "resumed with these"
        )
    return replace(run, provenance=run.provenance | {"teachers": teachers})


def _at_hand(recipe: Recipe, labels: Labels, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """The recipe's teachers described; as the labels have it, one that is not at hand."""
    assert recipe.distillation is not None
    models, known = recipe.distillation.teacher, labels.origin.teachers
    if len(models) != len(known):
        raise RecipeError(
            f"the labels in {labels.folders} are of {len(known)} teachers and the recipe names {len(models)}: "
            "make them again, or name the folder of each with a --labels of its own"
        )
    described = []
    for model, own in zip(models, known, strict=True):
        if model.name != own["name"]:
            close = difflib.get_close_matches(model.name, [own["name"]])
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise RecipeError(
                f"the labels in {labels.folders} are of a teacher {own['name']!r} where the recipe names "
                f"{model.name!r}{hint}: name the folders in the order of the recipe's teachers, or make them again"
            )
        try:
            teacher, config = model.plugin()  # which may not be installed
            with without_fetching():  # labels are there so that no teacher need be
                described.append(_described(teacher, config, _asked(teacher, config, recipe)))
        except EdgeNLPError as error:
            tell(f"labels of the teacher {model.name!r} are taken as they are, for it is not at hand: {error}")
            described.append(own)
    return described


def _chosen(distillation: Distillation, only: int | None) -> list[tuple[Teacher, Any]]:
    if only is None:
        return distillation.teachers()
    if not 1 <= only <= len(distillation.teacher):
        raise RecipeError(f"there is no teacher {only}: the recipe names {len(distillation.teacher)}")
    return [distillation.teacher[only - 1].plugin()]


def _asked(teacher: Teacher, config: Any, recipe: Recipe) -> list[str]:
    assert recipe.distillation is not None
    wants = recipe.distillation.wants
    _check_wanted(recipe, wants)
    offered = teacher.offers(config)
    asked = sorted(wants & offered)
    if not asked:
        _refuse(teacher, config, wants)
        raise RecipeError(
            f"the teacher {teacher.name!r} offers {', '.join(sorted(offered)) or 'nothing'}, and the recipe's "
            f"objectives want {', '.join(sorted(wants))}"
        )
    return asked


def _check_wanted(recipe: Recipe, wants: Collection[str]) -> None:
    if not wants:
        raise RecipeError(
            "the recipe's objectives want nothing of a teacher: leave out distillation.teacher and train without "
            f"labels, or add the objective {'soft_words' if recipe.pretraining else 'soft_labels'}"
        )


def _refuse(teacher: Teacher, config: Any, lacked: Iterable[str]) -> None:
    """Raise what the teacher itself says of what it lacks: it knows who has it."""
    for what in sorted(lacked):
        teacher.labels(what, config)


def _check_wants(distillation: Distillation, teachers: Sequence[tuple[Teacher, Any, Sequence[str]]]) -> None:
    """Raise where an objective wants what no teacher offers: before hours of labelling rather than after."""
    offered = {what for _, _, own in teachers for what in own}
    for goal in distillation.objective:
        objective, _ = goal.plugin()
        if objective.wants and objective.wants.isdisjoint(offered):
            for teacher, config, _ in teachers:
                _refuse(teacher, config, objective.wants)
            raise RecipeError(
                f"the objective {objective.name!r} wants {' or '.join(sorted(objective.wants))}, "
                "which none of the recipe's teachers offers"
            )


def _check_dev(teachers: Sequence[tuple[Teacher, Any]], splits: Splits) -> Iterator[str]:
    """Raise where a teacher has learnt dev rows: a student that hears it is not measured on them."""
    for teacher, config in teachers:
        yield check_unknown(f"the teacher {teacher.name!r}", partial(teacher.learnt, config), splits)


def _check_labels(run: Run, teachers: Sequence[dict[str, Any]]) -> None:
    """Raise where a teacher's labels are not the student's; raises as `order_of_labels` does."""
    for teacher in teachers:
        for what in teacher["labels"]:
            order_of_labels(run, teacher, what)


def _described(teacher: Teacher, config: Any, what: Sequence[str]) -> dict[str, Any]:
    return {
        "name": teacher.name,
        "digest": teacher.digest(config),
        "labels": {name: teacher.labels(name, config) for name in what},
    }


def _origin(run: Run, texts: Sequence[Text], teachers: list[dict[str, Any]]) -> Origin:
    return Origin(tuple(teachers), run.provenance["data"]["sha256"], _deciding(run), len(texts), keys_digest(texts))


def _deciding(run: Run) -> dict[str, Any]:
    """The part of the recipe that decides which texts there are and what is asked about them, as JSON has it."""
    recipe = run.recipe
    distillation: Distillation | None = recipe.distillation
    assert distillation is not None
    deciding: dict[str, Any] = {
        "data": recipe.data.model_dump(mode="json"),
        "augmentation": [variation.model_dump(mode="json") for variation in recipe.augmentation],
        "what objectives want": sorted(distillation.wants),
    }
    if recipe.pretraining:  # raw text is cut by the encoder
        deciding |= {"encoder": recipe.encoder, "training.max_tokens": recipe.training.max_tokens}
    elif recipe.augmentation or recipe.data.temperature != 1:  # rows are drawn and varied, anew in each of the variants
        deciding |= {"seed": recipe.seed, "distillation.variants": distillation.variants}
    kept: dict[str, Any] = json.loads(json.dumps(deciding))
    return kept
