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

    A pair is read as one text with a mark between its texts, `[CLS] a [SEP] b [SEP]` (Devlin et al. 2019, section 3).

    Args:
        backbone: KerasHub's.
        padding: the number of a subword that says nothing.
        window: positions of the model.

    Attributes:
        body: subwords to hidden states.
    """

    def __init__(self, backbone: Any, padding: int, window: int) -> None:
        super().__init__(name="pretrained")
        self.body = hidden_states(backbone)
        self._padding = padding
        self._window = window
        self._last_segment = getattr(backbone, "num_segments", 1) - 1
        self.built = True

    def call(self, inputs: dict[str, tf.Tensor], training: bool = False) -> dict[str, tf.Tensor]:
        """`tokens` [batch, length, width], `pooled` [batch, width] and `mask` [batch, length], float32."""
        count, first = inputs["count"], inputs["first"]
        hidden = run(self.body, self._subwords(inputs), count, training)
        mask = tf.cast(first > 0, hidden.dtype)
        tokens = tf.gather(hidden, first, batch_dims=1)
        return {"tokens": tokens * mask[:, :, None], "pooled": hidden[:, 0], "mask": mask}

    def pair(
        self, first: dict[str, tf.Tensor], second: dict[str, tf.Tensor], training: bool = False
    ) -> dict[str, tf.Tensor]:
        """`pooled` [batch, width], float32, the vector of `[CLS]` before both texts.

        Where both have more subwords than the model reads, the longer one loses its last ones first.
        """
        subwords, count, segments = joined(
            (self._subwords(first), first["count"]), (self._subwords(second), second["count"]), self._window
        )
        segments = tf.minimum(segments, self._last_segment)
        return {"pooled": run(self.body, subwords, count, training, segments)[:, 0]}

    def _subwords(self, inputs: dict[str, tf.Tensor]) -> tf.Tensor:
        """Int32 [batch, positions], padded."""
        if "padded" in inputs:
            return inputs["padded"]
        ragged = tf.RaggedTensor.from_row_lengths(inputs["pieces"], inputs["count"], validate=False)
        return ragged.to_tensor(self._padding)


def joined(
    first: tuple[tf.Tensor, tf.Tensor], second: tuple[tf.Tensor, tf.Tensor], window: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Each pair of texts as one: all of the first, and the second without its opening mark.

    Args:
        first: subwords with their marks, int32 [batch, positions], and how many there are, int32 [batch].
        second: the same.
        window: positions of the model; each text keeps its closing mark.

    Returns:
        Subwords, int32 [batch, positions]; how many there are, int32 [batch]; and 1 where the second text stands, int32
        [batch, positions].
    """
    (one, ones), (other, others) = first, second
    kept = tf.minimum(ones, tf.maximum(window // 2, window - (others - 1)))
    rest = tf.minimum(others - 1, window - kept)
    count = kept + rest
    place = tf.range(tf.reduce_max(count))[None]
    start, end = kept[:, None], count[:, None]
    from_one = tf.where(place == start - 1, ones[:, None] - 1, tf.minimum(place, ones[:, None] - 1))
    from_other = tf.where(place >= end - 1, others[:, None] - 1, tf.maximum(place - start + 1, 0))
    second_text = place >= start
    subwords = tf.where(second_text, tf.gather(other, from_other, batch_dims=1), tf.gather(one, from_one, batch_dims=1))
    return subwords, count, tf.cast(second_text, tf.int32)


def run(
    body: keras.Model,
    subwords: tf.Tensor,
    count: tf.Tensor,
    training: bool = False,
    segments: tf.Tensor | None = None,
) -> tf.Tensor:
    """Hidden states of a model's last layer.

    Args:
        body: a model of the BERT family.
        subwords: int32 [batch, positions].
        count: int32 [batch], how many positions of each row are not padding.
        training: whether dropout is on.
        segments: int32 [batch, positions], 0 where the first text of a pair stands and 1 for the second; all 0 by
            default.

    Returns:
        float32 [batch, positions, width].
    """
    inputs = {"token_ids": subwords, "padding_mask": tf.sequence_mask(count, tf.shape(subwords)[1], tf.int32)}
    if "segment_ids" in body.input:
        inputs["segment_ids"] = tf.zeros_like(subwords) if segments is None else segments
    return tf.cast(body(inputs, training=training), tf.float32)
