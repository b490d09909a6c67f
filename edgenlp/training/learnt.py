"""What was learnt before a run: on dev rows that its teacher or its start knows, nothing can be measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from edgenlp.data.meanings import meanings
from edgenlp.errors import DataError, EdgeNLPError, RecipeError
from edgenlp.interfaces import Example
from edgenlp.training.recipe import TeacherModel
from edgenlp.training.run import Run, rows_of, start_of
from edgenlp.training.splits import Splits


def learnt_rows(run: Run, labels: Sequence[str]) -> Iterator[Example]:
    """What a run has learnt, with and without gold answers, and its teachers; then the same of the one it started from.

    Runs whose labels are all others than `labels` are passed over: what they learnt tells nothing of this task.

    Raises:
        DataError: behind all rows that are at hand, where others are not.
    """
    missing: list[EdgeNLPError] = []
    for one in _lineage(run, missing):
        if one.recipe.head and _of_one_task(one.labels(), labels):
            yield from _at_hand(_read(one), missing)
            for number, teacher in enumerate(one.recipe.distillation.teacher if one.recipe.distillation else ()):
                yield from _at_hand(_learnt_by(teacher, one, number), missing)
    if missing:
        raise DataError(str(missing[0])) from missing[0]


def _lineage(run: Run, missing: list[EdgeNLPError]) -> Iterator[Run]:
    """A run, the one that it started from, and so on."""
    yield run
    while run.recipe.start:
        try:
            start = start_of(run.recipe)
            # another run may lie there by now, which learnt other rows and started from anything, even from this one
            if start.weights_digest() != run.provenance.get("start"):
                raise RecipeError(f"{start.folder} has been trained anew since {run.folder} started from it")
        except RecipeError as error:
            missing.append(error)
            return
        run = start
        yield run


def _of_one_task(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether they have a label in common, or are of numbers, whose one label is their range."""
    return not set(ours).isdisjoint(theirs) or max(len(ours), len(theirs)) < 2


def _at_hand(rows: Iterator[Example], missing: list[EdgeNLPError]) -> Iterator[Example]:
    try:
        yield from rows
    except EdgeNLPError as error:
        missing.append(error)


def _read(run: Run) -> Iterator[Example]:
    splits = rows_of(run)
    yield from splits.train
    yield from splits.unlabelled


def _learnt_by(model: TeacherModel, run: Run, number: int) -> Iterator[Example]:
    """What the teacher of that number has learnt, where it still is the one that answered for the run."""
    teacher, config = model.plugin()
    for place, row in enumerate(teacher.learnt(config)):
        # one that has learnt nothing need not be at hand, and may be large
        if not place and teacher.digest(config) != run.provenance["teachers"][number]["digest"]:
            raise RecipeError(f"the teacher {model.name!r} of {run.folder} is another one by now")
        yield row


def check_start(run: Run, splits: Splits) -> str:
    """Raise where what a run starts from has learnt its dev rows; returns as `check_unknown`.

    Raises:
        RecipeError: it has.
    """
    if not run.recipe.start:
        return ""
    start = start_of(run.recipe)
    labels = run.labels()
    return check_unknown(f"the run {start.folder}, which is to start from,", lambda: learnt_rows(start, labels), splits)


def check_unknown(who: str, learnt: Callable[[], Iterable[Example]], splits: Splits) -> str:
    """Raise where some model has learnt what a dev row means.

    Args:
        who: the model, in words.
        learnt: the rows that it has learnt; a `DataError` behind those that are at hand, where others are not.
        splits: with the dev rows.

    Returns:
        That it could not be told of all rows, in words; empty where it could.

    Raises:
        RecipeError: it has.
    """
    if not splits.dev:
        return ""
    known, why = known_rows(learnt, splits.dev)
    if known:
        raise RecipeError(
            f"{who} has learnt {known} of the {len(splits.dev)} dev rows, which are to measure what comes of it: teach "
            "it without them, by the same data.folds and data.fold where there are folds"
        )
    return why and f"whether {who} has learnt dev rows is not known: {why}"


def known_rows(learnt: Callable[[], Iterable[Example]], rows: Sequence[Example]) -> tuple[int, str]:
    """How many rows mean what some model has learnt.

    Args:
        learnt: as for `check_unknown`.
        rows: that are looked for.

    Returns:
        Their number; and in words why it may be more, where not all that was learnt is at hand.
    """
    found: list[Example] = []
    why = ""
    try:
        for row in learnt():
            found.append(row)
    except DataError as error:
        why = str(error)
    names = meanings([*found, *rows])
    of_learnt = set(names[: len(found)])
    return sum(name in of_learnt for name in names[len(found) :]), why
