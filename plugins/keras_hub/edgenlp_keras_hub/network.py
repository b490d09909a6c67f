"""A pretrained model as an encoder's network: a vector for each token, and one for the text."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from edgenlp_keras_hub.pretrained import hidden_states


class PretrainedNetwork(keras.layers.Layer):
    """The vector of each token's first subword (Devlin et al. 2019, section 5.3), and that of `[CLS]`.

    Takes what the featurizer's `batch` gives, `pieces` int32 [subwords of all texts], or what its `inputs` gives,
    `padded` int32 [batch, subwords]; beside it `count` int32 [batch] and `first` int32 [batch, length].

    Args:
        backbone: KerasHub's.
        padding: the number of a subword that says nothing.

    Attributes:
        body: subwords to hidden states.
    """

    def __init__(self, backbone: Any, padding: int) -> None:
        super().__init__(name="pretrained")
        self.body = hidden_states(backbone)
        self._padding = padding
        self.built = True

    def call(self, inputs: dict[str, tf.Tensor], training: bool = False) -> dict[str, tf.Tensor]:
        """`tokens` [batch, length, width], `pooled` [batch, width] and `mask` [batch, length], float32."""
        count, first = inputs["count"], inputs["first"]
        if "pieces" in inputs:
            ragged = tf.RaggedTensor.from_row_lengths(inputs["pieces"], count, validate=False)
            subwords = ragged.to_tensor(self._padding)
        else:
            subwords = inputs["padded"]
        hidden = run(self.body, subwords, count, training)
        mask = tf.cast(first > 0, hidden.dtype)
        tokens = tf.gather(hidden, first, batch_dims=1)
        return {"tokens": tokens * mask[:, :, None], "pooled": hidden[:, 0], "mask": mask}


def run(body: keras.Model, subwords: tf.Tensor, count: tf.Tensor, training: bool = False) -> tf.Tensor:
    """Hidden states of a model's last layer.

    Args:
        body: a model of the BERT family.
        subwords: int32 [batch, positions].
        count: int32 [batch], how many positions of each row are not padding.
        training: whether dropout is on.

    Returns:
        float32 [batch, positions, width].
    """
    inputs = {"token_ids": subwords, "padding_mask": tf.sequence_mask(count, tf.shape(subwords)[1], tf.int32)}
    if "segment_ids" in body.input:
        inputs["segment_ids"] = tf.zeros_like(subwords)
    return tf.cast(body(inputs, training=training), tf.float32)
