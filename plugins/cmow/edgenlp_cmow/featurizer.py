"""Text to the ids of its pieces: the device-side half of CMOW."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgenlp.interfaces import Arrays, Featurizer, PieceTokens, Tokens
from edgenlp.text.vocabulary import Vocabulary


class CMOWFeaturizer(Featurizer):
    """Cuts text into pieces and gives each its id.

    Attributes:
        vocabulary: whose pieces they are.
    """

    vocabulary: Vocabulary

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def tokenize(self, text: str, limit: int) -> PieceTokens:
        """Cut `text` into its first `limit` pieces."""
        ids, spans, truncated = self.vocabulary.tokenize(text, limit)
        return PieceTokens(text, spans, truncated, ids)

    def pieces(self, text: str, limit: int) -> PieceTokens:
        """The tokens, which are pieces."""
        return self.tokenize(text, limit)

    def inputs(self, tokens: Tokens, length: int) -> Arrays:
        """The graph's inputs for one text.

        Returns:
            `ids`, int32 [1, length], with the vocabulary's padding behind the text's pieces.
        """
        ids = np.full((1, length), self.vocabulary.padding, np.int32)
        ids[0, : len(tokens)] = self._ids(tokens)
        return {"ids": ids}

    def batch(self, texts: Sequence[Tokens], length: int) -> Arrays:
        """Several texts for training, each distinct piece once.

        Returns:
            `distinct`, int32 [distinct pieces], their ids; and `index`, int32 [texts, length], the place of each piece
            among them, counted from 1, and 0 for padding.
        """
        places: dict[int, int] = {}
        index = np.zeros((len(texts), length), np.int32)
        for number, tokens in enumerate(texts):
            index[number, : len(tokens)] = [places.setdefault(piece, len(places) + 1) for piece in self._ids(tokens)]
        return {"distinct": np.fromiter(places, np.int32, len(places)), "index": index}

    def _ids(self, tokens: Tokens) -> Sequence[int] | NDArray[Any]:
        if isinstance(tokens, PieceTokens):
            return tokens.ids
        return self.vocabulary.tokenize(tokens.text, len(tokens)).ids
