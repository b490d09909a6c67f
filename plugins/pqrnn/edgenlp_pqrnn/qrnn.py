"""One bidirectional QRNN layer (Bradbury et al. 2017), written so that it trains fast on a CPU."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from edgenlp_pqrnn.layers import MaskedBatchNormalization, dropout, keep_mask, normal, normalise


class BidirectionalQRNN(keras.layers.Layer):
    """Gates by a convolution of width 2, then fo-pooling, in both directions side by side.

    Forwards, with z, f and o from [x(t-1), x(t)]; backwards the same from [x(t), x(t+1)], in reverse order:

        z = tanh(.)   f = sigmoid(.)   o = sigmoid(.)
        c(t) = f(t) c(t-1) + (1 - f(t)) z(t)        h(t) = o(t) c(t)

    Where input and output have one width, the input is added to the output.

    The kernel [width, 4 * 3 * state] holds four blocks of columns: what the forward gates take from x(t) and from
    x(t-1), and what the backward gates take from x(t) and from x(t+1). Within a block: z, f, o.
    """

    def __init__(self, width: int, state_size: int, rate: float, zoneout: float, name: str) -> None:
        super().__init__(name=name)
        self.state_size = state_size
        self.rate = rate
        self.zoneout = zoneout
        self.residual = width == 2 * state_size
        self.kernel = self.add_weight(shape=(width, 12 * state_size), initializer=normal(2 * width), name="kernel")
        self.normalization = MaskedBatchNormalization(6 * state_size)
        self.seeds = keras.random.SeedGenerator()
        self.built = True

    def call(self, states: tf.Tensor, mask: tf.Tensor, training: bool = False) -> tf.Tensor:
        """States [time, batch, width] and mask [time, batch, 1] to states [time, batch, 2 * state]."""
        time, batch = states.shape[0], tf.shape(states)[1]
        flat = tf.reshape(states, (-1, states.shape[-1]))
        product = tf.matmul(flat, tf.cast(self.kernel, flat.dtype))
        product = tf.reshape(product, (time, batch, 12 * self.state_size))
        if not training:
            return _pool(self.normalization(_gates(product), mask), states, mask, None, self.residual)
        kept = None
        if self.zoneout:
            kept, _ = keep_mask((time, batch, 2 * self.state_size), self.zoneout, self.seeds)
        norm = self.normalization
        hidden, mean, variance = _normalise_and_pool(
            product, states, mask, kept, norm.scale.value, norm.offset.value, norm.epsilon, self.residual
        )
        norm.track(mean, variance)
        return dropout(hidden, self.rate, self.seeds, training)


# Hundreds of small elementwise operations: compiled they are a few, and once for all layers of one shape.
@tf.function(jit_compile=True, autograph=False)
def _normalise_and_pool(
    product: tf.Tensor,
    states: tf.Tensor,
    mask: tf.Tensor,
    kept: tf.Tensor | None,
    scale: tf.Tensor,
    offset: tf.Tensor,
    epsilon: float,
    residual: bool,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    gates, mean, variance = normalise(_gates(product), mask, scale, offset, epsilon)
    return _pool(gates, states, mask, kept, residual), mean, variance


def _gates(product: tf.Tensor) -> tf.Tensor:
    """The convolution's sums: [time, batch, 12 * state] of single products to [time, batch, 6 * state]."""
    present, past, present_back, following = tf.split(tf.cast(product, tf.float32), 4, 2)
    return tf.concat([present + _shift(past, False), present_back + _shift(following, True)], 2)


def _pool(gates: tf.Tensor, states: tf.Tensor, mask: tf.Tensor, kept: tf.Tensor | None, residual: bool) -> tf.Tensor:
    carried = (None, None) if kept is None else tf.split(tf.cast(kept, tf.float32), 2, 2)
    halves = zip(tf.split(gates, 2, 2), carried, (False, True), strict=True)
    hidden = tf.concat([_fo_pool(half, mask, zone, reverse) for half, zone, reverse in halves], 2)
    if residual:
        hidden += tf.cast(states, tf.float32)
    return tf.cast(hidden * mask, states.dtype)


def _fo_pool(gates: tf.Tensor, mask: tf.Tensor, kept: tf.Tensor | None, reverse: bool) -> tf.Tensor:
    """fo-pooling of one direction: gates [time, batch, 3 * state] to h [time, batch, state].

    Padding carries the cell on unchanged. Where zoneout did not keep it, a cell is carried on as well.
    """
    update, forget, output = tf.split(gates, 3, 2)
    admitted = (1 - tf.sigmoid(forget)) * mask
    if kept is not None:
        admitted *= kept
    return tf.sigmoid(output) * scan(1 - admitted, admitted * tf.tanh(update), reverse)


def scan(remaining: tf.Tensor, entering: tf.Tensor, reverse: bool) -> tf.Tensor:
    """c(t) = remaining(t) c(t-1) + entering(t) over the first dimension, or from its end where `reverse`.

    The gradient is a scan in the other direction, which is much less work than taking the unrolled steps apart.
    """

    @tf.custom_gradient
    def differentiable(remaining: tf.Tensor, entering: tf.Tensor) -> Any:
        cells = _scan(remaining, entering, reverse)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            to_entering = _scan(_shift(remaining, not reverse), upstream, not reverse)
            return to_entering * _shift(cells, reverse), to_entering

        return cells, gradient

    return differentiable(remaining, entering)


def _scan(remaining: tf.Tensor, entering: tf.Tensor, reverse: bool) -> tf.Tensor:
    steps = list(zip(tf.unstack(remaining), tf.unstack(entering), strict=True))
    cell = tf.zeros_like(entering[0])
    cells = []
    for kept, new in reversed(steps) if reverse else steps:
        cell = kept * cell + new
        cells.append(cell)
    return tf.stack(cells[::-1] if reverse else cells)


def _shift(values: tf.Tensor, reverse: bool) -> tf.Tensor:
    """Values of the time before (or after, where `reverse`); zeros at the end."""
    nothing = tf.zeros_like(values[:1])
    return tf.concat([values[1:], nothing] if reverse else [nothing, values[:-1]], 0)
