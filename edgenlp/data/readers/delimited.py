"""Tables with named columns: TSV, CSV and JSON lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from edgenlp.data.lines import first_line, json_object, no_rows, numbered_lines, place
from edgenlp.data.options import settle
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Reader, Text

Rows = Iterator[tuple[int, Mapping[str, Any]]]
"""Line numbers and rows by column."""


class DelimitedReader(Reader):
    """A label a row, in columns that the options name; the file's ending tells the form.

    - `.csv`: a header row, commas, quotes as in RFC 4180 (a field in quotes may hold commas and line ends).
    - `.tsv`: a header row, tabs; quotes are characters like any other.
    - `.jsonl`: an object a line.

    Options:
        text: the text's column, `text` unless said otherwise.
        text_b: the second text's column, for pairs; none unless said.
        label: the label's column, `label` unless said otherwise.
        language: a BCP 47 tag for all rows.
    """

    name: ClassVar[str] = "delimited"

    def read(self, path: Path, **options: str) -> Iterator[Example]:
        """Stream the examples; a label may be a text or a whole number (which becomes text).

        Raises:
            DataError: naming file, line and field; the line of a row that spans several is its last.
        """
        settled = settle(self.name, options, text="text", text_b="", label="label", language="")
        columns = [settled[key] for key in ("text", "text_b", "label") if settled[key]]
        rows = FORMS.get(path.suffix.lower())
        if rows is None:
            raise DataError(f"{path} ends in none of {', '.join(FORMS)}, which tell the reader 'delimited' its form.")
        number = 0
        for number, row in rows(path, columns):
            first, *more = (_field(row, column, path, number) for column in columns)
            text: Text = (first, more[0]) if len(more) == 2 else first
            yield Example(text, more[-1], settled["language"])
        if not number:
            raise no_rows(path)

    def recognises(self, path: Path) -> bool:
        """True for a file with one of the endings and the columns `text` and `label`."""
        line = first_line(path)
        if path.suffix.lower() == ".jsonl":
            return '"text"' in line and '"label"' in line
        separator = {".csv": ",", ".tsv": "\t"}.get(path.suffix.lower())
        return separator is not None and {"text", "label"} <= {field.strip('"') for field in line.split(separator)}


def _field(row: Mapping[str, Any], column: str, path: Path, number: int) -> str:
    value = row.get(column)
    if isinstance(value, int):
        value = str(value)
    if value is None:
        raise DataError(f"{place(path, number, column)}: is missing.")
    if not isinstance(value, str):
        raise DataError(f"{place(path, number, column)}: is not a text.")
    if not value.strip():
        raise DataError(f"{place(path, number, column)}: is empty.")
    return value


def _check_header(header: list[str], columns: list[str], path: Path, number: int) -> None:
    for column in columns:
        if column not in header:
            raise DataError(f"{place(path, number)}: has no column {column!r}; it has {', '.join(header)}.")


def _check_width(row: list[str], header: list[str], path: Path, number: int) -> None:
    if len(row) != len(header):
        raise DataError(f"{place(path, number)}: found {len(row)} fields for the {len(header)} columns of the header.")


def _tsv(path: Path, columns: list[str]) -> Rows:
    header: list[str] = []
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        row = line.split("\t")
        if not header:
            header = row
            _check_header(header, columns, path, number)
            continue
        _check_width(row, header, path, number)
        yield number, dict(zip(header, row, strict=True))


def _csv(path: Path, columns: list[str]) -> Rows:
    # numbered_lines has taken the line ends off; fields in quotes need theirs
    table = csv.reader((line + "\n" for _, line in numbered_lines(path)), strict=True)
    header: list[str] = []
    try:
        for row in table:
            if len(row) < 2 and not "".join(row).strip():
                continue
            if not header:
                header = row
                _check_header(header, columns, path, table.line_num)
                continue
            _check_width(row, header, path, table.line_num)
            yield table.line_num, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise DataError(f"{place(path, table.line_num)}: is not valid CSV ({error}).") from error


def _jsonl(path: Path, columns: list[str]) -> Rows:  # noqa: ARG001 - every object names its own columns
    for number, line in numbered_lines(path):
        if line.strip():
            yield number, json_object(line, path, number)


FORMS: Final = {".csv": _csv, ".tsv": _tsv, ".jsonl": _jsonl}
