"""The pQRNN network as devices run it: one text, no gradients, few and fast TensorFlow Lite operations.

It computes what `network.PQRNN` computes without training. Three things make it fast:

- every matrix product is a 1 x 1 convolution, which TensorFlow Lite quantizes and runs well since version 2.14;
- one product gives the gates of both directions: its row r holds [x(r-1), x(r)], from which come the forward gates of
  time r and the backward gates of time r-1;
- one scan runs both directions: its step i is the forward time i and the backward time T-1-i. Each change of order is
  one GATHER of rows of `state` numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edgenlp.layers import pointwise
from edgenlp_pqrnn.layers import MaskedBatchNormalization
from edgenlp_pqrnn.qrnn import BidirectionalQRNN

Floats = NDArray[Any]
Rows = NDArray[np.int32]


def embed(features: tf.Tensor, mask: tf.Tensor, kernel: Floats, normalization: MaskedBatchNormalization) -> tf.Tensor:
    """The bottleneck: [1, time, features] to [1, time, width], zero where the mask is."""
    scale, offset = folded(normalization)
    return tf.nn.relu(pointwise(features * mask[:, :, None], kernel * scale, offset)) * mask[:, :, None]


def run_layers(states: tf.Tensor, mask: tf.Tensor, layers: Sequence[BidirectionalQRNN]) -> tf.Tensor:
    """The QRNN stack: [1, time, width] and mask [1, time] to [1, time, 2 * state]."""
    time, state = states.shape[1], layers[0].state_size
    open_cells = tf.gather(tf.reshape(mask, (time, 1)), _scan_times(time)) * np.ones((1, 1, state), np.float32)
    if layers[0].residual:
        scanned = tf.gather(_with_zeros(tf.reshape(states, (2 * time, state))), _to_scan(time))
        pairs = tf.gather(scanned, _pairs(time))
    else:
        scanned = None
        padded = tf.pad(states, ((0, 0), (1, 1), (0, 0)))
        pairs = tf.concat((padded[:, :-1], padded[:, 1:]), 2)
    for layer in layers:
        width = layer.kernel.shape[0]
        gates = pointwise(tf.reshape(pairs, (1, time + 1, 2 * width)), *_packed(layer))
        hidden = _fo_pool(tf.reshape(gates, (6 * (time + 1), state)), open_cells, time)
        scanned = hidden + scanned if layer.residual else hidden
        if layer is not layers[-1]:
            pairs = tf.gather(scanned, _pairs(time))
    return tf.reshape(tf.gather(scanned, _from_scan(time)), (1, time, 2 * state))


def folded(normalization: MaskedBatchNormalization) -> tuple[Floats, Floats]:
    """Scale and offset of batch normalisation as constants."""
    with tf.init_scope():
        scale, offset = normalization.affine()
        return scale.numpy(), offset.numpy()


def constant(weight: tf.Variable) -> Floats:
    """A weight's present value."""
    with tf.init_scope():
        return np.asarray(tf.convert_to_tensor(weight), np.float32)


def _packed(layer: BidirectionalQRNN) -> tuple[Floats, Floats]:
    """Kernel [2 * width, 6 * state] of rows [x(r-1), x(r)] and bias; columns z, f, o, each forward and backward."""
    present, past, present_back, following = np.split(constant(layer.kernel), 4, 1)
    scale, offset = folded(layer.normalization)
    kernel = np.concatenate((np.concatenate((past, present)), np.concatenate((present_back, following))), 1) * scale

    def interleaved(values: Floats) -> Floats:
        """Columns [direction, gate, state] to [gate, direction, state]."""
        by_direction = values.reshape(*values.shape[:-1], 2, 3, layer.state_size)
        return np.swapaxes(by_direction, -3, -2).reshape(values.shape)

    return interleaved(kernel), interleaved(offset)


def _fo_pool(gates: tf.Tensor, open_cells: tf.Tensor, time: int) -> tf.Tensor:
    """Gates, rows of `state` numbers, to h in scan order with two rows of zeros at the end."""
    update = tf.tanh(tf.gather(gates, _gate_rows(time, 0)))
    forget = tf.sigmoid(tf.gather(gates, _gate_rows(time, 1))) * open_cells
    output = tf.sigmoid(tf.gather(gates, np.append(_gate_rows(time, 2), [0, 0]).astype(np.int32)))
    entering = (open_cells - forget) * update
    kept, entered = tf.unstack(forget), tf.unstack(entering)
    cells = [entered[0]]
    for step in range(1, time):
        cells.append(kept[step] * cells[-1] + entered[step])
    return _with_zeros(tf.concat(cells, 0)) * output


def _with_zeros(rows: tf.Tensor) -> tf.Tensor:
    return tf.concat((rows, np.zeros((2, rows.shape[1]), np.float32)), 0)


# --- which row goes where; in scan order row 2i is forward time i, row 2i+1 backward time T-1-i; then two of zeros ---


def _scan_times(time: int) -> Rows:
    """The times of each step: [time, 2]."""
    return np.array([(step, time - 1 - step) for step in range(time)], np.int32)


def _gate_rows(time: int, gate: int) -> Rows:
    """Where a gate of each step stands among the product's rows [time + 1, gate, direction]: [time, 2]."""
    return np.array([(6 * step + 2 * gate, 6 * (time - step) + 2 * gate + 1) for step in range(time)], np.int32)


def _to_scan(time: int) -> Rows:
    """Rows [time, direction] and two of zeros, in scan order: [2 * time + 2]."""
    steps = [(2 * step, 2 * (time - 1 - step) + 1) for step in range(time)]
    return np.array([*steps, (2 * time, 2 * time + 1)], np.int32).reshape(-1)


def _from_scan(time: int) -> Rows:
    """Scan order by time: [time, 2]."""
    return np.array([(2 * now, 2 * (time - 1 - now) + 1) for now in range(time)], np.int32)


def _pairs(time: int) -> Rows:
    """Scan order as rows [x(r-1), x(r)], zeros before and after: [time + 1, 4]."""
    nothing = np.array([(2 * time, 2 * time + 1)], np.int32)
    padded = np.concatenate((nothing, _from_scan(time), nothing))
    return np.concatenate((padded[:-1], padded[1:]), 1)
