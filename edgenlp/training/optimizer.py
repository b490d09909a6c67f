"""AdamW with averaged weights, as one compiled update."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from edgenlp.training.recipe import Training

_BETA_1 = 0.9
_BETA_2 = 0.99
_EPSILON = 1e-8


class AdamW:
    """AdamW (Loshchilov and Hutter 2019) with clipping by global norm and an exponential moving average of the weights.

    Vectors and scalars (biases, scales) do not decay.

    Attributes:
        averages: the averaged weights.
        variables: its whole state, for checkpoints.
    """

    def __init__(self, weights: Sequence[tf.Variable], settings: Training) -> None:
        self._weights = list(weights)
        self._decays = [settings.weight_decay if len(weight.shape) > 1 else 0.0 for weight in weights]
        self._clip_norm = settings.clip_norm
        self._average_decay = settings.average_decay
        self._step = tf.Variable(0.0, trainable=False)
        self._means = [tf.Variable(tf.zeros_like(weight), trainable=False) for weight in weights]
        self._squares = [tf.Variable(tf.zeros_like(weight), trainable=False) for weight in weights]
        self.averages = [tf.Variable(weight, trainable=False) for weight in weights]
        self.variables = [self._step, *self._means, *self._squares, *self.averages]

    # a dozen passes over all weights become one
    @tf.function(jit_compile=True, autograph=False)
    def apply(self, gradients: Sequence[tf.Tensor], rate: tf.Tensor) -> None:
        """Take one step.

        Args:
            gradients: one for each weight.
            rate: the learning rate, float32 scalar.
        """
        gradients, _ = tf.clip_by_global_norm(gradients, self._clip_norm)
        step = self._step.assign_add(1.0)
        # early averages would remember the random start: the window grows with the steps that there have been
        following = 1 - tf.minimum(self._average_decay, step / (9 + step))
        mean_scale, square_scale = 1 / (1 - _BETA_1**step), 1 / (1 - _BETA_2**step)
        parts = zip(self._weights, gradients, self._decays, self._means, self._squares, self.averages, strict=True)
        for weight, gradient, decay, mean, square, average in parts:
            new_mean = mean.assign(_BETA_1 * mean + (1 - _BETA_1) * gradient)
            new_square = square.assign(_BETA_2 * square + (1 - _BETA_2) * tf.square(gradient))
            direction = new_mean * mean_scale / (tf.sqrt(new_square * square_scale) + _EPSILON)
            new_weight = weight.assign_sub(rate * (direction + decay * weight))
            average.assign_add(following * (new_weight - average))
