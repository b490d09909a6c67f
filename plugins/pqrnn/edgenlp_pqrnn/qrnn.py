"""One bidirectional QRNN layer (Bradbury et al. 2017), written so that it trains fast on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from edgenlp.layers import dropout_factor, keep_mask
from edgenlp_pqrnn.layers import EPSILON, MaskedBatchNormalization, normal
from edgenlp_pqrnn.quantization import rounded, rounded_gates, rounded_weights


class BidirectionalQRNN(keras.layers.Layer):
    """Gates by a convolution of width 2, then fo-pooling, in both directions side by side.

    Forwards, with z, f and o from [x(t-1), x(t)]; backwards the same from [x(t), x(t+1)], in reverse order:

        z = tanh(.)   f = sigmoid(.)   o = sigmoid(.)
        c(t) = f(t) c(t-1) + (1 - f(t)) z(t)        h(t) = o(t) c(t)

    Where input and output have one width, the input is added to the output.

    The kernel [width, 4 * 3 * state] holds four blocks of columns: what the forward gates take from x(t) and from
    x(t-1), and what the backward gates take from x(t) and from x(t+1). Within a block: z, f, o.
    """

    def __init__(
        self, width: int, state_size: int, rate: float, zoneout: float, name: str, quantization_aware: bool = False
    ) -> None:
        # Keras would cast the states to float32, and the products would be half as fast
        super().__init__(name=name, autocast=False)
        self.state_size = state_size
        self.rate = rate
        self.zoneout = zoneout
        self.quantization_aware = quantization_aware
        self.residual = width == 2 * state_size
        self.kernel = self.add_weight(shape=(width, 12 * state_size), initializer=normal(2 * width), name="kernel")
        self.normalization = MaskedBatchNormalization(6 * state_size)
        self.seeds = keras.random.SeedGenerator()
        self.built = True

    def call(self, states: tf.Tensor, mask: tf.Tensor, training: bool = False) -> tf.Tensor:
        """States [time, batch, width] and mask [time, batch, 1] to states [time, batch, 2 * state]."""
        time, batch = states.shape[0], tf.shape(states)[1]
        flat, kernel = tf.reshape(states, (-1, states.shape[-1])), tf.convert_to_tensor(self.kernel)
        in_steps = training and self.quantization_aware
        if in_steps:
            flat, kernel = rounded(flat), rounded_weights(kernel, 3 * self.state_size, taps=2)
        product = tf.matmul(flat, tf.cast(kernel, flat.dtype))
        product = tf.reshape(product, (time, batch, 12 * self.state_size))
        if not training:
            return _pool(self.normalization(_gates(product), mask), states, mask, Noise(None, None), self.residual)[0]
        shape = (time, batch, 2 * self.state_size)
        admitted = keep_mask(shape, self.zoneout, self.seeds)[0] if self.zoneout else None
        kept = dropout_factor(shape, self.rate, self.seeds) if self.rate else None
        norm = self.normalization
        hidden, mean, variance = normalise_and_pool(
            product,
            states,
            mask,
            norm.scale.value,
            norm.offset.value,
            Noise(admitted, kept),
            self.residual,
            in_steps,
        )
        norm.track(mean, variance)
        return hidden


class Noise(NamedTuple):
    """What training hides: cells that zoneout leaves alone, and the factor of dropout, [time, batch, 2 * state]."""

    admitted: tf.Tensor | None
    kept: tf.Tensor | None


def normalise_and_pool(
    product: tf.Tensor,
    states: tf.Tensor,
    mask: tf.Tensor,
    scale: tf.Tensor,
    offset: tf.Tensor,
    noise: Noise,
    residual: bool,
    in_steps: bool = False,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Batch normalisation of the gates and fo-pooling: the hidden states, and the gates' mean and variance.

    The elementwise parts are compiled. Their gradient, written out, computes the activations again, which is cheaper
    than to keep them. The sums over a batch stay outside: compiled, each would compute everything before it once more.
    With `in_steps` the activations take what int8 would leave of the gates.
    """
    weights = mask / tf.reduce_sum(mask)

    @tf.custom_gradient
    def differentiable(product: tf.Tensor, states: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) -> Any:
        gates = _gates_compiled(product)
        mean = _weighted(gates, weights)
        variance = _weighted(tf.square(gates), weights) - tf.square(mean)
        inverse = tf.math.rsqrt(variance + EPSILON)
        slope = inverse * scale
        affine = slope, offset - mean * slope
        hidden, cells = _pool_compiled(gates, affine, states, mask, noise, residual, in_steps)

        def gradient(upstream: tf.Tensor, *_: tf.Tensor) -> tuple[tf.Tensor, ...]:
            to_normal, to_states = _pool_gradient(
                gates, affine, states, mask, noise, residual, in_steps, cells, upstream
            )
            to_offset = _weighted(to_normal, tf.ones_like(mask))
            to_scale = inverse * (tf.reduce_sum(to_normal * gates, (0, 1)) - mean * to_offset)
            to_product = _gates_gradient(
                gates, to_normal, weights, slope, inverse, mean, to_scale, to_offset, product.dtype
            )
            return to_product, to_states, to_scale, to_offset

        return (hidden, mean, variance), gradient

    return differentiable(product, states, scale, offset)


def _weighted(values: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Sums [width] of values [time, batch, width], each with its weight [time, batch, 1], in one pass."""
    flat = tf.reshape(values, (-1, values.shape[-1]))
    return tf.squeeze(tf.matmul(tf.reshape(weights, (1, -1)), flat), 0)


def _gates(product: tf.Tensor) -> tf.Tensor:
    """The convolution's sums: [time, batch, 12 * state] of single products to [time, batch, 6 * state]."""
    present, past, present_back, following = tf.split(tf.cast(product, tf.float32), 4, 2)
    return tf.concat([present + _shift(past, False), present_back + _shift(following, True)], 2)


@tf.function(jit_compile=True, autograph=False)
def _gates_compiled(product: tf.Tensor) -> tf.Tensor:
    return _gates(product)


@tf.function(jit_compile=True, autograph=False)
def _gates_gradient(
    gates: tf.Tensor,
    to_normal: tf.Tensor,
    weights: tf.Tensor,
    slope: tf.Tensor,
    inverse: tf.Tensor,
    mean: tf.Tensor,
    to_scale: tf.Tensor,
    to_offset: tf.Tensor,
    dtype: tf.DType,
) -> tf.Tensor:
    """Through batch normalisation (Ioffe and Szegedy 2015, section 3) and the sums before it."""
    normal = (gates - mean) * inverse
    to_gates = slope * (to_normal - weights * (to_offset + normal * to_scale))
    forward, backward = tf.split(to_gates, 2, 2)
    return tf.cast(tf.concat([forward, _shift(forward, True), backward, _shift(backward, False)], 2), dtype)


Affine = tuple[tf.Tensor, tf.Tensor]
Cells = tuple[tf.Tensor, tf.Tensor]


@tf.function(jit_compile=True, autograph=False)
def _pool_compiled(
    gates: tf.Tensor, affine: Affine, states: tf.Tensor, mask: tf.Tensor, noise: Noise, residual: bool, in_steps: bool
) -> tuple[tf.Tensor, Cells]:
    return _pool(_normalised(gates, affine, in_steps), states, mask, noise, residual)


def _normalised(gates: tf.Tensor, affine: Affine, in_steps: bool) -> tf.Tensor:
    normal = gates * affine[0] + affine[1]
    return rounded_gates(normal) if in_steps else normal


def _pool(
    gates: tf.Tensor, states: tf.Tensor, mask: tf.Tensor, noise: Noise, residual: bool
) -> tuple[tf.Tensor, Cells]:
    """fo-pooling of normalised gates, and what follows it: hidden states, and the cells of both directions.

    Padding carries the cell on unchanged. Where zoneout did not admit it, a cell is carried on as well.
    """
    hidden, cells = [], []
    for half, admitted, reverse in zip(tf.split(gates, 2, 2), _open_cells(mask, noise), (False, True), strict=True):
        update, forget, output = _activate(half)
        entering = (1 - forget) * admitted
        cells.append(_scan(1 - entering, entering * update, reverse))
        hidden.append(output * cells[-1])
    total = tf.concat(hidden, 2)
    if residual:
        total += tf.cast(states, tf.float32)
    return tf.cast(total * _factor(mask, noise), states.dtype), (cells[0], cells[1])


@tf.function(jit_compile=True, autograph=False)
def _pool_gradient(
    gates: tf.Tensor,
    affine: Affine,
    states: tf.Tensor,
    mask: tf.Tensor,
    noise: Noise,
    residual: bool,
    in_steps: bool,
    cells: Cells,
    upstream: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Gradients of the normalised gates and of the states below. The gradient of a scan is a scan the other way."""
    to_total = tf.cast(upstream, tf.float32) * _factor(mask, noise)
    to_hidden = tf.split(to_total, 2, 2)
    halves = tf.split(_normalised(gates, affine, in_steps), 2, 2)
    to_gates = []
    for half, admitted, cell, to_half, reverse in zip(
        halves, _open_cells(mask, noise), cells, to_hidden, (False, True), strict=True
    ):
        update, forget, output = _activate(half)
        entering = (1 - forget) * admitted
        to_cell = _scan(_shift(1 - entering, not reverse), to_half * output, not reverse)
        to_gates += [
            to_cell * entering * (1 - tf.square(update)),
            to_cell * (_shift(cell, reverse) - update) * admitted * forget * (1 - forget),
            to_half * cell * output * (1 - output),
        ]
    to_states = to_total if residual else tf.zeros_like(states)
    return tf.concat(to_gates, 2), tf.cast(to_states, states.dtype)


def _activate(gates: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    update, forget, output = tf.split(gates, 3, 2)
    return tf.tanh(update), tf.sigmoid(forget), tf.sigmoid(output)


def _open_cells(mask: tf.Tensor, noise: Noise) -> Sequence[tf.Tensor]:
    """Where something may enter a cell, for each direction."""
    return (mask, mask) if noise.admitted is None else tf.split(tf.cast(noise.admitted, tf.float32) * mask, 2, 2)


def _factor(mask: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mask if noise.kept is None else mask * tf.cast(noise.kept, tf.float32)


def _scan(remaining: tf.Tensor, entering: tf.Tensor, reverse: bool) -> tf.Tensor:
    """c(t) = remaining(t) c(t-1) + entering(t) over the first dimension, or from its end where `reverse`."""
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
