"""The language of rows that do not say it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_SPLIT: Final = "(?i:train|dev|valid|val|validation|test|eval|data)"
TAG: Final = re.compile(rf"((?:[a-z]{{2}}|gsw|nap)(?:-(?!{_SPLIT}[-.])[A-Za-z0-9]+)*)(?:\.|-{_SPLIT}[-.])")
"""What a file's name begins with that says its language; of three letters are words, too (`dev`, `new`), so that only
the tags of xSID are taken. It ends where a split is named: `en-train.tsv` is in English."""


class Presumed(str):
    """A language that a reader takes for granted, a BCP 47 tag or empty; the data do not say it."""

    __slots__ = ()


def of_name(path: Path) -> Presumed:
    """The language that a file's name begins with, as in `de-st.valid.conll`; empty where it begins with none."""
    found = TAG.match(path.name)
    return Presumed(found[1] if found else "")


def settle_language(read: str, said: str) -> str:
    """What the data say comes before what the user says, and that before what is presumed.

    Args:
        read: the language of a row as its reader gives it.
        said: the language that the user gives to rows that do not say theirs, or empty.

    Returns:
        A BCP 47 tag, or empty where nobody says it.
    """
    return str((said or read) if isinstance(read, Presumed) else (read or said))
