"""A run's training rows: cut into tokens, with gold answers and teachers' answers as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgenlp.data.meanings import text_key
from edgenlp.distillation import Labels
from edgenlp.errors import DataError, RecipeError
from edgenlp.evaluation.evaluate import explain_unknown, is_unknown
from edgenlp.interfaces import LABELLED, Arrays, Example, Featurizer, TaskHead, Tokens, parts
from edgenlp.runtime.form import FORMS
from edgenlp.training import dataset
from edgenlp.training.dataset import Row, Rows, TrainingRows
from edgenlp.training.output_vocabulary import output_vocabulary
from edgenlp.training.pretrain_rows import word_rows
from edgenlp.training.run import Run
from edgenlp.training.splits import Splits

_SHOWN: Final = 60
"""Characters, at most, of a text in a message."""

Answer = Callable[[Example, Sequence[Tokens]], Arrays | None]
Taught = Callable[[Example, Sequence[Tokens]], tuple[Arrays, ...]]


def training_rows(run: Run, splits: Splits, labels: Labels | None = None) -> Rows:
    """The rows that a run learns, of a task or of raw text."""
    if run.recipe.pretraining:
        return word_rows(run, output_vocabulary(run, splits.train), splits.train, labels)
    return task_rows(run, splits, labels)


def task_rows(run: Run, splits: Splits, labels: Labels | None = None) -> TrainingRows:
    """The rows of a task, varied as the run's recipe says.

    Args:
        run: its recipe, its encoder and its head.
        splits: its data.
        labels: what the teachers said; every text that an epoch can hold must be among them.

    Raises:
        RecipeError: the teachers' labels are not the head's.
    """
    recipe, head, featurizer = run.recipe, run.head, run.featurizer()
    taught = _taught(run, labels) if labels else None

    def to_row(answer: Answer, example: Example) -> Row | None:
        tokens = dataset.tokenize(example, featurizer, recipe.training.max_tokens)
        targets = answer(example, tokens) if all(map(len, tokens)) else None
        return None if targets is None else Row(tokens, targets, taught(example, tokens) if taught else ())

    def gold(example: Example, tokens: Sequence[Tokens]) -> Arrays | None:
        targets = head.targets(example, tokens, run.head_config, run.head_assets)
        return targets and (targets | {LABELLED: np.array(1, np.float32)} if splits.unlabelled else targets)

    folder = Path(run.provenance["folder"])
    augmentations = []
    for variation in recipe.augmentation:
        augmentation, settings = variation.plugin()
        augmentations.append((augmentation.fit(splits.train, settings, folder), variation.share))
    labelled = partial(to_row, gold)
    form = next(filter(None, map(labelled, splits.train)), None)
    unlabelled = list(filter(None, map(partial(to_row, _blank(form.targets if form else {})), splits.unlabelled)))
    taken = recipe.distillation
    return TrainingRows(
        splits.train,
        labelled,
        augmentations,
        recipe.seed,
        recipe.data.temperature,
        taken.variants if taken and taken.teacher else None,
        unlabelled,
        taken.unlabelled_share if taken else 1.0,
        # slot exchange makes some of the utterances by which a model is measured
        lambda example: text_key(example.text) not in splits.measured,
    )


def _blank(form: Arrays) -> Answer:
    """No answer, in the form that other rows' answers have."""

    def blank(example: Example, tokens: Sequence[Tokens]) -> Arrays:  # noqa: ARG001
        return {
            name: np.zeros((len(tokens[0]), *array.shape[1:]) if array.ndim else (), array.dtype)
            for name, array in form.items()
        }

    return blank


def check_sequences(splits: Splits, head: TaskHead) -> None:
    """Raise where a row is a pair and the head takes single texts, or the reverse.

    Raises:
        DataError: naming the first such row.
    """
    for example in (*splits.train, *splits.unlabelled, *splits.tuning, *splits.dev):
        count = len(parts(example.text))
        if count != head.sequences:
            hints = {1: "does not begin with pair_, or", 2: "begins with pair_, or leave out"}
            cut = [part[:_SHOWN] for part in parts(example.text)]
            raise DataError(
                f"the head {head.name!r} takes {FORMS[head.sequences]} a row, and {' and '.join(map(repr, cut))} is "
                f"{FORMS[count]}: name a head whose name {hints[count]} the option text_b of the reader"
            )


def check_answers(run: Run, splits: Splits) -> None:
    """Raise what is wrong with rows that are only predicted now, rather than after hours of training.

    Raises:
        DataError: one is not of the head's task, or all that the recipe names to tune, or all that give the figures,
            have unknown labels or hold no token.
    """
    featurizer = run.featurizer()
    for example in (*splits.tuning, *splits.dev):
        tokens = dataset.tokenize(example, featurizer, run.recipe.training.max_tokens)
        run.head.targets(example, tokens, run.head_config, run.head_assets)
    labels = set(run.labels())
    named = splits.tuning if run.recipe.data.tuning else []  # a row or two that were drawn may well be strangers
    for name, rows in (("tuning", named), ("dev", splits.dev)):
        if rows and not holding_tokens(rows, featurizer):
            raise DataError(f"none of the {len(rows)} {name} rows holds a token: name others under 'data.{name}'")
        if rows and all(is_unknown(example, labels) for example in rows):
            says = explain_unknown(rows[0], labels, "the training rows have")
            raise DataError(
                f"{says}; {len(rows)} of {len(rows)} {name} rows have such labels: name others under 'data.{name}'"
            )


def holding_tokens(examples: Sequence[Example], featurizer: Featurizer) -> list[Example]:
    """Those in each of whose texts there is a token: of the others no model says anything."""
    return [example for example in examples if all(map(len, dataset.tokenize(example, featurizer, 1)))]


def _taught(run: Run, labels: Labels) -> Taught:
    """What the objectives take from each teacher, in the order of the head's labels and on the row's tokens."""
    assert run.recipe.distillation is not None
    wanted = run.recipe.distillation.wants
    orders = [
        {what: order_of_labels(run, teacher, what) for what in teacher["labels"] if what in wanted}
        for teacher in labels.origin.teachers
    ]

    def taught(example: Example, tokens: Sequence[Tokens]) -> tuple[Arrays, ...]:
        return tuple(
            {what: _arranged(run, what, answer, order, tokens[0]) for what, order in own.items()}
            for answer, own in zip(labels.of(example.text), orders, strict=True)
        )

    return taught


def order_of_labels(run: Run, teacher: dict[str, Any], what: str) -> list[int] | None:
    """Where each of the head's labels stands among the teacher's; None where both have one order, or no labels.

    Args:
        run: of the student.
        teacher: as `Origin` describes it.
        what: it says.

    Raises:
        RecipeError: one has a label that the other has not.
    """
    theirs = list(teacher["labels"][what])
    ours = run.labels(what)
    if theirs == ours or what not in ("task_logits", "token_logits"):
        return None
    different = sorted(set(theirs) ^ set(ours))
    if different:
        whose = "teacher" if different[0] in theirs else "student"
        raise RecipeError(
            f"the labels of the teacher {teacher['name']!r} are not the student's: {different[0]!r} is only the "
            f"{whose}'s ({len(different)} differ); teach it on the student's own training data"
        )
    places = {label: place for place, label in enumerate(theirs)}
    return [places[label] for label in ours]


def _arranged(run: Run, what: str, answer: Arrays, order: list[int] | None, tokens: Tokens) -> np.ndarray:
    values = answer[what] if order is None else answer[what][..., order]
    if what == "token_logits" and not np.array_equal(answer["spans"], tokens.spans):
        values = run.head.align(values, answer["spans"], tokens, run.head_assets)
    return values
