"""Metrics of a model on labelled examples, as a whole and by language and file."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from edgenlp.errors import DataError, EmptyTextError, TextError
from edgenlp.evaluation.progress import Progress
from edgenlp.interfaces import Example, Prediction, Regression, TaskHead, parts
from edgenlp.runtime import Model

UNKNOWN_LANGUAGE: Final = "und"
"""BCP 47's tag for rows whose language the data does not tell."""

MAX_UNKNOWN: Final = 0.5
"""Real data holds labels that training never saw; where most are unknown, the data are of another task."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Metrics on some examples.

    Attributes:
        examples: how many.
        metrics: fractions of 1 by name.
        unknown: rows whose label the model does not have; they count as wrong.
        empty: further rows, which hold no token and are left out; not told for each language.
        languages: the same for each language, where there are several.
        files: the same for each file, where there are several.
    """

    examples: int
    metrics: dict[str, float]
    unknown: int = 0
    empty: int = 0
    languages: dict[str, Evaluation] = field(default_factory=dict)
    files: dict[str, Evaluation] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `empty`, and breakdowns, are left out where there is nothing to tell."""
        values: dict[str, Any] = {"examples": self.examples, "metrics": self.metrics, "unknown": self.unknown}
        if self.empty:
            values["empty"] = self.empty
        for name, several in (("languages", self.languages), ("files", self.files)):
            if several:
                values[name] = {key: part.to_dict() for key, part in several.items()}
        return values


def evaluate(
    model: Model, examples: Iterable[Example], progress: bool = False, max_unknown: float = MAX_UNKNOWN
) -> Evaluation:
    """The metrics of the model's head.

    Args:
        model: what is measured.
        examples: labelled rows; those that hold no token are left out.
        progress: show a line on stderr once it takes more than two seconds.
        max_unknown: share of rows whose label the model may lack before the data count as another task's.

    Raises:
        DataError: there are no examples, or their labels are not those of the model.
        TextError: an example is not of the model's form, such as a pair for a model of single texts, or none holds a
            token.
    """
    return evaluate_files(model, {"": examples}, progress, max_unknown)


def evaluate_files(
    model: Model, files: Mapping[str, Iterable[Example]], progress: bool = False, max_unknown: float = MAX_UNKNOWN
) -> Evaluation:
    """As `evaluate`, for several files at once, with each one's metrics beside the total.

    Args:
        model: what is measured.
        files: labelled rows by the file's name.
        progress: as for `evaluate`.
        max_unknown: as for `evaluate`.

    Raises:
        DataError, TextError: as by `evaluate`, of any of the files.
    """
    labels = set(model.head.labels(model.files))
    with Progress("evaluating", show=progress) as shown:
        answered = {name: _answered(model, name, examples, shown) for name, examples in files.items()}
    for own, _ in answered.values():
        _check_labels(model, own, labels, max_unknown)
    rows = [row for own, _ in answered.values() for row in own]
    if not rows:
        raise DataError("there is no example to evaluate.")

    def part(some: Sequence[_Row], empty: int) -> Evaluation:
        whole = summarize(model.head, [row.example for row in some], [row.prediction for row in some], labels)
        return replace(whole, empty=empty)

    several = {name: part(own, empty) for name, (own, empty) in answered.items()} if len(answered) > 1 else {}
    return replace(part(rows, sum(empty for _, empty in answered.values())), files=several)


def summarize(
    head: TaskHead, examples: Sequence[Example], predictions: Sequence[Prediction], labels: Collection[str] = ()
) -> Evaluation:
    """The metrics of what has been predicted, as a whole and by language.

    Args:
        head: defines the metrics.
        examples: labelled rows.
        predictions: one for each example.
        labels: those that the model has; empty where any may be.
    """
    unknown = sum(is_unknown(example, labels) for example in examples)
    whole = Evaluation(len(examples), head.evaluate(examples, predictions), unknown)
    rows: dict[str, list[int]] = {}
    for number, example in enumerate(examples):
        rows.setdefault(example.language or UNKNOWN_LANGUAGE, []).append(number)
    if len(rows) < 2:
        return whole
    languages = {
        language: summarize(head, [examples[n] for n in own], [predictions[n] for n in own], labels)
        for language, own in rows.items()
    }
    return replace(whole, languages=languages)


@dataclass(frozen=True, slots=True)
class _Row:
    file: str
    example: Example
    prediction: Prediction


def _answered(model: Model, file: str, examples: Iterable[Example], shown: Progress) -> tuple[list[_Row], int]:
    """The rows of a file that hold tokens, and how many others there are.

    Raises:
        TextError: a row is not of the model's form, or none holds a token.
    """
    rows: list[_Row] = []
    empty: list[TextError] = []
    for number, example in enumerate(examples, 1):
        try:
            rows.append(_Row(file, example, model.predict(example.text)))
        except EmptyTextError as error:
            empty.append(error)
        except TextError as error:
            raise _refused(file, number, error) from error
        shown.advance()
    if empty and not rows:
        raise _refused(file, 1, empty[0])
    return rows, len(empty)


def _refused(file: str, row: int, why: TextError) -> TextError:
    return TextError(f"{f'{file}, ' if file else ''}row {row}: {why}")


def _check_labels(model: Model, rows: Sequence[_Row], labels: Collection[str], max_unknown: float) -> None:
    """That the rows of a file are of the model's task.

    Raises:
        DataError: they are labels where the model gives numbers, or more of them are unknown than may be.
    """
    unknown = [row for row in rows if is_unknown(row.example, labels)]
    if unknown and isinstance(unknown[0].prediction, Regression):
        raise DataError(
            f"{model.name!r} gives numbers, and {unknown[0].example.label!r} was read as a label: where the column "
            "holds numbers, say so with --option target=number of the reader delimited"
        )
    if len(unknown) > max_unknown * len(rows):
        first = unknown[0]
        place = f"{first.file}: " if first.file else ""
        says = explain_unknown(first.example, labels, f"{model.name!r} knows")
        raise DataError(f"{place}{says}; {len(unknown)} of {len(rows)} rows have such labels.")


def is_unknown(example: Example, labels: Collection[str]) -> bool:
    """Whether the gold answer is a label (numbers are not) that the model does not have."""
    return bool(labels) and not isinstance(example.target, float | int) and example.label not in labels


def explain_unknown(example: Example, labels: Collection[str], whose: str) -> str:
    """In words, what is wrong with a row whose gold answer is unknown.

    Args:
        example: the row.
        labels: that are known.
        whose: they are, such as "the model knows".
    """
    close = difflib.get_close_matches(example.label, labels, 1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    text = parts(example.text)[0][:60]
    return f"the label {example.label!r} of {text!r} is not one of the {len(labels)} that {whose}{hint}"
