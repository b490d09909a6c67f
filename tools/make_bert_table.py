"""Writes `edgenlp/text/bert.bin`: how BERT's tokenizer sees each code point (docs/text-spec.md, WordPiece).

Run with a Python whose `unicodedata` is of Unicode 14.0 (Python 3.11), after `make_unicode_table.py`, whose foldings
this table shares. The bytes depend on nothing else.
"""

from __future__ import annotations

import struct
import sys
import unicodedata
from collections.abc import Iterable
from itertools import accumulate, groupby
from pathlib import Path
from typing import Final

from edgenlp.text import normalize

MAGIC: Final = b"EDGEBRT1"
UNICODE_VERSION: Final = "14.0.0"
CODE_POINTS: Final = range(0x110000)
TARGET: Final = Path(__file__).resolve().parent.parent / "edgenlp" / "text" / "bert.bin"

WHITE_SPACE: Final = frozenset(
    (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
)
ASCII_SIGNS: Final = frozenset((*range(0x21, 0x30), *range(0x3A, 0x41), *range(0x5B, 0x61), *range(0x7B, 0x7F)))
IDEOGRAPHS: Final = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip
"""BERT's own blocks of Chinese characters, whatever is assigned in them."""

DEFAULT_IGNORABLE: Final = frozenset(
    (0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010),
     *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0,
     *range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000))
)  # fmt: skip


def cased_class(point: int) -> str:
    """The class letter of a code point as it is written: `s` separates, `p` is a word of its own, `w` is a letter."""
    category = unicodedata.category(chr(point))
    if point in WHITE_SPACE or category in ("Cc", "Cf"):
        return "s"
    if point in ASCII_SIGNS or category[0] == "P" or any(first <= point <= last for first, last in IDEOGRAPHS):
        return "p"
    return "w"


def folded(char: str) -> str:
    """NFKC_Casefold of one code point, decomposed, without nonspacing marks; controls are spaces."""
    while True:
        cased = unicodedata.normalize("NFD", char).casefold()
        again = unicodedata.normalize("NFKC", "".join(c for c in cased if ord(c) not in DEFAULT_IGNORABLE))
        if again == char:
            break
        char = again
    decomposed = unicodedata.normalize("NFD", char)
    kept = (c for c in decomposed if unicodedata.category(c) != "Mn")
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf") else c for c in kept)


def uncased_class(point: int) -> str:
    """The class letter of what a code point folds to: `e` for nothing, `m` for more than one kind or sign."""
    classes = "".join(cased_class(ord(char)) for char in folded(chr(point)))
    if not classes:
        return "e"
    return classes[0] if classes == "p" or set(classes) in ({"w"}, {"s"}) else "m"


def _section(keys: Iterable[int], values: bytes = b"") -> bytes:
    keys = list(keys)
    return struct.pack(f"<I{len(keys)}I", len(keys), *keys) + values


def _ranges(letters: str) -> bytes:
    runs = ["".join(run) for _, run in groupby(letters)]
    starts = list(accumulate(map(len, runs), initial=0))[:-1]
    return _section(starts, "".join(run[0] for run in runs).encode("ascii"))


def build() -> bytes:
    """The whole file."""
    uncased = "".join(map(uncased_class, CODE_POINTS))
    forms: dict[int, str] = {}
    for point in CODE_POINTS:
        shared = "".join(char for char in normalize(chr(point)) if uncased[ord(char)] != "e")
        if uncased[point] not in "es" and folded(chr(point)) != shared:
            forms[point] = folded(chr(point))
    return b"".join(
        (
            MAGIC,
            _ranges("".join(map(cased_class, CODE_POINTS))),
            _ranges(uncased),
            _section(forms, bytes(map(len, forms.values()))),
            _section(ord(char) for form in forms.values() for char in form),
        )
    )


def main() -> int:
    """Write the table, or say which Python is needed."""
    if unicodedata.unidata_version != UNICODE_VERSION:
        sys.stderr.write(f"The table is of Unicode {UNICODE_VERSION}; this Python has {unicodedata.unidata_version}.\n")
        return 1
    TARGET.write_bytes(build())
    return 0


if __name__ == "__main__":
    sys.exit(main())
