"""What int8 makes of weights and values, for training that is to bear it.

As `edgenlp export --quantize int8` does it: weights with a step for each output, values with one step and a range that
holds 0, what tanh and sigmoid take from -8 to 8. Gradients pass as if nothing were rounded (Bengio et al. 2013).

A range is the present batch's, and is not remembered: the export measures ranges anew, on whole utterances, so that no
running average can be stale there (the released pQRNN's follows the last batch).
"""

from __future__ import annotations

import tensorflow as tf

STEPS = 127
"""Of int8 on each side of 0."""
WEIGHT_STEPS = 63
"""Of weights, which are even."""
GATE_STEP = 8 / STEPS

_TINY = 1e-12


def rounded_weights(kernel: tf.Tensor, outputs: int, taps: int = 1) -> tf.Tensor:
    """A kernel in steps of each output's largest weight.

    Args:
        kernel: float32 [width, blocks * outputs].
        outputs: columns of a block.
        taps: neighbouring blocks whose columns are summed to the same outputs, and so have the same steps.
    """
    blocks = tf.reshape(kernel, (kernel.shape[0], -1, taps, outputs))
    step = tf.maximum(tf.reduce_max(tf.abs(blocks), (0, 2), keepdims=True) / WEIGHT_STEPS, _TINY)
    return _straight_through(kernel, tf.reshape(tf.round(blocks / step) * step, kernel.shape))


def rounded(values: tf.Tensor, symmetric: bool = False) -> tf.Tensor:
    """Values in 255 steps from the least to the greatest; or, where `symmetric`, in 127 on each side of 0."""
    wide = tf.cast(values, tf.float32)
    low, high = tf.minimum(tf.reduce_min(wide), 0.0), tf.maximum(tf.reduce_max(wide), 0.0)
    step = tf.maximum(tf.maximum(-low, high) / STEPS if symmetric else (high - low) / (2 * STEPS + 1), _TINY)
    return tf.cast(_straight_through(wide, tf.round(wide / step) * step), values.dtype)


def rounded_gates(gates: tf.Tensor) -> tf.Tensor:
    """What goes to tanh and sigmoid; without a gradient of its own."""
    return tf.clip_by_value(tf.round(gates / GATE_STEP), -STEPS, STEPS) * GATE_STEP


def _straight_through(exact: tf.Tensor, whole: tf.Tensor) -> tf.Tensor:
    return exact + tf.stop_gradient(whole - exact)
