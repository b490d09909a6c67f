"""The objectives' losses as Keras layers. Needs TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from edgenlp.interfaces import LABELLED, Lesson

Divergence = Callable[[Any, Any], Any]


class HardLoss(keras.layers.Layer):
    """The head's loss against the gold answers."""

    def loss(self, lesson: Lesson) -> Any:
        """float32 [batch], 0 for a text that nobody labelled."""
        losses = lesson.head.loss(lesson.logits, lesson.targets, lesson.encoded)
        return losses * lesson.targets[LABELLED] if LABELLED in lesson.targets else losses


def distillation_loss(lesson: Lesson, divergence: Divergence) -> Any:
    """The head's loss against what teachers say of its outputs, the mean over those who do; float32 [batch].

    A token that a teacher has not read, whose logits are all 0, costs nothing.

    Args:
        lesson: whose head is asked.
        divergence: of a teacher's logits and the student's, both [..., labels], how far they are apart, float32 [...].
    """

    def of_what_was_read(teacher: Any, student: Any) -> Any:
        apart = divergence(teacher, student)
        return apart * ops.cast(ops.any(teacher != 0, axis=-1), apart.dtype)

    losses = [
        lesson.head.distillation_loss(lesson.logits, said, lesson.encoded, of_what_was_read)
        for said in lesson.taught
        if not said.keys().isdisjoint(("task_logits", "token_logits"))
    ]
    return sum(losses) / len(losses)


class SoftLoss(keras.layers.Layer):
    """The head's loss against the teachers' logits, the mean over the teachers."""

    def __init__(self, temperature: float, logit_scale: float) -> None:
        super().__init__()
        self.temperature = temperature
        self.logit_scale = logit_scale

    def loss(self, lesson: Lesson) -> Any:
        """float32 [batch]."""
        return distillation_loss(lesson, self.divergence)

    def divergence(self, teacher: Any, student: Any) -> Any:
        """T^2 KL(softmax(s t / T) || softmax(u / T)) over the last dimension, for logits t, scale s and logits u."""
        known = ops.log_softmax(teacher * (self.logit_scale / self.temperature))
        learnt = ops.log_softmax(student / self.temperature)
        return self.temperature**2 * ops.sum(ops.exp(known) * (known - learnt), axis=-1)


class EmbeddingLoss(keras.layers.Layer):
    """1 - cosine, after a linear map from the student's width to each teacher's; the mean over the teachers."""

    def __init__(self, width: int, teacher_widths: Sequence[int]) -> None:
        super().__init__()
        self.projections = [
            self.add_weight(shape=(width, theirs), initializer="glorot_uniform", name=f"projection_{number}")
            for number, theirs in enumerate(teacher_widths)
        ]
        self.built = True

    def loss(self, lesson: Lesson) -> Any:
        """float32 [batch]."""
        embeddings = [taught["sentence_embedding"] for taught in lesson.taught if "sentence_embedding" in taught]
        mapped = [ops.matmul(lesson.encoded["pooled"], projection) for projection in self.projections]
        losses = [
            1 - ops.sum(ops.normalize(own) * ops.normalize(theirs), axis=-1)
            for own, theirs in zip(mapped, embeddings, strict=True)
        ]
        return sum(losses) / len(losses)


class WordLoss(keras.layers.Layer):
    """Cross entropy of hidden words."""

    def loss(self, lesson: Lesson) -> Any:
        """float32 [batch]; the mean over the batch is that over its hidden words."""
        losses = _surprise(lesson.logits["vocabulary"], lesson.targets["words"])
        return _of_rows(losses, lesson.targets["hidden"], lesson)


class SoftWordLoss(keras.layers.Layer):
    """The divergence of the student's words from the teachers', the mean over the teachers."""

    def __init__(self, temperature: float, logit_scale: float) -> None:
        super().__init__()
        self.temperature = temperature
        self.logit_scale = logit_scale

    def loss(self, lesson: Lesson) -> Any:
        """float32 [batch]; the mean over the batch is an estimate of that over its words."""
        scores = lesson.logits["vocabulary"]
        losses = [
            _divergence(
                scores, taught["vocabulary_logits"], taught["vocabulary_ids"], self.temperature, self.logit_scale
            )
            for taught in lesson.taught
            if "vocabulary_logits" in taught
        ]
        return _of_rows(sum(losses) / len(losses), lesson.targets["stands_for"], lesson)


# the passes over tens of thousands of scores become one
@tf.function(jit_compile=True, autograph=False)
def _surprise(scores: Any, words: Any) -> Any:
    """-log softmax(u) at the words, float32 [places]."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(words, tf.cast(scores, tf.float32))


@tf.function(jit_compile=True, autograph=False)
def _divergence(scores: Any, logits: Any, ids: Any, temperature: float, scale: float) -> Any:
    """T^2 KL(softmax(s t / T) || softmax(u / T)) [places], for scale s, the teacher's logits t at `ids`, scores u."""
    scores = tf.cast(scores, tf.float32) / temperature
    known = ops.log_softmax(logits * (scale / temperature))
    learnt = tf.gather(scores, ids, batch_dims=1) - ops.logsumexp(scores, axis=-1, keepdims=True)
    return temperature**2 * ops.sum(ops.exp(known) * (known - learnt), axis=-1)


def _of_rows(losses: Any, weights: Any, lesson: Lesson) -> Any:
    """Losses of places [places] as losses of rows [batch], whose mean is the places' weighted mean."""
    rows = ops.shape(lesson.encoded["mask"])[0]
    scale = ops.cast(rows, "float32") / ops.sum(weights)
    return scale * tf.math.unsorted_segment_sum(losses * weights, lesson.targets["row"], rows)
