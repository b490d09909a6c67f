"""What verbs share in what they print."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

STEERING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Unicode's categories Cc, Zl, Zp and Cs, and the embeddings, overrides and isolates of bidirectional text."""


def print_json(value: Any, indent: int | None = 2) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=indent))


def print_table(rows: Sequence[Sequence[object]]) -> None:
    """Columns, the first to the left and the others to the right; the first row is the heading."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        first, *others = (
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def printable(text: str) -> str:
    """The text with what could steer the terminal escaped, or make it show the words in another order than they stand.

    That is control characters, separators of lines and paragraphs, bidirectional controls and lone surrogates. All
    else goes through: no-break spaces and joiners are part of ordinary words.
    """
    return STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
