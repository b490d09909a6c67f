"""What was learnt before a run: on dev rows that its teacher or its start knows, nothing can be measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Example
from edgenlp.training.run import Run, rows_of, start_of
from edgenlp.training.splits import Splits, meanings


def learnt_rows(run: Run, labels: Sequence[str]) -> Iterator[Example]:
    """The training rows of a run, then of those that it started from, as far as these had some of the labels.

    Raises:
        DataError: where the next run, or its data, is not at hand.
    """
    known = set(labels)
    for one in _lineage(run):
        if one.recipe.head:
            own = set(one.head.labels(one.head_assets))
            if own & known or own == known:  # numbers have no labels
                yield from rows_of(one).train


def _lineage(run: Run) -> Iterator[Run]:
    """A run, the one that it started from, and so on."""
    yield run
    while run.recipe.start:
        try:
            run = start_of(run.recipe)
        except RecipeError as error:
            raise DataError(str(error)) from error
        yield run


def check_start(run: Run, splits: Splits) -> str:
    """Raise where what a run starts from has learnt its dev rows; returns as `check_unknown`.

    Raises:
        RecipeError: it has.
    """
    if not run.recipe.start:
        return ""
    start = start_of(run.recipe)
    labels = run.head.labels(run.head_assets)
    return check_unknown(f"the run {start.folder}, which is to start from,", lambda: learnt_rows(start, labels), splits)


def check_unknown(who: str, learnt: Callable[[], Iterable[Example]], splits: Splits) -> str:
    """Raise where some model has learnt what a dev row means.

    Args:
        who: the model, in words.
        learnt: the rows that it has learnt, those that are at hand first.
        splits: with the dev rows.

    Returns:
        That it could not be told of all rows, in words; empty where it could.

    Raises:
        RecipeError: it has.
    """
    if not splits.dev:
        return ""
    rows: list[Example] = []
    note = ""
    try:
        for row in learnt():
            rows.append(row)
    except DataError as error:
        note = f"whether {who} has learnt dev rows is not known: {error}"
    names = meanings([*rows, *splits.dev])
    of_rows = set(names[: len(rows)])
    known = sum(name in of_rows for name in names[len(rows) :])
    if known:
        raise RecipeError(
            f"{who} has learnt {known} of the {len(splits.dev)} dev rows, which are to measure what comes of it: teach "
            "it without them, by the same data.folds and data.fold where there are folds"
        )
    return note
