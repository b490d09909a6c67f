"""The workshop half: logits of the intent and of every token's tag, and their loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops

from edgenlp.layers import Dense, cross_entropy, dropout
from edgenlp_semantic_parsing.config import SemanticParsingConfig

Tensors = Mapping[str, Any]
Divergence = Callable[[Any, Any], Any]


class SemanticParsingNetwork(keras.layers.Layer):
    """Intent from the pooled vector; each tag from its token's vector and from what the intent may be."""

    def __init__(self, config: SemanticParsingConfig, intents: int, tags: int) -> None:
        super().__init__(name="semantic_parsing")
        self.config = config
        self.seeds = keras.random.SeedGenerator()
        self.intent = Dense(intents, name="intent")
        self.hidden = Dense(config.hidden, name="hidden")
        self.hidden_from_intent = Dense(config.hidden, use_bias=False, name="hidden_from_intent")
        self.tags = Dense(tags, name="tags")
        self.built = True

    def call(self, encoded: Tensors, training: bool = False) -> dict[str, Any]:
        """Logits: `intent`, float32 [batch, intents], and `tags`, float32 [batch, length, tags]."""
        intent = self.intent(encoded["pooled"], training=training)
        expected = self.hidden_from_intent(ops.softmax(intent), training=training)
        hidden = ops.relu(self.hidden(encoded["tokens"], training=training) + ops.expand_dims(expected, 1))
        hidden = dropout(hidden, self.config.dropout, self.seeds, training)
        return {"intent": intent, "tags": self.tags(hidden, training=training)}

    def loss(self, logits: Tensors, targets: Tensors, encoded: Tensors) -> Any:
        """Cross entropy of the intent, plus that of all tags with the weight `tag_weight`.

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
        return intent + self.config.tag_weight * ops.sum(tags, axis=-1)

    def distillation_loss(self, logits: Tensors, taught: Tensors, encoded: Tensors, divergence: Divergence) -> Any:
        """As `loss`, against what a teacher says of the text (`task_logits`) and of its tokens (`token_logits`)."""
        loss = 0.0
        if "task_logits" in taught:
            loss += divergence(taught["task_logits"], logits["intent"])
        if "token_logits" in taught:
            tags = divergence(taught["token_logits"], logits["tags"]) * encoded["mask"]
            loss += self.config.tag_weight * ops.sum(tags, axis=-1)
        return loss
