"""Writes `edgenlp/text/bert.bin`: how BERT's tokenizer sees each code point (docs/text-spec.md, WordPiece).

Run with a Python whose `unicodedata` is of Unicode 14.0 (Python 3.11), after `make_unicode_table.py`, whose foldings
this table shares. The bytes depend on nothing else.
"""

from __future__ import annotations

import argparse
import sys
import unicodedata
from pathlib import Path
from typing import Final

from edgenlp.text import normalize
from make_unicode_table import CODE_POINTS, DEFAULT_IGNORABLE, WHITE_SPACE, ranges, section, write

MAGIC: Final = b"EDGEBRT1"
TARGET: Final = Path(__file__).resolve().parent.parent / "edgenlp" / "text" / "bert.bin"

ASCII_SIGNS: Final = frozenset((*range(0x21, 0x30), *range(0x3A, 0x41), *range(0x5B, 0x61), *range(0x7B, 0x7F)))
IDEOGRAPHS: Final = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F),
)  # fmt: skip
"""BERT's own blocks of Chinese characters, whatever is assigned in them."""


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
            ranges(map(cased_class, CODE_POINTS)),
            ranges(uncased),
            section(forms, bytes(map(len, forms.values()))),
            section(ord(char) for form in forms.values() for char in form),
        )
    )


def main() -> int:
    """Write the table; returns the exit status."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    return write(TARGET, build)


if __name__ == "__main__":
    sys.exit(main())
