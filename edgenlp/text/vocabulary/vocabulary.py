"""What every vocabulary is, and what they share: words looked up once, pieces counted up to a limit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

Span = tuple[int, int]

PADDING: Final = "[PAD]"
UNKNOWN: Final = "[UNK]"
MASK: Final = "[MASK]"

CACHED_WORDS: Final = 16_384
"""The most words whose pieces are kept."""

_LONGEST_CACHED: Final = 64


class Pieces(NamedTuple):
    """A text as pieces of a vocabulary.

    Attributes:
        ids: of the pieces, in order; no piece stands for a beginning or an end.
        spans: where each piece stands in the caller's text, half-open in code points, ascending and without overlap.
            A span is empty where one code point became several pieces: the last of them has it.
        truncated: True where there were more pieces than asked for.
    """

    ids: list[int]
    spans: list[Span]
    truncated: bool


class Vocabulary(ABC):
    """A fixed set of pieces; cuts text into words, and each word into pieces that depend on the word alone.

    Pure: the same text gives the same pieces on every platform. The pieces of words last seen are kept, which changes
    no result; any number of threads may use one vocabulary.

    Attributes:
        pieces: every piece, by id.
        padding: the id that stands for no piece, that of `[PAD]`.
        unknown: the id of what is in no piece, that of `[UNK]`.
        mask: the id that hides a piece in masked-word training, that of `[MASK]`; None where there is none.
    """

    pieces: Sequence[str]
    padding: int
    unknown: int
    mask: int | None

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = tuple(pieces)
        ids = {piece: number for number, piece in enumerate(self.pieces)}
        self.padding, self.unknown, self.mask = ids[PADDING], ids[UNKNOWN], ids.get(MASK)
        self._cache: dict[str, tuple[list[int], list[Span]]] = {}

    def tokenize(self, text: str, limit: int) -> Pieces:
        """Cut `text` into its first `limit` pieces; no special piece is added.

        Args:
            text: any string; lone surrogates and NUL are code points like others. It is read as far as needed.
            limit: the most pieces that are wanted, 0 or more.
        """
        ids: list[int] = []
        spans: list[Span] = []
        for start, end in self._words(text):
            word = text[start:end]
            word_ids, word_spans = self._cache.get(word) or self._look_up(word)
            ids += word_ids
            spans += [(start + first, start + last) for first, last in word_spans]
            if len(ids) > limit:
                return Pieces(ids[:limit], spans[:limit], truncated=True)
        return Pieces(ids, spans, truncated=False)

    def _look_up(self, word: str) -> tuple[list[int], list[Span]]:
        found = self._cut(word)
        if len(word) <= _LONGEST_CACHED:
            # A full cache is left to the threads that read it, and replaced.
            if len(self._cache) >= CACHED_WORDS:
                self._cache = {}
            self._cache[word] = found
        return found

    @abstractmethod
    def _words(self, text: str) -> Iterator[Span]:
        """The spans of the text's words, as they are asked for."""

    @abstractmethod
    def _cut(self, word: str) -> tuple[list[int], list[Span]]:
        """The pieces of a word as written, and where they stand in it."""
