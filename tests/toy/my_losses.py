"""The objective's layer of docs/plugins.md."""

from __future__ import annotations

import keras
from keras import ops

from edgenlp.distillation.losses import distillation_loss


class SquaredLoss(keras.layers.Layer):
    def loss(self, lesson):  # float32 [batch]
        return distillation_loss(lesson, self.distance)

    def distance(self, teacher, student):
        return ops.mean(ops.square(teacher - student), axis=-1)
