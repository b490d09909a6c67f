"""What the bottleneck and the QRNN layers share: masked batch normalisation and how weights start."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

EPSILON = 1e-3
MOMENTUM = 0.99
"""Of the running averages that inference normalises with."""


class MaskedBatchNormalization(keras.layers.Layer):
    """Batch normalisation in which each position counts with a weight: 0 for padding.

    Normalises over all dimensions but the last.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = self.add_weight(shape=(width,), initializer="ones", name="scale")
        self.offset = self.add_weight(shape=(width,), initializer="zeros", name="offset")
        self.mean = self.add_weight(shape=(width,), initializer="zeros", trainable=False, name="mean")
        self.variance = self.add_weight(shape=(width,), initializer="ones", trainable=False, name="variance")

    def call(self, values: tf.Tensor, counts: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Normalise `values` [..., width]; `counts` [..., 1] weighs each position in training."""
        if not training:
            scale, offset = self.affine()
            return values * scale + offset
        axes = list(range(len(values.shape) - 1))
        total = tf.reduce_sum(counts)
        mean = tf.reduce_sum(values * counts, axes) / total
        variance = tf.reduce_sum(tf.square(values - mean) * counts, axes) / total
        self.track(mean, variance)
        return (values - mean) * (tf.math.rsqrt(variance + EPSILON) * self.scale) + self.offset

    def track(self, mean: tf.Tensor, variance: tf.Tensor) -> None:
        """Let the running statistics follow those of a batch."""
        for running, batch in ((self.mean, mean), (self.variance, variance)):
            running.assign(running * MOMENTUM + tf.stop_gradient(batch) * (1 - MOMENTUM))

    def affine(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Scale and offset that normalise with the running statistics: what inference folds into the kernel before."""
        scale = self.scale * tf.math.rsqrt(self.variance + EPSILON)
        return scale, self.offset - self.mean * scale


def normal(width: int, gain: float = 1.0) -> keras.initializers.Initializer:
    """Normal with standard deviation sqrt(gain / width)."""
    return keras.initializers.RandomNormal(stddev=math.sqrt(gain / width))
