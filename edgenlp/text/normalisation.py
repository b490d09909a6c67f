"""Folding a token so that its spellings of one meaning share features (docs/text-spec.md, Normalisation)."""

from __future__ import annotations

from functools import cache
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Final

from edgenlp.text.table import table

# Conjoining Jamo arithmetic, The Unicode Standard, section 3.12.
_SYLLABLE: Final = 0xAC00
_SYLLABLES: Final = 11172
_LEADING: Final = 0x1100
_VOWEL: Final = 0x1161
_TRAILING: Final = 0x11A7
_VOWELS: Final = 21
_TRAILINGS: Final = 28


class _Foldings(dict[int, str]):
    """The table's foldings for `str.translate`, with Hangul syllables by arithmetic and all else unchanged."""

    def __missing__(self, point: int) -> str | int:
        index = point - _SYLLABLE
        if not 0 <= index < _SYLLABLES:
            return point
        index, trailing = divmod(index, _TRAILINGS)
        leading, vowel = divmod(index, _VOWELS)
        jamo = chr(_LEADING + leading) + chr(_VOWEL + vowel)
        return jamo + chr(_TRAILING + trailing) if trailing else jamo


@cache
def _foldings() -> _Foldings:
    return _Foldings(table().foldings)


def normalize(token: str) -> str:
    """The token with case and compatibility folded, fully decomposed, ignorable code points removed.

    Idempotent, and the same for canonically equivalent tokens. Lone surrogates stay as they are.
    """
    if token.isascii():
        return token.lower()
    return _canonical_order(token.translate(_foldings()))


def _canonical_order(text: str) -> str:
    combining = table().combining
    classes = [combining.get(point, 0) for point in map(ord, text)]
    if all(after == 0 or before <= after for before, after in pairwise(classes)):
        return text
    runs = groupby(zip(classes, text, strict=True), key=lambda pair: pair[0] != 0)
    return "".join(char for _, run in runs for _, char in sorted(run, key=itemgetter(0)))
