"""What verbs share in what they print."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

NOISE: Final = re.compile(
    rb"INFO: |[IW]\d{4} \d\d:\d\d:\d\d|[IW]0000 |WARNING: All log messages before absl|To enable the following instr"
)
"""How lines begin that TFLite and TensorFlow log when they are set up, with nothing to say to the user."""
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


@contextmanager
def quiet_runtime() -> Iterator[None]:
    """Leaves out what runtimes log on stderr when they are set up; anything else passes when this ends."""
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # no stderr at all
        yield
        return
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            log.seek(0)
            kept = b"".join(line for line in log if not NOISE.match(line))
            if kept:
                os.write(2, kept)
