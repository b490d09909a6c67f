"""The workshop half of the encoder: imported only when someone trains."""

from __future__ import annotations

import keras
from keras import ops

from edgenlp.layers import Dense


class EggsampleNetwork(keras.layers.Layer):
    """Letter counts to vectors.

    Args:
        width: of a token's and of the text's vector.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = Dense(width)

    def call(
        self,
        inputs: dict[str, keras.KerasTensor],
        training: bool = False,  # noqa: ARG002
    ) -> dict[str, keras.KerasTensor]:
        """See `edgenlp.interfaces.Encoder.network`."""
        mask = inputs["mask"]
        tokens = ops.tanh(self.dense(inputs["counts"])) * ops.expand_dims(mask, -1)
        words = ops.maximum(ops.sum(mask, axis=1, keepdims=True), 1.0)
        return {"tokens": tokens, "pooled": ops.sum(tokens, axis=1) / words, "mask": mask}
