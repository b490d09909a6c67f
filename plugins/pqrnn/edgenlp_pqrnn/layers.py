"""What the bottleneck and the QRNN layers share: masked batch normalisation and cheap dropout."""

from __future__ import annotations

import math
from collections.abc import Sequence

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


def dropout(values: tf.Tensor, rate: float, seeds: keras.random.SeedGenerator, training: bool) -> tf.Tensor:
    """Zero each element with probability `rate` (rounded to 1/256) and scale up the others."""
    if not training or rate == 0:
        return values
    return values * tf.cast(dropout_factor(tf.shape(values), rate, seeds), values.dtype)


def dropout_factor(shape: tf.Tensor | Sequence[int], rate: float, seeds: keras.random.SeedGenerator) -> tf.Tensor:
    """What dropout multiplies by, bfloat16: 0, or what makes up for the zeros."""
    kept, scale = keep_mask(shape, rate, seeds)
    return tf.cast(kept, tf.bfloat16) * tf.cast(scale, tf.bfloat16)


def keep_mask(
    shape: tf.Tensor | Sequence[int], rate: float, seeds: keras.random.SeedGenerator
) -> tuple[tf.Tensor, float]:
    """A random bool tensor that is False with probability `rate` (rounded to 1/256), and what makes up for it."""
    dropped = round(rate * 256)
    size = tf.reduce_prod(shape)
    # a random byte for each element: drawing numbers is most of what dropout costs on a CPU
    words = tf.random.stateless_uniform(
        (size // 4 + 1,), tf.cast(seeds.next(), tf.int32), minval=None, maxval=None, dtype=tf.int32
    )
    drawn = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), (-1,))[:size], shape)
    return drawn >= dropped, 256 / (256 - dropped)


def normal(width: int, gain: float = 1.0) -> keras.initializers.Initializer:
    """Normal with standard deviation sqrt(gain / width)."""
    return keras.initializers.RandomNormal(stddev=math.sqrt(gain / width))
