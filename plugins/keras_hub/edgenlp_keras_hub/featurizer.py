"""Text to tokens to subwords: what a pretrained model reads."""

from __future__ import annotations

import re
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, compress, groupby
from operator import itemgetter
from typing import Final

import numpy as np

from edgenlp.interfaces import Arrays, Featurizer, PieceTokens, Tokens
from edgenlp.text import segment, table
from edgenlp.text.vocabulary import Vocabulary

CACHED_TOKENS: Final = 65_536
"""The most tokens whose subwords are kept."""

_NEEDLESS: Final = re.compile(r"[vc]x*(s+)(?=[vc])|[hk]x*(s+)(?=[hk])")
"""Over class letters (docs/text-spec.md): separators within Thai, Lao, Khmer and Myanmar, or Chinese and Japanese."""

Row = tuple[list[int], list[int]]
"""Numbers of a text's subwords between its marks, and where each token's begin among them."""

Tokenize = Callable[[list[str]], Sequence[Sequence[int]]]
"""A pretrained model's tokenizer: the subword numbers of each text."""

Locate = Callable[[str], tuple[Sequence[int], Sequence[int]]]
"""The subword numbers of a text, and where in it each begins, ascending, in code points."""


class SubwordFeaturizer(Featurizer):
    """Cuts text into the tokens that students have, and says which of a model's subwords each token begins with.

    A text becomes a mark (`[CLS]`), its subwords, and a mark (`[SEP]`). Since tokens are those of every other encoder,
    or some of those together, a teacher's answers for each token fit a student's. Tokens whose subwords have no place
    get the vector of the closing mark.

    Args:
        marks: numbers of both marks and of padding.
        max_pieces: subwords of a token, on the average or at most.
        window: positions of the model.
        vocabulary: of the model's subwords, which knows where they stand in a text; None where there is none.
    """

    def __init__(
        self, marks: tuple[int, int, int], max_pieces: int, window: int, vocabulary: Vocabulary | None = None
    ) -> None:
        self._start, self._end, self._padding = marks
        self._max_pieces = max_pieces
        self._window = window
        self.vocabulary = vocabulary

    @abstractmethod
    def _rows(self, texts: Sequence[Tokens]) -> list[Row]:
        """Each text's subwords, at most `_room` of them, and where each token's begin, from 0; beyond them for none."""

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
        pieces, first = self._marked([tokens])[0]
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
        rows = self._marked(texts)
        return {
            "pieces": np.array([piece for pieces, _ in rows for piece in pieces], np.int32),
            "count": np.array([len(pieces) for pieces, _ in rows], np.int32),
            "first": _padded([first for _, first in rows], length),
        }

    def _room(self, tokens: Tokens) -> int:
        return min(len(tokens) * self._max_pieces, self._window - 2)

    def _marked(self, texts: Sequence[Tokens]) -> list[Row]:
        whole = iter(self._rows([tokens for tokens in texts if not isinstance(tokens, PieceTokens)]))
        rows = (self._single(tokens) if isinstance(tokens, PieceTokens) else next(whole) for tokens in texts)
        return [([self._start, *row, self._end], [min(place, len(row)) + 1 for place in first]) for row, first in rows]

    def _single(self, tokens: PieceTokens) -> Row:
        """Tokens that are subwords already."""
        return list(map(int, tokens.ids[: self._room(tokens)])), list(range(len(tokens)))


class WordFeaturizer(SubwordFeaturizer):
    """Each token cut into subwords by itself, as BERT cuts words.

    A token has at most `max_pieces` subwords. A text whose subwords are more than the model reads has fewer of each
    token.

    Args:
        tokenize: the model's own tokenizer.
        marks: numbers of `[CLS]`, `[SEP]` and of padding.
        max_pieces: subwords of a token.
        window: positions of the model.
        vocabulary: as above, of the same subwords as the tokenizer's.
    """

    def __init__(
        self,
        tokenize: Tokenize,
        marks: tuple[int, int, int],
        max_pieces: int,
        window: int,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        super().__init__(marks, max_pieces, window, vocabulary)
        self._tokenize = tokenize
        self._known: dict[str, Sequence[int]] = {}

    def _rows(self, texts: Sequence[Tokens]) -> list[Row]:
        return [self._row(tokens, pieces) for tokens, pieces in zip(texts, self._pieces(texts), strict=True)]

    def _row(self, tokens: Tokens, pieces: Sequence[Sequence[int]]) -> Row:
        room = self._room(tokens)
        most = self._max_pieces
        while most > 1 and sum(min(most, len(part)) for part in pieces) > room:
            most -= 1
        kept = [part[:most] for part in pieces]
        first = list(accumulate(map(len, kept), initial=0))
        return [piece for part in kept for piece in part][:room], first[: len(tokens)]

    def _pieces(self, texts: Sequence[Tokens]) -> list[list[Sequence[int]]]:
        """Subwords of each token of each text; those of new tokens are computed together and kept."""
        words = [[_word(tokens.text, *span) for span in tokens.spans] for tokens in texts]
        # a full cache is left to the threads that read it, and replaced
        if len(self._known) > CACHED_TOKENS:
            self._known = {}
        known = self._known
        new = list({word: None for row in words for word in row if word not in known})
        if new:
            known.update(zip(new, self._look_up(new), strict=True))
        return [[known[word] for word in row] for row in words]

    def _look_up(self, words: list[str]) -> list[list[int]]:
        # a token of which the tokenizer leaves nothing, such as a control character, keeps a place
        return [list(map(int, pieces)) or [self._padding] for pieces in self._tokenize(words)]


class TextFeaturizer(SubwordFeaturizer):
    """The whole text cut into subwords, as sentencepiece does: its subwords know nothing of tokens.

    In scripts without spaces a subword may hold several of a student's tokens: they are one token here. The model says
    one thing of a subword, so that it could not tell them apart; a head knows what becomes of them (`TaskHead.align`).

    Args:
        locate: the model's own tokenizer.
        marks: numbers of both marks and of padding.
        max_pieces: subwords of a text for each of its tokens; those after them are dropped.
        window: positions of the model.
        vocabulary: as above.
    """

    def __init__(
        self,
        locate: Locate,
        marks: tuple[int, int, int],
        max_pieces: int,
        window: int,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        super().__init__(marks, max_pieces, window, vocabulary)
        self._locate = locate

    def tokenize(self, text: str, limit: int) -> Tokens:
        """Cut `text` into at most `limit` tokens, those of students that share no subword."""
        tokens = super().tokenize(text, len(text))
        _, first = self._read(tokens)
        shared = groupby(zip(first, tokens.spans, strict=True), key=itemgetter(0))
        runs = [[span for _, span in group] for _, group in shared]
        return Tokens(text, [(run[0][0], run[-1][1]) for run in runs[:limit]], len(runs) > limit)

    def _rows(self, texts: Sequence[Tokens]) -> list[Row]:
        return [self._row(tokens) for tokens in texts]

    def _row(self, tokens: Tokens) -> Row:
        pieces, first = self._read(tokens)
        return list(pieces[: self._room(tokens)]), first

    def _read(self, tokens: Tokens) -> tuple[Sequence[int], list[int]]:
        """All subwords of a text up to its last token, and which of them each token begins in."""
        if not len(tokens):
            return [], []
        joined, places = readable(tokens.text[: tokens.spans[-1][1]])
        pieces, begins = self._locate(joined)
        return pieces, [max(bisect_right(begins, places[start]) - 1, 0) for start, _ in tokens.spans]


def _word(text: str, start: int, end: int) -> str:
    """A token as the tokenizer is to see it: with a space before it where the text has one, for models that tell."""
    word = _encodable(text[start:end])
    return f" {word}" if start and text[start - 1].isspace() else word


def readable(text: str) -> tuple[str, list[int]]:
    """A text as a sentencepiece model is to see it, and where each of its code points now stands.

    Spaces within scripts that need none are taken out: data put them between words, as MTOP does in Thai. Those between
    phrases, which such models have seen, go with them.
    """
    text = _encodable(text)
    drop = np.zeros(len(text), bool)
    for found in _NEEDLESS.finditer(text.translate(table().classes)):
        drop[slice(*found.span(found.lastindex or 0))] = True
    return "".join(compress(text, ~drop)), (np.arange(len(text)) - drop.cumsum()).tolist()


def _encodable(text: str) -> str:
    """Lone surrogates as question marks: no tokenizer takes them."""
    return text.encode("utf-8", "replace").decode()


def _padded(rows: Sequence[Sequence[int]], length: int) -> np.ndarray:
    padded = np.zeros((len(rows), length), np.int32)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded
