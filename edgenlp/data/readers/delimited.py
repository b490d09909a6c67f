"""Tables with named columns: TSV, CSV and JSON lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from edgenlp.data.lines import finite, first_line, json_object, no_rows, numbered_lines, place
from edgenlp.data.options import choice, settle
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Reader, Target, Text

Rows = Iterator[tuple[int, Mapping[str, Any]]]
"""Line numbers and rows by column."""

LONGEST_FIELD: Final = 2**31 - 1
"""Of characters, the most that the module csv can be told: its own limit, 131,072, is TSV's and JSON's as little."""


class DelimitedReader(Reader):
    """A text or a pair a row with a label or a number, in columns that the options name; the ending tells the form.

    - `.csv`: a header row, commas, quotes as in RFC 4180 (a field in quotes may hold commas and line ends).
    - `.tsv`: a header row, tabs; quotes are characters like any other.
    - `.jsonl`: an object a line.

    Options:
        text: the text's column, `text` unless said otherwise.
        text_b: the second text's column, for pairs; none unless said.
        label: the answer's column, `label` unless said otherwise; empty for rows without answers, such as those of
            `data.unlabelled`.
        target: what the answer is: `label` (default) or `number`.
        language: a BCP 47 tag for all rows.
        language_column: the column of each row's own tag, instead.
        id: the column that names what a row means: rows of one name translate each other.
    """

    name: ClassVar[str] = "delimited"

    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Stream the examples; in JSON a label may be a whole number too, which becomes text.

        Texts are as written; labels are without white space around them.

        Raises:
            DataError: naming file, line and field; the line of a row that spans several is its first.
        """
        settled = settle(
            self.name,
            options,
            text="text",
            text_b="",
            label="label",
            target="label",
            language="",
            language_column="",
            id="",
        )
        numeric = choice(self.name, "target", settled["target"], ("label", "number")) == "number"
        texts = [settled[key] for key in ("text", "text_b") if settled[key]]
        answer, language, meaning = (settled[key] for key in ("label", "language_column", "id"))
        if language and settled["language"]:
            raise DataError("the reader 'delimited' takes one language for all rows, or a language_column, not both.")
        rows = FORMS.get(path.suffix.lower())
        if rows is None:
            raise DataError(f"{path} ends in none of {', '.join(FORMS)}, which tell the reader 'delimited' its form.")
        number = 0
        for number, row in rows(path, [*texts, *filter(None, (answer, language, meaning))]):
            first, *second = (_text(row, column, path, number) for column in texts)
            text: Text = (first, second[0]) if second else first
            target: Target = ""
            if answer:
                target = _number(row, answer, path, number) if numeric else _label(row, answer, path, number)
            spoken = _label(row, language, path, number) if language else settled["language"]
            yield Example(text, target, spoken, _label(row, meaning, path, number) if meaning else "")
        if not number:
            raise no_rows(path)

    def recognises(self, path: Path) -> bool:
        """True for a file with one of the endings and the columns `text` and `label`."""
        line = first_line(path)
        if path.suffix.lower() == ".jsonl":
            return '"text"' in line and '"label"' in line
        separator = {".csv": ",", ".tsv": "\t"}.get(path.suffix.lower())
        return separator is not None and {"text", "label"} <= {field.strip('"') for field in line.split(separator)}


def _number(row: Mapping[str, Any], column: str, path: Path, number: int) -> float:
    return finite(_present(row, column, path, number), path, number, column)


def _present(row: Mapping[str, Any], column: str, path: Path, number: int) -> Any:
    value = row.get(column)
    if value is None:
        raise DataError(f"{place(path, number, column)}: is missing.")
    return value


def _text(row: Mapping[str, Any], column: str, path: Path, number: int) -> str:
    value = _present(row, column, path, number)
    if not isinstance(value, str):
        raise DataError(f"{place(path, number, column)}: is not a text.")
    if not value.strip():
        raise DataError(f"{place(path, number, column)}: is empty.")
    return value


def _label(row: Mapping[str, Any], column: str, path: Path, number: int) -> str:
    value = _present(row, column, path, number)
    # JSON's true and false are whole numbers to Python
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise DataError(f"{place(path, number, column)}: is neither a text nor a whole number; put it in quotes.")
    return _text(row, column, path, number).strip()


def _check_header(header: list[str], columns: list[str], path: Path, number: int) -> None:
    for column in columns:
        if column not in header:
            raise DataError(f"{place(path, number)}: has no column {column!r}; it has {', '.join(header)}.")
        if header.count(column) > 1:
            raise DataError(f"{place(path, number)}: has the column {column!r} twice.")


def _check_width(row: list[str], header: list[str], path: Path, number: int) -> None:
    if len(row) != len(header):
        raise DataError(f"{place(path, number)}: found {len(row)} fields for the {len(header)} columns of the header.")


def _tsv(path: Path, columns: list[str]) -> Rows:
    return _named(((number, line.split("\t")) for number, line in numbered_lines(path) if line.strip()), columns, path)


def _csv(path: Path, columns: list[str]) -> Rows:
    rows = ((number, row) for number, row in _records(path) if len(row) > 1 or "".join(row).strip())
    return _named(rows, columns, path)


def _named(rows: Iterator[tuple[int, list[str]]], columns: list[str], path: Path) -> Rows:
    """Rows by the names in the first of them, the header."""
    header: list[str] = []
    for number, row in rows:
        if not header:
            header = row
            _check_header(header, columns, path, number)
            continue
        _check_width(row, header, path, number)
        yield number, dict(zip(header, row, strict=True))


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file and the lines at which they begin."""
    # numbered_lines has taken the line ends off; fields in quotes need theirs
    table = csv.reader((line + "\n" for _, line in numbered_lines(path)), strict=True)
    while True:
        begin = table.line_num + 1
        limit = csv.field_size_limit(LONGEST_FIELD)
        try:
            row = next(table, None)
        except csv.Error as error:
            if str(error).startswith("new-line character"):
                raise DataError(
                    f"{place(path, begin)}: holds a carriage return that no line feed follows; save the file with "
                    "line feeds at the ends of lines."
                ) from error
            raise DataError(
                f"{place(path, begin)}: is not valid CSV ({error}); perhaps a quote in the row that begins here is not "
                "closed, or one within quotes not doubled."
            ) from error
        finally:
            csv.field_size_limit(limit)  # it is the whole process's
        if row is None:
            return
        yield begin, row


def _jsonl(path: Path, columns: list[str]) -> Rows:  # noqa: ARG001 - every object names its own columns
    for number, line in numbered_lines(path):
        if line.strip():
            yield number, json_object(line, path, number)


FORMS: Final = {".csv": _csv, ".tsv": _tsv, ".jsonl": _jsonl}
