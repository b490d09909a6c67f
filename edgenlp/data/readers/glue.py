"""GLUE (Wang et al. 2019): nine tasks on English sentences and pairs of them, as their tables are published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from edgenlp.data.lines import finite, first_line, no_rows, numbered_lines, place
from edgenlp.data.options import settle
from edgenlp.data.readers.language import Presumed
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Reader


@dataclass(frozen=True, slots=True)
class Form:
    """The columns that hold the texts of a task and its answer: one of its labels, or a number where it has none.

    The published table has `broken` rows: of other columns, or without a text.
    """

    texts: tuple[str, ...]
    answer: str
    labels: tuple[str, ...] = ()
    broken: bool = False


BINARY: Final = ("0", "1")
ENTAILMENT: Final = ("entailment", "not_entailment")
UNDECIDED: Final = "-"
"""The answer of a pair of MNLI about which its annotators disagree."""

FORMS: Final = (
    Form(("#1 String", "#2 String"), "Quality", BINARY),  # MRPC
    Form(("sentence1", "sentence2"), "score"),  # STS-B
    Form(("sentence1", "sentence2"), "gold_label", ("entailment", "neutral", "contradiction", UNDECIDED)),  # MNLI
    Form(("sentence1", "sentence2"), "label", ENTAILMENT + BINARY),  # RTE, and WNLI, whose labels are numbers
    Form(("question", "sentence"), "label", ENTAILMENT),  # QNLI
    Form(("question1", "question2"), "is_duplicate", BINARY, broken=True),  # QQP
    Form(("sentence",), "label", BINARY),  # SST-2, and CoLA under the names below
)

COLA: Final = ("source", "label", "mark", "sentence")
"""CoLA's table has no header."""


class GlueReader(Reader):
    """A header row, which tells the task, and tabs between columns; quotes are characters like any other.

    CoLA, SST-2: single texts with labels. MRPC, QQP, MNLI, QNLI, RTE, WNLI: pairs with labels. STS-B: pairs with
    numbers. Only the tables with answers are read, not those of the test sets. QQP's has a few broken rows, which are
    left out, as pairs of MNLI are whose answer is undecided (`-`).

    Options:
        language: a BCP 47 tag for all rows; without it they are presumed to be in English.
    """

    name: ClassVar[str] = "glue"

    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Stream the examples; labels are as written.

        Raises:
            DataError: naming file, line and field.
        """
        language = settle(self.name, options, language="")["language"] or Presumed("en")
        form: Form | None = None
        header: Sequence[str] = ()
        empty = True
        for number, line in numbered_lines(path):
            if not line.strip():
                continue
            row = line.split("\t")
            if form is None:
                header = COLA if _is_cola(row) else row
                form = _form(header)
                if form is None:
                    raise DataError(
                        f"{place(path, number)}: is neither the header of a GLUE table with answers nor a row of CoLA."
                    )
                if header is row:
                    continue
            if form.broken and not _is_whole(row, header, form):
                continue
            example = _example(row, header, form, language, path, number)
            if example.target != UNDECIDED:
                yield example
                empty = False
        if empty:
            raise no_rows(path)

    def recognises(self, path: Path) -> bool:
        """True where the first line is the header of a task, or a row of CoLA."""
        row = first_line(path).split("\t")
        return _is_cola(row) or _form(row) is not None


def _is_cola(row: Sequence[str]) -> bool:
    return len(row) == len(COLA) and row[1] in ("0", "1") and row[2] in ("", "*")


def _form(header: Sequence[str]) -> Form | None:
    return next((form for form in FORMS if {*form.texts, form.answer} <= {*header}), None)


def _is_whole(row: Sequence[str], header: Sequence[str], form: Form) -> bool:
    return len(row) == len(header) and all(row[header.index(name)].strip() for name in (*form.texts, form.answer))


def _example(row: list[str], header: Sequence[str], form: Form, language: str, path: Path, number: int) -> Example:
    if len(row) != len(header):
        raise DataError(f"{place(path, number)}: found {len(row)} columns between tabs instead of {len(header)}.")
    fields = dict(zip(header, row, strict=True))
    for name in (*form.texts, form.answer):
        if not fields[name].strip():
            raise DataError(f"{place(path, number, name)}: is empty.")
    first, *second = (fields[name] for name in form.texts)
    answer = fields[form.answer].strip()
    if form.labels and answer not in form.labels:
        raise DataError(
            f"{place(path, number, form.answer)}: {answer!r:.60} is no label of the task ({', '.join(form.labels)}): "
            "the reader delimited reads tables of other tasks."
        )
    target = answer if form.labels else finite(answer, path, number, form.answer)
    return Example((first, second[0]) if second else first, target, language)
