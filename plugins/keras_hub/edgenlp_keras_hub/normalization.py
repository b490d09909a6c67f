"""Layer normalization in two passes over memory: Keras' takes one for each of its dozen operations."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

Gradient = Callable[[tf.Tensor], tuple[tf.Tensor, ...]]


@tf.custom_gradient
def normalized(values: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, epsilon: tf.Tensor) -> tuple[tf.Tensor, Gradient]:
    """Layer normalization (Ba et al. 2016, section 3), computed in float32.

    Args:
        values: [..., width], of any float type.
        scale: float32 [width].
        shift: float32 [width].
        epsilon: added to the variance, float32 scalar.

    Returns:
        As `values`.
    """
    return _value(values, scale, shift, epsilon), lambda upstream: (*_gradient(values, scale, epsilon, upstream), None)


@tf.function(jit_compile=True, autograph=False)
def _value(values: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, epsilon: tf.Tensor) -> tf.Tensor:
    standard, _ = _standardized(values, epsilon)
    return tf.cast(standard * scale + shift, values.dtype)


@tf.function(jit_compile=True, autograph=False)
def _gradient(
    values: tf.Tensor, scale: tf.Tensor, epsilon: tf.Tensor, upstream: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    standard, inverse = _standardized(values, epsilon)
    upstream = tf.cast(upstream, tf.float32)
    slope = upstream * scale
    # what moves a row's mean or its deviation is taken off: normalization undoes it
    slope -= _mean(slope) + standard * _mean(slope * standard)
    rows = list(range(len(values.shape) - 1))
    shares = tf.reduce_sum(upstream * standard, rows), tf.reduce_sum(upstream, rows)
    return tf.cast(slope * inverse, values.dtype), *shares


def _standardized(values: tf.Tensor, epsilon: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Values less their row's mean over its deviation, and one over that deviation."""
    values = tf.cast(values, tf.float32)
    centred = values - _mean(values)
    inverse = tf.math.rsqrt(_mean(tf.square(centred)) + epsilon)
    return centred * inverse, inverse


def _mean(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(values, -1, keepdims=True)
