"""Metrics of what answers labelled examples, as a whole and by language and file."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from edgenlp.errors import DataError, EmptyTextError, TextError
from edgenlp.evaluation.answers import Answerer, Answers, Rows
from edgenlp.evaluation.progress import Progress
from edgenlp.interfaces import Example, Prediction, Regression, TaskHead, parts

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
    model: Answerer, examples: Iterable[Example], progress: bool = False, max_unknown: float = MAX_UNKNOWN
) -> Evaluation:
    """The metrics of the model's head.

    Args:
        model: an `edgenlp.Model`, or whatever else answers, such as `edgenlp.training.FloatModel`.
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
    model: Answerer, files: Mapping[str, Iterable[Example]], progress: bool = False, max_unknown: float = MAX_UNKNOWN
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
    return measure(ask(model, files, progress), max_unknown)


def ask(model: Answerer, files: Mapping[str, Iterable[Example]], progress: bool = False) -> Answers:
    """What a model says about the rows of files.

    Args:
        model: as for `evaluate`.
        files: as for `evaluate_files`.
        progress: as for `evaluate`.

    Raises:
        TextError: as by `evaluate`, of any of the files.
    """
    rows = {name: list(examples) for name, examples in files.items()}
    with Progress("evaluating", progress, sum(map(len, rows.values()))) as shown:
        return Answers(model, {name: _ask(model, name, examples, shown) for name, examples in rows.items()})


def measure(answers: Answers, max_unknown: float = MAX_UNKNOWN) -> Evaluation:
    """The metrics of answers, with each file's beside the total.

    Args:
        answers: to labelled rows.
        max_unknown: as for `evaluate`.

    Raises:
        DataError: as by `evaluate`, of any of the files.
    """
    labels = set(answers.model.labels)
    for name in answers.files:
        _check_labels(answers, name, labels, max_unknown)
    if not any(answers.files.values()):
        raise DataError("there is no example to evaluate.")
    return _by_file(answers, labels)


def agreement(answers: Answers, teacher: Answers) -> Evaluation:
    """How far one answers as another does: the metrics with the other's answers in the gold ones' place.

    The primary metric of labels and trees is then the share of texts about which both say the same (fidelity; Stanton
    et al. 2021).

    Args:
        answers: to some rows.
        teacher: the other's answers to the same rows.

    Returns:
        Of the rows to which both have an answer; `empty` counts the others.

    Raises:
        DataError: the answers are of different kinds, or to other rows, or there is no row to which both have one.
    """
    check_comparable(answers.model, teacher.model)
    if answers.files.keys() != teacher.files.keys():
        raise DataError(f"{answers.model.name!r} and {teacher.model.name!r} were asked about other files.")
    files: dict[str, Rows] = {}
    for name, rows in answers.files.items():
        theirs = teacher.files[name]
        if [example.text for example, _ in rows] != [example.text for example, _ in theirs]:
            raise DataError(f"{answers.model.name!r} and {teacher.model.name!r} were asked about other rows.")
        files[name] = [
            (example, None) if said is None else (replace(example, target=said.target, aligned=True), own)
            for (example, own), (_, said) in zip(rows, theirs, strict=True)
        ]
    if not any(own is not None for rows in files.values() for _, own in rows):
        raise DataError("there is no row to which both have an answer.")
    return _by_file(Answers(answers.model, files), ())


def check_comparable(model: Answerer, teacher: Answerer) -> None:
    """Raise where two can not say the same.

    Raises:
        DataError: their heads give answers of different kinds.
    """
    if model.head.name != teacher.head.name:
        raise DataError(
            f"{model.name!r} has the head {model.head.name!r} and {teacher.name!r} the head {teacher.head.name!r}: "
            "answers of one kind alone can be compared"
        )


def _by_file(answers: Answers, labels: Collection[str]) -> Evaluation:
    def part(rows: Rows) -> Evaluation:
        held = [(example, said) for example, said in rows if said is not None]
        examples, predictions = [example for example, _ in held], [said for _, said in held]
        whole = summarize(answers.model.head, examples, predictions, labels)
        return replace(whole, empty=len(rows) - len(held))

    several = {name: part(rows) for name, rows in answers.files.items()} if len(answers.files) > 1 else {}
    return replace(part([row for rows in answers.files.values() for row in rows]), files=several)


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


def _ask(model: Answerer, file: str, examples: Sequence[Example], shown: Progress) -> Rows:
    """The rows of a file and what is said about them: nothing about those that hold no token.

    Raises:
        TextError: a row is not of the model's form, or none holds a token.
    """
    rows: Rows = []
    empty: list[TextError] = []
    said = model.answers([example.text for example in examples])
    for number, (example, answer) in enumerate(zip(examples, said, strict=True), 1):
        if isinstance(answer, EmptyTextError):
            empty.append(answer)
        elif isinstance(answer, TextError):
            raise _refused(file, number, answer) from answer
        rows.append((example, None if isinstance(answer, TextError) else answer))
        shown.advance()
    if empty and len(empty) == len(rows):
        raise _refused(file, 1, empty[0])
    return rows


def _refused(file: str, row: int, why: TextError) -> TextError:
    return TextError(f"{f'{file}, ' if file else ''}row {row}: {why}")


def _check_labels(answers: Answers, file: str, labels: Collection[str], max_unknown: float) -> None:
    """That the rows of a file are of the model's task.

    Raises:
        DataError: they are labels where it gives numbers, or more of them are unknown than may be.
    """
    name = answers.model.name
    rows = [(example, said) for example, said in answers.files[file] if said is not None]
    unknown = [row for row in rows if is_unknown(row[0], labels)]
    if not unknown:
        return
    first, said = unknown[0]
    if isinstance(said, Regression):
        raise DataError(
            f"{name!r} gives numbers, and {first.label!r} was read as a label: where the column "
            "holds numbers, say so with --option target=number of the reader delimited"
        )
    if len(unknown) > max_unknown * len(rows):
        place = f"{file}: " if file else ""
        says = explain_unknown(first, labels, f"{name!r} knows")
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
