"""The workshop half: logits of the intent and of every token's tag, and their loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from edgenlp_semantic_parsing.config import SemanticParsingConfig

Tensors = Mapping[str, Any]


class SemanticParsingNetwork(keras.layers.Layer):  # type: ignore[misc]
    """Two dense layers; the tags may see the intent."""

    def __init__(self, config: SemanticParsingConfig, intents: int, tags: int) -> None:
        super().__init__(name="semantic_parsing")
        self.config = config
        self.dropout = keras.layers.Dropout(config.dropout)
        self.intent = keras.layers.Dense(intents, name="intent")
        self.tags = keras.layers.Dense(tags, name="tags")
        self.intent_bias = keras.layers.Dense(tags, use_bias=False, name="intent_bias") if config.intent_bias else None

    def call(self, encoded: Tensors, training: bool = False) -> dict[str, Any]:
        """Logits: `intent`, float32 [batch, intents], and `tags`, float32 [batch, length, tags]."""
        intent = self.intent(self.dropout(encoded["pooled"], training=training))
        tags = self.tags(self.dropout(encoded["tokens"], training=training))
        if self.intent_bias is not None:
            tags += ops.expand_dims(self.intent_bias(ops.softmax(intent)), 1)
        return {"intent": intent, "tags": tags}

    def loss(self, logits: Tensors, targets: Tensors, encoded: Tensors) -> Any:
        """Negative log-probability of the whole answer: of the intent plus of all tokens' tags.

        Args:
            logits: what `call` returns.
            targets: `intent`, int32 [batch], and `tags`, int32 [batch, length].
            encoded: the encoder's result; `mask` tells tokens from padding.

        Returns:
            float32 [batch].
        """
        smoothing = self.config.label_smoothing
        intent = cross_entropy(logits["intent"], targets["intent"], smoothing)
        tags = cross_entropy(logits["tags"], targets["tags"], smoothing) * encoded["mask"]
        return self.config.intent_weight * intent + ops.sum(tags, axis=-1)


def cross_entropy(logits: Any, labels: Any, smoothing: float) -> Any:
    """Cross entropy of integer labels, with label smoothing (Szegedy et al. 2016, section 7)."""
    log_probabilities = ops.log_softmax(logits)
    of_label = ops.take_along_axis(log_probabilities, ops.expand_dims(labels, -1), axis=-1)[..., 0]
    return -(1.0 - smoothing) * of_label - smoothing * ops.mean(log_probabilities, axis=-1)
