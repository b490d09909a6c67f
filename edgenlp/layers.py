"""Keras building blocks for networks that train fast and are to run fast on devices. Needs TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

CONSTANTS = "edgenlp_constants"
"""The collection of a graph that holds its large constants, for the converter."""


def large_constant(values: NDArray[Any]) -> Any:
    """A constant that is made from weights, such as a table as devices store it.

    In a graph it is a variable that the converter makes a constant again: one that stands in the graph itself is copied
    for each length and each step of the conversion, which takes many times as long and as much memory.
    """
    if tf.executing_eagerly():
        return tf.constant(values)
    with tf.init_scope():
        # tf.Variable may not be made while a function is traced
        variable = ResourceVariable(values, trainable=False)
    tf.compat.v1.add_to_collection(CONSTANTS, variable)
    return variable


def pointwise(values: tf.Tensor, kernel: Any, bias: Any | None = None) -> tf.Tensor:
    """A dense layer over the last dimension, as a 1 x 1 convolution of each token.

    TensorFlow Lite runs it as fast as FULLY_CONNECTED on LiteRT 2.3 and several times faster on tflite-runtime 2.14,
    which refuses the newest FULLY_CONNECTED with int8 weights altogether. Tokens are images of their own because
    tflite-runtime scales whole images to int8.

    Args:
        values: float32 [batch, time, width].
        kernel: [width, units].
        bias: [units], or None.

    Returns:
        float32 [batch, time, units].
    """
    width, units = kernel.shape
    images = tf.reshape(values, (-1, 1, 1, width))
    product = tf.nn.conv2d(images, tf.reshape(kernel, (1, 1, width, units)), 1, "VALID")
    if bias is not None:
        product = tf.nn.bias_add(product, bias)
    return tf.reshape(product, (-1, values.shape[1], units))


class Dense(keras.layers.Layer):
    """A dense layer that trains as a matrix product and runs on devices as a 1 x 1 convolution.

    Args:
        units: width of the output.
        use_bias: whether a learned constant is added.
        name: of the layer.
    """

    def __init__(self, units: int, use_bias: bool = True, name: str | None = None) -> None:
        super().__init__(name=name)
        self.units = units
        self.use_bias = use_bias

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs of this shape."""
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias") if self.use_bias else None

    def call(self, values: tf.Tensor, training: bool = False) -> tf.Tensor:
        """float32 [batch, width] or [batch, time, width] to the same with `units` last."""
        if training:
            # of three dimensions the kernel's gradient would be a product for each text, and their sum
            flat = tf.reshape(values, (-1, values.shape[-1]))
            product = tf.matmul(flat, self.kernel)
            product = product if self.bias is None else product + self.bias
            return tf.reshape(product, tf.concat([tf.shape(values)[:-1], [self.units]], 0))
        if len(values.shape) == 2:
            return tf.squeeze(pointwise(values[:, None, :], self.kernel, self.bias), 1)
        return pointwise(values, self.kernel, self.bias)


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
    dropped = min(round(rate * 256), 255)
    size = tf.reduce_prod(shape)
    # a random byte for each element: drawing numbers is most of what dropout costs on a CPU
    words = tf.random.stateless_uniform(
        (size // 4 + 1,), tf.cast(seeds.next(), tf.int32), minval=None, maxval=None, dtype=tf.int32
    )
    drawn = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), (-1,))[:size], shape)
    return drawn >= dropped, 256 / (256 - dropped)


def cross_entropy(logits: Any, labels: Any, smoothing: float) -> Any:
    """Cross entropy of integer labels, with label smoothing (Szegedy et al. 2016, section 7)."""
    log_probabilities = ops.log_softmax(logits)
    of_label = ops.take_along_axis(log_probabilities, ops.expand_dims(labels, -1), axis=-1)[..., 0]
    return -(1.0 - smoothing) * of_label - smoothing * ops.mean(log_probabilities, axis=-1)
