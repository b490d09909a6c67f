"""Unigram: the pieces of a word whose costs sum to the least (docs/text-spec.md, Unigram).

Costs are whole numbers, so that every platform finds the same pieces; ids are those that sentencepiece gives with the
same vocabulary for the same folded words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from edgenlp.text.normalisation import normalize
from edgenlp.text.table import table
from edgenlp.text.vocabulary.vocabulary import MASK, PADDING, UNKNOWN, Span, Vocabulary
from edgenlp.text.vocabulary.words import matches

COSTS_PER_NAT: Final = 256
"""A piece of probability p costs -256 ln p, rounded."""

WORD_BEGIN: Final = "▁"
"""Stands before words of letters and digits, and in place of spaces within a folded word."""

SIZES: Final = range(4, 1_000_001)
"""Pieces of a vocabulary that is trained: the special ones and one more at least."""

SIZES_IN_WORDS: Final = f"from {SIZES[0]:,} to {SIZES[-1]:,}"

_UNKNOWN_COST: Final = 10 * COSTS_PER_NAT
"""What an unknown code point costs more than the dearest piece."""

# Over class letters (docs/text-spec.md, Character classes). Scripts that put no spaces between words are cut at
# spaces, signs and other scripts alone; the numbers keep the longest of words within bounds.
_WORDS: Final = re.compile(
    r"[ula][ulaxjb]{0,63}"
    r"|d[dxjb]{0,63}"
    r"|[vc][vcxjb]{0,63}"
    r"|[hk][hkxjb]{0,63}"
    r"|rr?[xjb]{0,62}"
    r"|o[xjb]{0,15}(?:(?<=j)o[xjb]{0,15}){0,15}"
    r"|[xjb]{1,64}"
)
_MARKED: Final = frozenset("ulad")


def words(text: str) -> Iterator[Span]:
    """Where the words of `text` stand, in code points, as they are asked for."""
    return matches(text, table().classes, _WORDS)


def fold_word(word: str) -> str:
    """A word as pieces are sought in it: normalised, marked where it begins with a letter or digit; may be empty."""
    folded = normalize(word).replace(" ", WORD_BEGIN)
    return WORD_BEGIN + folded if folded and table().classes[ord(word[0])] in _MARKED else folded


@lru_cache(4096)
def _folded_length(char: str) -> int:
    return len(normalize(char))


class Unigram(Vocabulary):
    """A unigram vocabulary over folded words."""

    def __init__(self, pieces: Sequence[str], costs: Sequence[int]) -> None:
        """Take the pieces and what each costs.

        Args:
            pieces: distinct, none empty; `[PAD]` and `[UNK]` among them.
            costs: 0 or more, for each piece; those of `[PAD]`, `[UNK]` and `[MASK]`, which no text holds, say nothing.
        """
        super().__init__(pieces)
        self.costs = tuple(costs)
        self._numbered = {
            piece: (number, cost)
            for number, (piece, cost) in enumerate(zip(self.pieces, self.costs, strict=True))
            if piece not in (PADDING, UNKNOWN, MASK)
        }
        dearest = max((cost for _, cost in self._numbered.values()), default=0)
        self._unmatched = self.unknown, dearest + _UNKNOWN_COST
        self._longest: dict[str, int] = {}
        for piece in self._numbered:
            self._longest[piece[0]] = max(self._longest.get(piece[0], 0), len(piece))

    def _words(self, text: str) -> Iterator[Span]:
        return words(text)

    def _cut(self, word: str) -> tuple[list[int], list[Span]]:
        folded = fold_word(word)
        # Sorting the marks of a letter moves none of them to another letter: lengths alone say where each came from.
        sources = [number for number, char in enumerate(word) for _ in range(_folded_length(char))]
        sources = [*[0] * (len(folded) - len(sources)), *sources, len(word)]
        path = self.cheapest(folded)
        return [number for number, _, _ in path], [(sources[start], sources[end]) for _, start, end in path]

    def cheapest(self, folded: str) -> list[tuple[int, int, int]]:
        """The pieces of least total cost, each as its id, start and end in `folded`.

        Of paths that cost the same to some end, the one whose last piece is longest is kept. A code point that is no
        piece by itself may be an unknown one; unknown ones that stand together count as one piece.
        """
        length = len(folded)
        least = [0, *[-1] * length]
        last = [(0, 0)] * (length + 1)
        numbered, longest = self._numbered, self._longest
        for start, char in enumerate(folded):
            before = least[start]
            number, cost = numbered.get(char, self._unmatched)
            end = start + 1
            total = before + cost
            if least[end] < 0 or total < least[end]:
                least[end], last[end] = total, (number, start)
            for end in range(start + 2, min(length, start + longest.get(char, 0)) + 1):
                entry = numbered.get(folded[start:end])
                if entry is not None:
                    total = before + entry[1]
                    if least[end] < 0 or total < least[end]:
                        least[end], last[end] = total, (entry[0], start)
        path: list[tuple[int, int, int]] = []
        end = length
        while end:
            number, start = last[end]
            if path and number == self.unknown == path[-1][0]:
                path[-1] = number, start, path[-1][2]
            else:
                path.append((number, start, end))
            end = start
        path.reverse()
        return path
