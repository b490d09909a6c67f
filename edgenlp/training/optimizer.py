"""AdamW with averaged weights: a compiled update of whole weights, and one of the rows of tables that a batch used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from edgenlp.training.recipe import Training

_BETA_1 = 0.9
_BETA_2 = 0.99
_EPSILON = 1e-8

_LEAST = 1e-30
"""In place of an average decay of 0, whose logarithm there is not."""

_ROWS_AT_ONCE = 256
"""Rows are padded to a multiple of this: the update is compiled once for each number of them."""


class AdamW:
    """AdamW (Loshchilov and Hutter 2019) with clipping by global norm and an exponential moving average of the weights.

    Biases and scales do not decay.

    A table from which a batch takes few rows has the gradient of those rows alone (tf.IndexedSlices), and nothing else
    of it is read or written. A row that no batch uses sleeps: its weights, moments and decay stand still, and the
    moments' bias is corrected by the steps that the row itself has taken, as if it were a weight that came later. Its
    average does not sleep: it has followed the resting weights all the while, which is caught up when the row wakes or
    is looked at, by what the average of a whole weight would have become.

    Attributes:
        variables: its whole state, for checkpoints.
    """

    def __init__(self, weights: Sequence[tf.Variable], settings: Training) -> None:
        self._weights = list(weights)
        self._decays = [settings.weight_decay if _is_matrix(weight) else 0.0 for weight in weights]
        self._clip_norm = settings.clip_norm
        self._average_decay = max(settings.average_decay, _LEAST)
        self._step = tf.Variable(0.0, trainable=False)
        self._means = [_like(weight) for weight in weights]
        self._squares = [_like(weight) for weight in weights]
        self._averages = [tf.Variable(weight, trainable=False) for weight in weights]
        # logarithm of the share of its start that an average holds by now: now, and when a row last woke
        self._fading = tf.Variable(0.0, trainable=False, dtype=tf.float64)
        self._faded = [_for_rows(weight, tf.float64) for weight in weights]
        # steps that each row has taken; 0 for all where gradients are whole
        self._taken = [_for_rows(weight, tf.float32) for weight in weights]
        self.variables = [
            self._step,
            *self._means,
            *self._squares,
            *self._averages,
            self._fading,
            *self._faded,
            *self._taken,
        ]

    @property
    def averages(self) -> list[tf.Tensor]:
        """The averaged weights."""
        parts = zip(self._weights, self._averages, self._faded, self._taken, strict=True)
        return [self._up_to_date(*part) if len(part[0].shape) > 1 else part[1].value() for part in parts]

    @tf.function(jit_compile=True, autograph=False)
    def _up_to_date(self, weight: tf.Tensor, average: tf.Tensor, faded: tf.Tensor, taken: tf.Tensor) -> tf.Tensor:
        share = _column(_share_left(self._fading, faded), weight)
        return tf.where(_column(taken > 0, weight), weight + (average - weight) * share, average)

    @tf.function(autograph=False)
    def apply(self, gradients: Sequence[tf.Tensor | tf.IndexedSlices], rate: tf.Tensor) -> None:
        """Take one step.

        Args:
            gradients: one for each weight; rows may come several times in tf.IndexedSlices.
            rate: the learning rate, float32 scalar.
        """
        numbered = list(enumerate(gradients))
        whole = {number: gradient for number, gradient in numbered if not isinstance(gradient, tf.IndexedSlices)}
        rows = {number: _distinct(gradient) for number, gradient in numbered if number not in whole}
        half_squares = tf.add_n([tf.constant(0.0), *(tf.nn.l2_loss(part.gradient) for part in rows.values())])
        step = self._move_whole(whole, half_squares, rate)
        for number, part in rows.items():
            self._move_rows(number, part, step, rate)

    # a dozen passes over all weights become one
    @tf.function(jit_compile=True, autograph=False)
    def _move_whole(self, gradients: dict[int, tf.Tensor], half_squares: tf.Tensor, rate: tf.Tensor) -> _Step:
        """One step of the weights with whole gradients; `half_squares` is the others' part of the global norm."""
        norm = tf.sqrt(2 * (half_squares + tf.add_n([tf.constant(0.0), *map(tf.nn.l2_loss, gradients.values())])))
        clip = self._clip_norm * tf.minimum(1 / norm, 1 / self._clip_norm)
        step = self._step.assign_add(1.0)
        # early averages would remember the random start: the window grows with the steps that there have been
        kept = tf.minimum(self._average_decay, step / (9 + step))
        fading = self._fading.read_value()
        self._fading.assign_add(tf.math.log(tf.cast(kept, tf.float64)))
        for number, gradient in gradients.items():
            weight, average = self._weights[number], self._averages[number]
            mean, square = self._means[number], self._squares[number]
            moved = _moved(weight, mean, square, gradient * clip, step, rate, self._decays[number])
            weight.assign(moved.weight)
            mean.assign(moved.mean)
            square.assign(moved.square)
            average.assign_add((1 - kept) * (moved.weight - average))
        return _Step(clip, kept, fading)

    def _move_rows(self, number: int, rows: _Rows, step: _Step, rate: tf.Tensor) -> None:
        """The same for some rows of one weight: gathered, moved together, and put back."""
        state = [part[number] for part in (self._weights, self._means, self._squares, self._averages)]
        taken, faded = self._taken[number], self._faded[number]
        moved = _move(
            *(tf.gather(part, rows.numbers) for part in state),
            tf.gather(taken, rows.numbers),
            tf.gather(faded, rows.numbers),
            rows.gradient,
            step,
            rate,
            self._decays[number],
        )
        used = rows.numbers[: rows.count]
        for part, values in zip((*state, taken), moved, strict=True):
            part.scatter_update(tf.IndexedSlices(values[: rows.count], used))
        faded.scatter_update(tf.IndexedSlices(tf.fill((rows.count,), self._fading.read_value()), used))


class _Step(NamedTuple):
    """What all weights share in a step: the clipping factor, what the averages keep, and their fading before it."""

    clip: tf.Tensor
    kept: tf.Tensor
    fading: tf.Tensor


class _Rows(NamedTuple):
    """Distinct rows: `count` numbers, padded with zeros, and the gradient of each."""

    numbers: tf.Tensor
    gradient: tf.Tensor
    count: tf.Tensor


class _Moved(NamedTuple):
    weight: tf.Tensor
    mean: tf.Tensor
    square: tf.Tensor


def _distinct(gradient: tf.IndexedSlices) -> _Rows:
    """Each row once, the gradients of equal ones added."""
    numbers, places = tf.unique(gradient.indices)
    count = tf.size(numbers)
    padded = -(-count // _ROWS_AT_ONCE) * _ROWS_AT_ONCE
    summed = tf.math.unsorted_segment_sum(gradient.values, places, padded)
    return _Rows(tf.pad(numbers, ((0, padded - count),)), summed, count)


@tf.function(jit_compile=True, autograph=False)
def _move(
    weight: tf.Tensor,
    mean: tf.Tensor,
    square: tf.Tensor,
    average: tf.Tensor,
    taken: tf.Tensor,
    faded: tf.Tensor,
    gradient: tf.Tensor,
    step: _Step,
    rate: tf.Tensor,
    decay: float,
) -> tuple[tf.Tensor, ...]:
    """A step of some rows, each at its own time; returns weight, mean, square, average and steps taken."""
    taken += 1
    moved = _moved(weight, mean, square, gradient * step.clip, _column(taken, weight), rate, decay)
    awake = weight + (average - weight) * _column(_share_left(step.fading, faded), weight)
    return *moved, awake + (1 - step.kept) * (moved.weight - awake), taken


def _moved(
    weight: Any, mean: Any, square: Any, gradient: tf.Tensor, step: tf.Tensor, rate: tf.Tensor, decay: float
) -> _Moved:
    """AdamW's step number `step`, from 1: the new weight and moments."""
    mean = _BETA_1 * mean + (1 - _BETA_1) * gradient
    square = _BETA_2 * square + (1 - _BETA_2) * tf.square(gradient)
    mean_scale, square_scale = 1 / (1 - _BETA_1**step), 1 / (1 - _BETA_2**step)
    direction = mean * mean_scale / (tf.sqrt(square * square_scale) + _EPSILON)
    return _Moved(weight - rate * (direction + decay * weight), mean, square)


def _is_matrix(weight: tf.Variable) -> bool:
    """Whether it is neither scale nor bias: Keras' attention has a bias for each head, of two dimensions."""
    return len(weight.shape) > 1 and not weight.name.endswith("/bias:0")


def _share_left(fading: tf.Tensor, faded: tf.Tensor) -> tf.Tensor:
    """The share that an average keeps of what it was at `faded`, float32."""
    return tf.cast(tf.exp(fading - faded), tf.float32)


def _column(rows: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """A number for each row, in the rank of `weight`."""
    return tf.reshape(rows, (-1, *[1] * (len(weight.shape) - 1)))


def _like(weight: tf.Variable) -> tf.Variable:
    return tf.Variable(tf.zeros_like(weight), trainable=False)


def _for_rows(weight: tf.Variable, dtype: tf.DType) -> tf.Variable:
    return tf.Variable(tf.zeros(weight.shape[:1] if len(weight.shape) > 1 else (0,), dtype), trainable=False)


def mean_gradient(parts: Sequence[tf.Tensor | tf.IndexedSlices], size: tf.Tensor) -> tf.Tensor | tf.IndexedSlices:
    """The sum of a weight's gradients over shards, divided by `size`; rows stay rows."""
    if not isinstance(parts[0], tf.IndexedSlices):
        return tf.add_n(parts) / size
    values = tf.concat([part.values for part in parts], 0) / size
    return tf.IndexedSlices(values, tf.concat([part.indices for part in parts], 0), parts[0].dense_shape)
