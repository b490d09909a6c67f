"""The workshop half: logits of the labels, and their loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops

from edgenlp.layers import Dense, cross_entropy
from edgenlp_classification.config import ClassificationConfig

Tensors = Mapping[str, Any]
Divergence = Callable[[Any, Any], Any]


class ClassificationNetwork(keras.layers.Layer):
    """A dense layer on the pooled vector, with a hidden one before it if wished."""

    def __init__(self, config: ClassificationConfig, labels: int) -> None:
        super().__init__(name="classification")
        self.config = config
        self.dropout = keras.layers.Dropout(config.dropout)
        self.hidden = Dense(config.hidden, name="hidden") if config.hidden else None
        self.label = Dense(labels, name="label")
        self.built = True

    def call(self, encoded: Tensors, training: bool = False) -> dict[str, Any]:
        """Logits: `label`, float32 [batch, labels]."""
        vector = self.dropout(encoded["pooled"], training=training)
        if self.hidden is not None:
            vector = self.dropout(ops.relu(self.hidden(vector, training=training)), training=training)
        return {"label": self.label(vector, training=training)}

    def loss(self, logits: Tensors, targets: Tensors, encoded: Tensors) -> Any:  # noqa: ARG002
        """Cross entropy with label smoothing (Szegedy et al. 2016, section 7).

        Args:
            logits: what `call` returns.
            targets: `label`, int32 [batch].
            encoded: the encoder's result.

        Returns:
            float32 [batch].
        """
        return cross_entropy(logits["label"], targets["label"], self.config.label_smoothing)

    def distillation_loss(self, logits: Tensors, taught: Tensors, encoded: Tensors, divergence: Divergence) -> Any:  # noqa: ARG002
        """As `loss`, against what a teacher says (`task_logits`)."""
        return divergence(taught["task_logits"], logits["label"])
