"""The objectives' losses as Keras layers. Needs TensorFlow."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from edgenlp.interfaces import Lesson


class HardLoss(keras.layers.Layer):
    """The head's loss against the gold answers."""

    def loss(self, lesson: Lesson) -> Any:
        """float32 [batch]."""
        return lesson.head.loss(lesson.logits, lesson.targets, lesson.encoded)


class SoftLoss(keras.layers.Layer):
    """The head's loss against the teachers' logits, the mean over the teachers."""

    def __init__(self, temperature: float, logit_scale: float) -> None:
        super().__init__()
        self.temperature = temperature
        self.logit_scale = logit_scale

    def loss(self, lesson: Lesson) -> Any:
        """float32 [batch]."""
        losses = [
            lesson.head.distillation_loss(lesson.logits, taught, lesson.encoded, self.divergence)
            for taught in lesson.taught
            if not taught.keys().isdisjoint(("task_logits", "token_logits"))
        ]
        return sum(losses) / len(losses)

    def divergence(self, teacher: Any, student: Any) -> Any:
        """T^2 KL(softmax(s t / T) || softmax(u / T)) over the last dimension, for logits t, scale s and logits u."""
        known = ops.log_softmax(teacher * (self.logit_scale / self.temperature))
        learnt = ops.log_softmax(student / self.temperature)
        return self.temperature**2 * ops.sum(ops.exp(known) * (known - learnt), axis=-1)


class EmbeddingLoss(keras.layers.Layer):
    """1 - cosine, after a linear map from the student's width to the teacher's; the mean over the teachers."""

    def __init__(self, width: int, teacher_width: int) -> None:
        super().__init__()
        self.projection = self.add_weight(shape=(width, teacher_width), initializer="glorot_uniform", name="projection")
        self.built = True

    def loss(self, lesson: Lesson) -> Any:
        """float32 [batch]."""
        mapped = ops.normalize(ops.matmul(lesson.encoded["pooled"], self.projection))
        losses = [
            1 - ops.sum(mapped * ops.normalize(taught["sentence_embedding"]), axis=-1)
            for taught in lesson.taught
            if "sentence_embedding" in taught
        ]
        return sum(losses) / len(losses)
