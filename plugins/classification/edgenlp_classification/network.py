"""The workshop half: logits of labels, or a value, and their losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from edgenlp.layers import Dense, cross_entropy
from edgenlp_classification.config import ClassificationConfig, PerceptronConfig, RegressionConfig

Tensors = Mapping[str, Any]
Encoded = Tensors | Sequence[Tensors]
Divergence = Callable[[Any, Any], Any]

LAYER_NORMALIZATION_EPSILON = 1e-5


def features(encoded: Encoded) -> Any:
    """The pooled vector of a text; of a pair a, b the vector [a, b, |a - b|] (DiffCat, Galke et al. 2022).

    Returns:
        float32 [batch, width], or [batch, 3 * width].
    """
    if isinstance(encoded, Mapping):
        return encoded["pooled"]
    first, second = (one["pooled"] for one in encoded)
    return ops.concatenate((first, second, ops.absolute(first - second)), axis=-1)


class Perceptron(keras.layers.Layer):
    """A dense layer on the features, with a hidden one before it if wished.

    Args:
        config: its settings.
        output: what the graph's output is called.
        units: how wide it is.
    """

    def __init__(self, config: PerceptronConfig, output: str, units: int) -> None:
        super().__init__()
        self.dropout = keras.layers.Dropout(config.dropout)
        self.hidden = Dense(config.hidden, name="hidden") if config.hidden else None
        normalized = config.layer_normalization
        self.normalization = (
            keras.layers.LayerNormalization(epsilon=LAYER_NORMALIZATION_EPSILON) if normalized else None
        )
        self.output_name = output
        self.last = Dense(units, name=output)
        self.built = True

    def call(self, encoded: Encoded, training: bool = False) -> dict[str, Any]:
        """The output by its name, float32 [batch, units]."""
        vector = self.dropout(features(encoded), training=training)
        if self.hidden is not None:
            vector = ops.relu(self.hidden(vector, training=training))
            if self.normalization is not None:
                vector = self.normalization(vector)
            vector = self.dropout(vector, training=training)
        return {self.output_name: self.last(vector, training=training)}


class ClassificationNetwork(Perceptron):
    """Logits of labels: `label`, float32 [batch, labels]."""

    def __init__(self, config: ClassificationConfig, labels: int) -> None:
        super().__init__(config, "label", labels)
        self.label_smoothing = config.label_smoothing

    def loss(self, logits: Tensors, targets: Tensors, encoded: Encoded) -> Any:  # noqa: ARG002
        """Cross entropy with label smoothing (Szegedy et al. 2016, section 7).

        Args:
            logits: what `call` returns.
            targets: `label`, int32 [batch].
            encoded: the encoder's result, or both of a pair.

        Returns:
            float32 [batch].
        """
        return cross_entropy(logits["label"], targets["label"], self.label_smoothing)

    def distillation_loss(self, logits: Tensors, taught: Tensors, encoded: Encoded, divergence: Divergence) -> Any:  # noqa: ARG002
        """As `loss`, against what a teacher says (`task_logits`)."""
        return divergence(taught["task_logits"], logits["label"])


class RegressionNetwork(Perceptron):
    """A value as a share of its range: `value`, float32 [batch, 1]."""

    def __init__(self, config: RegressionConfig) -> None:
        super().__init__(config, "value", 1)

    def loss(self, logits: Tensors, targets: Tensors, encoded: Encoded) -> Any:  # noqa: ARG002
        """Squared error, in shares of the range.

        Args:
            logits: what `call` returns.
            targets: `value`, float32 [batch].
            encoded: the encoder's result, or both of a pair.

        Returns:
            float32 [batch].
        """
        return ops.square(logits["value"][:, 0] - targets["value"])

    def distillation_loss(self, logits: Tensors, taught: Tensors, encoded: Encoded, divergence: Divergence) -> Any:  # noqa: ARG002
        """As `loss`, against what a teacher says (`task_logits`, [batch, 1]): one number has no softmax to diverge."""
        return ops.square(logits["value"][:, 0] - taught["task_logits"][:, 0])
