"""MTOP (Li et al. 2021): utterances with trees in brackets, in the three forms that are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from edgenlp.data.alignment import align
from edgenlp.data.brackets import BracketError, parse
from edgenlp.data.lines import first_line, json_object, no_rows, numbered_lines, place
from edgenlp.data.options import settle
from edgenlp.data.readers.language import of_name
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Reader

ROOT: Final = "[IN:"


@dataclass(frozen=True, slots=True)
class Row:
    """One line's columns; `text_field` and `tree_field` are what the form calls them."""

    text_field: str
    text: str
    tree_field: str
    tree: str
    language: str
    id: str = ""


class MtopReader(Reader):
    """One example a line; blank lines are left out. The first line tells the form.

    - JSON objects with `question` and `logical_form`.
    - Three columns between tabs: id, utterance, logical form.
    - Eight columns between tabs, as published: id, intent, slots, utterance, domain, locale, logical form, tokens.

    The language is that of the locale; without one it is presumed to be the first part of the file's name, as in
    `de.dev.tsv`, where that is a tag. Logical forms may be coupled or decoupled.

    Options:
        language: a BCP 47 tag for all rows.
    """

    name: ClassVar[str] = "mtop"

    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Stream the examples; a tree with words that the utterance lacks gives `aligned=False` and no spans.

        Raises:
            DataError: naming file, line and field.
        """
        language = settle(self.name, options, language="")["language"]
        read_row: Callable[[str, Path, int], Row] | None = None
        for number, line in numbered_lines(path):
            if not line.strip():
                continue
            if read_row is None:
                read_row = _form(line, path, number)
            yield _example(read_row(line, path, number), language, path, number)
        if read_row is None:
            raise no_rows(path)

    def recognises(self, path: Path) -> bool:
        """True where the first line has a logical form."""
        line = first_line(path)
        return ROOT in line or '"logical_form"' in line


def _form(line: str, path: Path, number: int) -> Callable[[str, Path, int], Row]:
    if line.lstrip().startswith("{"):
        return _json_row
    columns = line.count("\t") + 1
    if columns not in (3, 8):
        raise DataError(
            f"{place(path, number)}: found {columns} columns between tabs instead of 3 or 8, and no JSON object: "
            "this is not MTOP."
        )
    return _short_row if columns == 3 else _original_row


def _json_row(line: str, path: Path, number: int) -> Row:
    row = json_object(line, path, number)
    text, tree = (_text_field(row, field, path, number) for field in ("question", "logical_form"))
    return Row("question", text, "logical_form", tree, of_name(path))


def _text_field(row: dict[str, object], field: str, path: Path, number: int) -> str:
    value = row.get(field)
    if isinstance(value, str):
        return value
    raise DataError(f"{place(path, number, field)}: {'is missing' if value is None else 'is not a text'}.")


def _short_row(line: str, path: Path, number: int) -> Row:
    identity, text, tree = _columns(line, 3, path, number)
    return Row("utterance", text, "logical form", tree, of_name(path), identity)


def _original_row(line: str, path: Path, number: int) -> Row:
    identity, _, _, text, _, locale, tree, _ = _columns(line, 8, path, number)
    return Row("utterance", text, "logical form", tree, locale.partition("_")[0].lower(), identity)


def _columns(line: str, count: int, path: Path, number: int) -> list[str]:
    columns = line.split("\t")
    if len(columns) != count:
        raise DataError(f"{place(path, number)}: found {len(columns)} columns between tabs instead of {count}.")
    return columns


def _example(row: Row, language: str, path: Path, number: int) -> Example:
    if not row.text.strip():
        raise DataError(f"{place(path, number, row.text_field)}: is empty.")
    try:
        tree = parse(row.tree)
    except BracketError as error:
        raise DataError(f"{place(path, number, row.tree_field)}: {error}.") from error
    node, aligned = align(tree, row.text)
    return Example(row.text, node, language or row.language, row.id, aligned)
