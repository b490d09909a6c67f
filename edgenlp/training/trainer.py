"""The trainer owns its step: gradients, AdamW, averaged weights, checkpoints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from edgenlp.interfaces import Featurizer
from edgenlp.training.dataset import Batch, Row, TrainingRows, collate, shuffled
from edgenlp.training.optimizer import AdamW
from edgenlp.training.recipe import Training
from edgenlp.training.schedule import learning_rate
from edgenlp.training.student import Student

_ORDER = 1
"""Sets the order of an epoch's rows apart from their variation, which has the same seed."""


class Trainer:
    """A student, its optimizer and the running average of its weights.

    Attributes:
        student: what is trained.
        epoch: number of finished epochs.
    """

    def __init__(
        self, student: Student, settings: Training, seed: int, rows: TrainingRows, featurizer: Featurizer
    ) -> None:
        self.student = student
        self.epoch = 0
        self._settings = settings
        self._seed = seed
        self._rows = rows
        self._featurizer = featurizer
        self._steps_per_epoch = -(-len(rows) // settings.batch_size)
        self._weights = [weight.value for weight in student.trainable_variables]
        self._optimizer = AdamW(self._weights, settings)
        self._compiled: dict[int, Callable[..., tf.Tensor]] = {}

    def train_epoch(self, report: Callable[[int, float], None]) -> float:
        """Train on every row once and return the mean loss; `report(utterances, loss)` is called after each step."""
        rng = np.random.default_rng([self._seed, self.epoch, _ORDER])
        step = self.epoch * self._steps_per_epoch
        total = 0.0
        for batch in self._prefetched(shuffled(self._rows.epoch(self.epoch), self._settings.batch_size, rng)):
            loss = float(self._step(batch, step))
            total += loss * batch.size
            step += 1
            report(batch.size, loss)
        self.epoch += 1
        return total / len(self._rows)

    def _prefetched(self, groups: list[list[Row]]) -> Iterator[Batch]:
        """Batches, the next one made while the present one is learnt."""
        with ThreadPoolExecutor(1) as worker:
            following = worker.submit(collate, groups[0], self._featurizer)
            for group in groups[1:]:
                present = following.result()
                following = worker.submit(collate, group, self._featurizer)
                yield present
            yield following.result()

    def _step(self, batch: Batch, step: int) -> tf.Tensor:
        settings = self._settings
        steps = settings.epochs * self._steps_per_epoch
        rate = learning_rate(step, steps, settings.learning_rate, settings.warmup, settings.schedule)
        arrays = (batch.inputs, batch.targets, np.float32(rate))
        if batch.length not in self._compiled:
            signature = tf.nest.map_structure(_specification, arrays)
            self._compiled[batch.length] = tf.function(self._learn, input_signature=signature, autograph=False)
        return self._compiled[batch.length](*arrays)

    def _learn(
        self, inputs: tuple[dict[str, tf.Tensor], ...], targets: dict[str, tf.Tensor], rate: tf.Tensor
    ) -> tf.Tensor:
        with tf.GradientTape() as tape:
            encoded = self.student.encode(inputs, training=True)
            logits = self.student.head(encoded, training=True)
            loss = tf.reduce_mean(self.student.head.loss(logits, targets, encoded))
        self._optimizer.apply(tape.gradient(loss, self._weights), rate)
        return loss

    @contextmanager
    def averaged(self) -> Iterator[Student]:
        """The student with its averaged weights, for as long as the context lasts."""
        trained = [weight.numpy() for weight in self._weights]
        for weight, average in zip(self._weights, self._optimizer.averages, strict=True):
            weight.assign(average)
        try:
            yield self.student
        finally:
            for weight, value in zip(self._weights, trained, strict=True):
                weight.assign(value)

    def state(self, notes: dict[str, Any]) -> dict[str, np.ndarray]:
        """Everything that training needs to go on, with `notes` of the caller's, as arrays."""
        arrays = {f"variable_{number}": variable.numpy() for number, variable in enumerate(self._variables())}
        return {**arrays, "notes": np.frombuffer(json.dumps({**notes, "epoch": self.epoch}).encode(), np.uint8)}

    def restore(self, arrays: Any) -> dict[str, Any]:
        """Take up a state and return its notes."""
        for number, variable in enumerate(self._variables()):
            variable.assign(arrays[f"variable_{number}"])
        notes: dict[str, Any] = json.loads(arrays["notes"].tobytes())
        self.epoch = notes.pop("epoch")
        return notes

    def _variables(self) -> list[Any]:
        return [*self.student.variables, *self._optimizer.variables]


def _specification(array: np.ndarray) -> tf.TensorSpec:
    array = np.asarray(array)
    return tf.TensorSpec((None, *array.shape[1:]) if array.ndim else (), array.dtype)
