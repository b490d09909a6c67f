"""Text to the features of its tokens: the device-side half of pQRNN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from edgenlp.interfaces import Arrays, Featurizer, Tokens
from edgenlp.text import normalize, segment, table
from edgenlp_pqrnn.config import PQRNNConfig
from edgenlp_pqrnn.projection import MAX_CODE_POINTS, UNIT, NgramProjection, WordProjection

CACHED_TOKENS: Final = 16_384
"""The most tokens whose rows are kept."""

_TOKENS_AT_ONCE: Final = 256


@lru_cache(1_024)
def _shape(classes: str) -> bytes:
    """Whether a token of these character classes is lower, Initial, UPPER or miXed case, has digits, signs, is long."""
    upper, lower = classes.count("u"), classes.count("l")
    initial = upper == 1 and classes[0] == "u"
    facts = (
        lower > 0 and upper == 0,
        initial,
        upper > 1 and lower == 0,
        upper > 0 and not initial and not (upper > 1 and lower == 0),
        "d" in classes,
        "o" in classes,
        *(len(classes) >= length for length in (2, 3, 5, 9)),
    )
    return np.where(facts, np.int8(UNIT), np.int8(-UNIT)).tobytes()


class PQRNNFeaturizer(Featurizer):
    """Cuts text into tokens and gives each a row of int8 features that depends on the token alone.

    The row holds `word_features` of the whole token, `ngram_features` of its character n-grams, and `SHAPE_FEATURES` of
    its spelling where they are asked for. Rows are kept for the tokens last seen, which changes no result; any number
    of threads may use one featurizer.

    Attributes:
        width: the number of features of a token.
    """

    reads_spelling = True

    def __init__(self, config: PQRNNConfig) -> None:
        self._config = config
        self.width = config.features
        self._projections: list[Callable[[Sequence[str]], list[bytes]]] = []
        if config.word_features:
            self._projections.append(WordProjection(config.word_features))
        if config.ngram_features:
            self._projections.append(
                NgramProjection(config.ngram_features, config.ngram_min, config.ngram_max, config.ngram_mode)
            )
        self._rows: dict[str, bytes] = {}

    def tokenize(self, text: str, limit: int) -> Tokens:
        """Cut `text` into at most `limit` tokens by the configured segmentation."""
        spans, truncated = segment(text, limit, self._config.segmentation)
        return Tokens(text, spans, truncated)

    def features(self, tokens: Sequence[str]) -> NDArray[np.int8]:
        """The feature rows of tokens as they stand in a text.

        Returns:
            int8 [tokens, width]; UNIT stands for 1.
        """
        return np.frombuffer(b"".join(self._lookup(tokens)), np.int8).reshape(len(tokens), self.width)

    def inputs(self, tokens: Tokens, length: int) -> Arrays:
        """The graph's inputs for one text.

        Returns:
            `features`, float32 [1, length, width], the int8 values as they are, and `mask`, float32 [1, length], 1 for
            a token; padding is zero in both, and so is everything for a text without tokens.
        """
        count = len(tokens)
        features = np.zeros((1, length, self.width), np.float32)
        mask = np.zeros((1, length), np.float32)
        features[0, :count] = self.features(list(tokens))
        mask[0, :count] = 1
        return {"features": features, "mask": mask}

    def batch(self, texts: Sequence[Tokens], length: int) -> Arrays:
        """Several texts for training, each distinct token once.

        Returns:
            `rows`, int8 [distinct tokens + 1, width], row 0 being zeros for padding; and `index`, int32
            [texts, length], the row of each token.
        """
        numbers: dict[str, int] = {}
        index = np.zeros((len(texts), length), np.int32)
        for position, tokens in enumerate(texts):
            index[position, : len(tokens)] = [numbers.setdefault(token, len(numbers) + 1) for token in tokens]
        rows = b"".join([bytes(self.width), *self._lookup(list(numbers))])
        return {"rows": np.frombuffer(rows, np.int8).reshape(-1, self.width), "index": index}

    def _lookup(self, tokens: Sequence[str]) -> list[bytes]:
        """Each token's row; those that are new are computed together and kept."""
        visible = [token[:MAX_CODE_POINTS] for token in tokens]
        rows = list(map(self._rows.get, visible))
        if None in rows:
            fresh = self._compute(list({token: None for token, row in zip(visible, rows, strict=True) if row is None}))
            rows = [row or fresh[token] for token, row in zip(visible, rows, strict=True)]
            # A full cache is left to the threads that read it, and replaced.
            if len(self._rows) + len(fresh) > CACHED_TOKENS:
                self._rows = {}
            self._rows.update(islice(fresh.items(), CACHED_TOKENS))
        return cast("list[bytes]", rows)

    def _compute(self, tokens: Sequence[str]) -> dict[str, bytes]:
        rows: dict[str, bytes] = {}
        for start in range(0, len(tokens), _TOKENS_AT_ONCE):
            part = tokens[start : start + _TOKENS_AT_ONCE]
            normal = [normalize(token)[:MAX_CODE_POINTS] for token in part]
            blocks = [projection(normal) for projection in self._projections]
            if self._config.shape_features:
                classes = table().classes
                blocks.append([_shape(token.translate(classes)) for token in part])
            rows.update(zip(part, map(b"".join, zip(*blocks, strict=True)), strict=True))
        return rows
