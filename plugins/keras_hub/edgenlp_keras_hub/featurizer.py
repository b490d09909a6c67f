"""Text to tokens to subwords: what a pretrained model reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final

import numpy as np

from edgenlp.interfaces import Arrays, Featurizer, PieceTokens, Tokens
from edgenlp.text import segment
from edgenlp.text.vocabulary import Vocabulary

CACHED_TOKENS: Final = 65_536
"""The most tokens whose subwords are kept."""

Tokenize = Callable[[list[str]], Sequence[Sequence[int]]]
"""A pretrained model's tokenizer: the subword numbers of each text."""


class SubwordFeaturizer(Featurizer):
    """Cuts text into the tokens that students have, and each token into the model's subwords.

    A text becomes `[CLS]`, the subwords of its tokens one after the other, and `[SEP]`. Since tokens are those of
    every other encoder, a teacher's answers for each token fit a student's.

    A token has at most `max_pieces` subwords. A text whose subwords are more than the model reads has fewer of each
    token; tokens for which even one has no place get the vector of the closing mark.

    Args:
        tokenize: the model's own tokenizer.
        marks: numbers of `[CLS]`, `[SEP]` and of padding.
        max_pieces: subwords of a token.
        window: positions of the model.
        vocabulary: of the same subwords as the tokenizer's, which knows where they stand; None where there is none.
    """

    def __init__(
        self,
        tokenize: Tokenize,
        marks: tuple[int, int, int],
        max_pieces: int,
        window: int,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self._tokenize = tokenize
        self._start, self._end, self._padding = marks
        self._max_pieces = max_pieces
        self._window = window
        self._known: dict[str, Sequence[int]] = {}

    def tokenize(self, text: str, limit: int) -> Tokens:
        """Cut `text` into at most `limit` tokens, as students do."""
        spans, truncated = segment(text, limit)
        return Tokens(text, spans, truncated)

    def pieces(self, text: str, limit: int) -> PieceTokens:
        """Cut `text` into single subwords, at most `limit` and as many as the model reads."""
        if self.vocabulary is None:
            return super().pieces(text, limit)
        ids, spans, truncated = self.vocabulary.tokenize(text, min(limit, self._window - 2))
        return PieceTokens(text, spans, truncated, ids)

    def inputs(self, tokens: Tokens, length: int) -> Arrays:
        """What the network takes for one text.

        Returns:
            `padded`, int32 [1, subwords], the numbers of the subwords; `count`, int32 [1], how many of them there
            are; and `first`, int32 [1, length], where each token's subwords begin, 0 for padding.
        """
        pieces, first = self._row(tokens, self._pieces([tokens])[0])
        padded = np.full((1, min(length * self._max_pieces + 2, self._window)), self._padding, np.int32)
        padded[0, : len(pieces)] = pieces
        return {
            "padded": padded,
            "count": np.array([len(pieces)], np.int32),
            "first": _padded([first], length),
        }

    def batch(self, texts: Sequence[Tokens], length: int) -> Arrays:
        """Several texts without padding between them.

        Returns:
            `pieces`, int32 [subwords of all texts], one text after the other; `count` and `first` as in `inputs`,
            with a row for each text.
        """
        rows = [self._row(text, pieces) for text, pieces in zip(texts, self._pieces(texts), strict=True)]
        return {
            "pieces": np.array([piece for pieces, _ in rows for piece in pieces], np.int32),
            "count": np.array([len(pieces) for pieces, _ in rows], np.int32),
            "first": _padded([first for _, first in rows], length),
        }

    def _row(self, tokens: Tokens, pieces: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
        """Subwords of a text between its marks, and where each token's begin."""
        room = self._window - 2
        most = self._max_pieces
        while most > 1 and sum(min(most, len(part)) for part in pieces) > room:
            most -= 1
        kept = [part[:most] for part in pieces]
        row = [piece for part in kept for piece in part][:room]
        first = [min(position, len(row)) + 1 for position in accumulate(map(len, kept), initial=0)]
        return [self._start, *row, self._end], first[: len(tokens)]

    def _pieces(self, texts: Sequence[Tokens]) -> list[list[Sequence[int]]]:
        """Subwords of each token of each text; those of new tokens are computed together and kept."""
        words = [_words(tokens) for tokens in texts]
        # a full cache is left to the threads that read it, and replaced
        if len(self._known) > CACHED_TOKENS:
            self._known = {}
        known = self._known
        new = list({word: None for row in words for word in row if word not in known})
        if new:
            known.update(zip(new, self._look_up(new), strict=True))
        return [
            [(piece,) for piece in tokens.ids] if isinstance(tokens, PieceTokens) else [known[word] for word in row]
            for tokens, row in zip(texts, words, strict=True)
        ]

    def _look_up(self, words: list[str]) -> list[list[int]]:
        # a token of which the tokenizer leaves nothing, such as a control character, keeps a place
        return [list(map(int, pieces)) or [self._padding] for pieces in self._tokenize(words)]


def _words(tokens: Tokens) -> list[str]:
    """The tokens that are still to be cut into subwords."""
    if isinstance(tokens, PieceTokens):
        return []
    return [_word(tokens.text, start, end) for start, end in tokens.spans]


def _word(text: str, start: int, end: int) -> str:
    """A token as the tokenizer is to see it: with a space before it where the text has one, for models that tell."""
    word = text[start:end].encode("utf-8", "replace").decode()
    return f" {word}" if start and text[start - 1].isspace() else word


def _padded(rows: Sequence[Sequence[int]], length: int) -> np.ndarray:
    padded = np.zeros((len(rows), length), np.int32)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded
