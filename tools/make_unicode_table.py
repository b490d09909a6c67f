"""Writes `edgenlp/text/unicode.bin`, the one source of Unicode data on every platform (docs/text-spec.md).

Run with a Python whose `unicodedata` is of Unicode 14.0 (Python 3.11). The bytes depend on nothing else.
"""

from __future__ import annotations

import argparse
import struct
import sys
import unicodedata
from collections.abc import Callable, Iterable
from itertools import accumulate, groupby
from pathlib import Path
from typing import Final

MAGIC: Final = b"EDGEUNI1"
UNICODE_VERSION: Final = "14.0.0"
CODE_POINTS: Final = range(0x110000)
TARGET: Final = Path(__file__).resolve().parent.parent / "edgenlp" / "text" / "unicode.bin"


def _points(*ranges: tuple[int, int]) -> frozenset[int]:
    return frozenset(point for first, last in ranges for point in range(first, last + 1))


# Properties that `unicodedata` does not have, from Unicode 14.0's PropList.txt and DerivedCoreProperties.txt.
WHITE_SPACE: Final = _points(
    (0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
    (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
DEFAULT_IGNORABLE: Final = _points(
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip

# Invisible characters that stand between words: zero width space, directional marks, byte order mark, annotations.
INVISIBLE_SEPARATORS: Final = _points(
    (0x61C, 0x61C), (0x200B, 0x200B), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x206F), (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
)  # fmt: skip
# Format characters that are visible signs before digits or words.
VISIBLE_FORMAT: Final = _points(
    (0x600, 0x605), (0x6DD, 0x6DD), (0x70F, 0x70F), (0x890, 0x891), (0x8E2, 0x8E2), (0x110BD, 0x110BD),
    (0x110CD, 0x110CD), (0x13430, 0x13438),
)  # fmt: skip
EMOJI_MODIFIERS: Final = _points((0x1F3FB, 0x1F3FF))
REGIONAL_INDICATORS: Final = _points((0x1F1E6, 0x1F1FF))
KANA_MARKS: Final = _points((0x30FC, 0x30FC), (0xFF70, 0xFF70), (0xFF9E, 0xFF9F))
LEADING_VOWELS: Final = _points((0xE40, 0xE44), (0xEC0, 0xEC4))
FOLLOWING_VOWELS: Final = _points(
    (0xE30, 0xE30), (0xE32, 0xE33), (0xE45, 0xE45), (0xEB0, 0xEB0), (0xEB2, 0xEB3), (0xEBD, 0xEBD)
)
ZERO_WIDTH_JOINER: Final = 0x200D
STACKERS: Final = frozenset({0x1039, 0x17D2})
IDEOGRAPHIC: Final = _points((0x3005, 0x3007), (0x3021, 0x3029), (0x3038, 0x303C))
SINGLE_NAMES: Final = ("CJK UNIFIED", "CJK COMPATIBILITY IDEO", "TANGUT", "NUSHU", "KHITAN", "HIRAGANA")
CLUSTER_NAMES: Final = ("THAI ", "LAO ", "KHMER ", "MYANMAR ")
KATAKANA_NAMES: Final = ("KATAKANA ", "HALFWIDTH KATAKANA ")

# What keyboards put in place of the ASCII sign.
TYPOGRAPHIC: Final = {
    **dict.fromkeys((0x2018, 0x2019, 0x201B), "'"),
    **dict.fromkeys((0x201C, 0x201D, 0x201F), '"'),
    **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212), "-"),
}
YPOGEGRAMMENI: Final = "\u0345"
HANGUL_SYLLABLES: Final = range(0xAC00, 0xD7A4)


def character_class(point: int) -> str:
    """The class letter of a code point (docs/text-spec.md, Character classes)."""
    char = chr(point)
    category = unicodedata.category(char)
    if category == "Cc" or point in WHITE_SPACE or point in INVISIBLE_SEPARATORS:
        return "s"
    if point == ZERO_WIDTH_JOINER:
        return "j"
    if point in STACKERS:
        return "b"
    if point in VISIBLE_FORMAT:
        return "o"
    if category[0] == "M" or category == "Cf" or point in EMOJI_MODIFIERS | KANA_MARKS | FOLLOWING_VOWELS:
        return "x"
    if point in LEADING_VOWELS:
        return "v"
    if point in REGIONAL_INDICATORS:
        return "r"
    if category == "Nd":
        return "d"
    if category[0] == "L" or category == "Nl":
        return _letter_class(point, unicodedata.name(char, ""), category)
    return "o"


def _letter_class(point: int, name: str, category: str) -> str:
    if point in IDEOGRAPHIC or name.startswith(SINGLE_NAMES):
        return "h"
    if name.startswith(CLUSTER_NAMES):
        return "c"
    if name.startswith(KATAKANA_NAMES):
        return "k"
    return {"Lu": "u", "Lt": "u", "Ll": "l"}.get(category, "a")


def folding(point: int) -> str:
    """Full case folding of the compatibility decomposition, to a fixed point, without ignorable code points.

    U+0345 stays as it is: folding it to a letter would make the result depend on the order of marks.
    """
    folded = TYPOGRAPHIC.get(point, chr(point))
    while True:
        decomposed = unicodedata.normalize("NFKD", folded)
        cased = "".join(char if char == YPOGEGRAMMENI else char.casefold() for char in decomposed)
        kept = (char for char in cased if ord(char) not in DEFAULT_IGNORABLE)
        again = "".join(TYPOGRAPHIC.get(ord(char), char) for char in kept)
        if again == folded:
            return folded
        folded = again


def section(keys: Iterable[int], values: bytes = b"") -> bytes:
    """How many keys, the keys, and a byte for each of them or none."""
    keys = list(keys)
    return struct.pack(f"<I{len(keys)}I", len(keys), *keys) + values


def ranges(values: Iterable[str | int]) -> bytes:
    """A section of ranges of code points: where each starts, and what all in it have, a letter or a small number."""
    runs = [(value, sum(1 for _ in group)) for value, group in groupby(values)]
    starts = list(accumulate((length for _, length in runs), initial=0))[:-1]
    return section(starts, bytes(ord(value) if isinstance(value, str) else value for value, _ in runs))


def build() -> bytes:
    """The whole file."""
    foldings = {
        point: folded
        for point in CODE_POINTS
        if point not in HANGUL_SYLLABLES and not 0xD800 <= point < 0xE000 and (folded := folding(point)) != chr(point)
    }
    return b"".join(
        (
            MAGIC,
            ranges(map(character_class, CODE_POINTS)),
            ranges(unicodedata.combining(chr(point)) for point in CODE_POINTS),
            section(foldings, bytes(map(len, foldings.values()))),
            section(ord(char) for folded in foldings.values() for char in folded),
        )
    )


def write(target: Path, build: Callable[[], bytes]) -> int:
    """Write a table, or say which Python is needed; returns the exit status."""
    if unicodedata.unidata_version != UNICODE_VERSION:
        sys.stderr.write(f"The table is of Unicode {UNICODE_VERSION}; this Python has {unicodedata.unidata_version}.\n")
        return 1
    target.write_bytes(build())
    return 0


def main() -> int:
    """Write the table; returns the exit status."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    return write(TARGET, build)


if __name__ == "__main__":
    sys.exit(main())
