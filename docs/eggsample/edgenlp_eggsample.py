"""The smallest third-party plugin: an encoder that counts the letters of each word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edgenlp import hookimpl
from edgenlp.interfaces import Arrays, Assets, Encoder, Featurizer, Tokens

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Config:
    """Settings, as a recipe gives them."""

    buckets: int = 64
    width: int = 16


class LetterCounts(Featurizer):
    """Words are what stands between spaces; a word's features are counts of its code points, modulo `buckets`."""

    def __init__(self, buckets: int) -> None:
        self.buckets = buckets

    def tokenize(self, text: str, limit: int) -> Tokens:
        """Cut at white space."""
        spans = []
        end = 0
        for word in text.split():
            start = text.index(word, end)
            end = start + len(word)
            spans.append((start, end))
        return Tokens(text, spans[:limit], truncated=len(spans) > limit)

    def inputs(self, tokens: Tokens, length: int) -> Arrays:
        """`counts` float32 [1, length, buckets] and `mask` float32 [1, length]."""
        counts = np.zeros((1, length, self.buckets), np.float32)
        mask = np.zeros((1, length), np.float32)
        for position, word in enumerate(tokens):
            mask[0, position] = 1
            for character in word:
                counts[0, position, ord(character) % self.buckets] += 1
        return {"counts": counts, "mask": mask}


class EggsampleEncoder(Encoder):
    """A layer of dense units for each word, and their mean for the text."""

    name = "eggsample"
    Config = Config

    def featurizer(self, config: Config, assets: Assets) -> Featurizer:  # noqa: ARG002
        """The device-side half."""
        return LetterCounts(config.buckets)

    def network(self, config: Config, assets: Assets) -> keras.layers.Layer:  # noqa: ARG002
        """The workshop half; Keras is imported only when someone trains."""
        from edgenlp_eggsample_network import EggsampleNetwork

        return EggsampleNetwork(config.width)


@hookimpl
def edgenlp_encoders() -> list[Encoder]:
    """What this plugin registers."""
    return [EggsampleEncoder()]
