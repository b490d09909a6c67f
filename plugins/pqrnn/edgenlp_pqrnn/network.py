"""The pQRNN network: bottleneck, bidirectional QRNN stack with fo-pooling, attention pooling.

After Kaliamoorthi et al. 2021. It has two forms with the same weights: one that trains fast, here and in `qrnn`, and
one that runs fast on devices, in `graph`.
"""

from __future__ import annotations

import keras
import tensorflow as tf

from edgenlp.layers import Dense, dropout
from edgenlp_pqrnn import graph
from edgenlp_pqrnn.config import PQRNNConfig
from edgenlp_pqrnn.layers import MaskedBatchNormalization, normal
from edgenlp_pqrnn.projection import UNIT
from edgenlp_pqrnn.qrnn import BidirectionalQRNN
from edgenlp_pqrnn.quantization import rounded, rounded_weights

FAR_BELOW = 100.0
"""Under any score of a token, so that a softmax gives padding nothing; a form of integers must find room for it."""


class PQRNN(keras.layers.Layer):
    """Token features to vectors.

    Takes what the featurizer's `batch` gives, `rows` int8 [rows, features] and `index` int32 [batch, time], or what its
    `inputs` gives, `features` float32 [batch, time, features] and `mask` float32 [batch, time].
    """

    def __init__(self, config: PQRNNConfig) -> None:
        super().__init__(name="pqrnn")
        self.config = config
        self.training_dtype = tf.as_dtype(config.training_dtype)
        self.seeds = keras.random.SeedGenerator()
        width, state = config.bottleneck, 2 * config.state_size
        self.kernel = self.add_weight(
            shape=(config.features, width), initializer=normal(config.features, gain=4), name="bottleneck"
        )
        self.normalization = MaskedBatchNormalization(width)
        self.qrnn = [
            BidirectionalQRNN(
                width if number == 0 else state,
                config.state_size,
                config.hidden_dropout if number + 1 < config.layers else config.output_dropout,
                config.zoneout ** (number + 1),
                f"qrnn_{number}",
                config.quantization_aware,
            )
            for number in range(config.layers)
        ]
        self.attention = Dense(1, use_bias=False, name="attention")
        self.built = True

    def call(self, inputs: dict[str, tf.Tensor], training: bool = False) -> dict[str, tf.Tensor]:
        """`tokens` [batch, time, 2 * state], `pooled` [batch, 2 * state] and `mask` [batch, time], float32."""
        if "features" in inputs:
            tokens, mask = self._for_devices(inputs["features"], inputs["mask"])
        else:
            tokens, mask = self._for_training(inputs["rows"], inputs["index"], training)
        return {"tokens": tokens, "pooled": self._pool(tokens, mask, training), "mask": mask}

    def _for_devices(self, features: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """One text of fixed length."""
        states = graph.embed(features, mask, graph.constant(self.kernel) / UNIT, self.normalization)
        return graph.run_layers(states, mask, self.qrnn), mask

    def _for_training(self, rows: tf.Tensor, index: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Many texts, time first: a step of the recurrence is then one contiguous slice."""
        states, mask = self._embed_rows(rows, tf.transpose(index), training)
        states = dropout(states, self.config.input_dropout, self.seeds, training)
        for layer in self.qrnn:
            states = layer(states, mask[:, :, None], training=training)
        if training and self.config.quantization_aware:
            states = rounded(states)
        return tf.transpose(tf.cast(states, tf.float32), (1, 0, 2)), tf.transpose(mask)

    def _embed_rows(self, rows: tf.Tensor, index: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """The bottleneck of each distinct token once, then a look-up; row 0 is padding."""
        count = tf.shape(rows)[0]
        uses = tf.math.bincount(tf.reshape(index, [-1]), minlength=count, maxlength=count, dtype=tf.float32)
        token = tf.cast(tf.range(count) > 0, tf.float32)[:, None]
        features = tf.cast(rows, self.training_dtype if training else tf.float32) / UNIT
        if training:
            features = self._drop_features(features)
        embedded = self._bottleneck(features, uses[:, None] * token, training)
        return tf.gather(embedded * tf.cast(token, embedded.dtype), index), tf.cast(index > 0, tf.float32)

    def _bottleneck(self, features: tf.Tensor, uses: tf.Tensor, training: bool) -> tf.Tensor:
        in_steps = training and self.config.quantization_aware
        kernel = tf.convert_to_tensor(self.kernel)
        if in_steps:
            kernel = rounded_weights(kernel, self.config.bottleneck)
        projected = tf.cast(tf.matmul(features, tf.cast(kernel, features.dtype)), tf.float32)
        embedded = tf.nn.relu(self.normalization(projected, uses, training=training))
        return tf.cast(rounded(embedded, symmetric=True) if in_steps else embedded, features.dtype)

    def _drop_features(self, features: tf.Tensor) -> tf.Tensor:
        """Hide the whole-word part of some tokens, so that their n-grams must carry, and some tokens altogether."""
        config = self.config
        drawn = keras.random.uniform((tf.shape(features)[0], 2), seed=self.seeds)
        word = tf.cast(drawn[:, :1] >= config.word_dropout, features.dtype) / (1 - config.word_dropout)
        token = tf.cast(drawn[:, 1:] >= config.token_dropout, features.dtype)
        words, others = tf.split(features, [config.word_features, -1], 1)
        return tf.concat([words * word, others], 1) * token

    def _pool(self, tokens: tf.Tensor, mask: tf.Tensor, training: bool) -> tf.Tensor:
        """Attention pooling: a softmax over the tokens of one score each; zeros where there are no tokens."""
        scores = tf.squeeze(self.attention(tokens, training=training), 2) + (mask - 1) * FAR_BELOW
        return tf.squeeze(tf.matmul(tf.nn.softmax(scores)[:, None, :], tokens), 1)
