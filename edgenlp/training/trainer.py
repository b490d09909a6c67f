"""The trainer owns its step: gradients, AdamW, averaged weights, checkpoints."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf

from edgenlp.errors import EdgeNLPError
from edgenlp.interfaces import Featurizer
from edgenlp.training.dataset import Batch, Row, Rows, bucket, collate, shuffled
from edgenlp.training.objectives import Goal
from edgenlp.training.optimizer import AdamW, mean_gradient
from edgenlp.training.recipe import Training
from edgenlp.training.schedule import learning_rate
from edgenlp.training.student import Student, Tensors

Shard = tuple[tuple[Tensors, ...], Tensors, tuple[Tensors, ...]]
"""Of a part of a batch: the inputs, the targets, and what each teacher said."""

_ORDER = 1
"""Sets the order of an epoch's rows apart from their variation, which has the same seed."""


class Trainer:
    """A student, its optimizer and the running average of its weights.

    Attributes:
        student: what is trained.
        epoch: number of finished epochs.
        utterances: learnt in an epoch.
    """

    def __init__(
        self,
        student: Student,
        objectives: Sequence[Goal],
        settings: Training,
        seed: int,
        rows: Rows,
        featurizer: Featurizer,
    ) -> None:
        self.student = student
        self._objectives = objectives
        self._shares = tf.constant([goal.weight for goal in objectives], tf.float32)
        self.epoch = 0
        self._settings = settings
        self._seed = seed
        self._rows = rows
        self._featurizer = featurizer
        self._steps_per_epoch = max(1, len(rows) // settings.batch_size)
        self.utterances = self._steps_per_epoch * min(len(rows), settings.batch_size)
        layers = (student, *(goal.layer for goal in objectives))
        self._weights = [weight.value for layer in layers for weight in layer.trainable_variables]
        self._optimizer = AdamW(self._weights, settings)
        self._worker = ThreadPoolExecutor(2)
        self._upcoming: Future[list[Row]] | None = None
        self._compiled: dict[tuple[int, int], Callable[..., tf.Tensor]] = {}

    def train_epoch(self, report: Callable[[int, float], None]) -> dict[str, float]:
        """Learn one epoch; `report(utterances, loss)` is called after each step.

        Returns:
            `loss`, the mean of the utterances' losses; where there are several objectives, each one's own mean too,
            before its weight, as `loss/NAME`.

        Raises:
            EdgeNLPError: the weights have diverged.
        """
        rng = np.random.default_rng([self._seed, self.epoch, _ORDER])
        step = self.epoch * self._steps_per_epoch
        totals = np.zeros(1 + len(self._objectives))
        rows = (self._upcoming or self._worker.submit(self._rows.epoch, self.epoch)).result()
        if self.epoch + 1 < self._settings.epochs:
            self._upcoming = self._worker.submit(self._rows.epoch, self.epoch + 1)
        for shards in self._prefetched(shuffled(rows, self._settings.batch_size, rng)):
            size = sum(shard.size for shard in shards)
            losses = self._step(shards, step).numpy()
            loss = float(losses[0])
            if not math.isfinite(loss):
                raise EdgeNLPError(
                    f"the loss is no longer a number in epoch {self.epoch + 1}: lower training.learning_rate or "
                    "training.clip_norm, or make anew what pretrained weights or labels are damaged, and start again "
                    "in another folder"
                )
            totals += losses * size
            step += 1
            report(size, loss)
        self.epoch += 1
        whole, *parts = (totals / self.utterances).tolist()
        own = {f"loss/{goal.name}": part for goal, part in zip(self._objectives, parts, strict=True)}
        return {"loss": whole} | (own if len(own) > 1 else {})

    def _prefetched(self, groups: list[list[Row]]) -> Iterator[list[Batch]]:
        """The shards of each batch, the next ones made while the present ones are learnt."""
        following = self._worker.submit(self._shards, groups[0])
        for group in groups[1:]:
            present = following.result()
            following = self._worker.submit(self._shards, group)
            yield present
        yield following.result()

    def _shards(self, group: list[Row]) -> list[Batch]:
        length = bucket(max(map(len, group)))
        count = min(self._settings.shards, len(group))
        return [collate(group[start::count], self._featurizer, length) for start in range(count)]

    def _step(self, shards: list[Batch], step: int) -> tf.Tensor:
        settings = self._settings
        steps = settings.epochs * self._steps_per_epoch
        rate = learning_rate(step, steps, settings.learning_rate, settings.warmup, settings.schedule)
        arrays = (tuple((shard.inputs, shard.targets, shard.taught) for shard in shards), np.float32(rate))
        key = (shards[0].length, len(shards))
        if key not in self._compiled:
            signature = tf.nest.map_structure(_specification, arrays)
            self._compiled[key] = tf.function(self._learn, input_signature=signature, autograph=False)
        return self._compiled[key](*arrays)

    def _learn(self, shards: tuple[Shard, ...], rate: tf.Tensor) -> tf.Tensor:
        """One step; TensorFlow computes shards side by side, as far as what they share lets it.

        Running statistics and random numbers are written in the shards' order: a shard waits there for the one before.

        Returns:
            float32 [1 + objectives]: the mean loss, and that of each objective before its weight.
        """
        losses, gradients = zip(*(self._differentiate(*shard) for shard in shards), strict=True)
        summed = tf.add_n([tf.reduce_sum(part, 1) for part in losses])
        size = tf.cast(tf.add_n([tf.shape(part)[1] for part in losses]), tf.float32)
        self._optimizer.apply([mean_gradient(parts, size) for parts in zip(*gradients, strict=True)], rate)
        return tf.concat([[tf.tensordot(self._shares, summed, 1)], summed], 0) / size

    @tf.function(autograph=False)
    def _differentiate(
        self, inputs: tuple[Tensors, ...], targets: Tensors, taught: tuple[Tensors, ...]
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Each objective's loss of each row [objectives, rows], and the gradients of the sum of all, weighted."""
        with tf.GradientTape() as tape:
            lesson = self.student.lesson(inputs, targets, [_widened(answer) for answer in taught])
            losses = tf.stack([goal.layer.loss(lesson) for goal in self._objectives])
            total = tf.reduce_sum(tf.tensordot(self._shares, losses, 1))
        # a loss may leave a weight alone, as word prediction does pooling
        return losses, tape.gradient(total, self._weights, unconnected_gradients="zero")

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
        """Take up a state and return its notes.

        Raises:
            ValueError: the state is damaged, or not of such a student.
        """
        variables = self._variables()
        kept = [name for name in arrays if name.startswith("variable_")]
        for number, variable in enumerate(variables):
            array = arrays[f"variable_{number}"] if len(kept) == len(variables) else None
            if array is None or array.shape != tuple(variable.shape):
                raise ValueError("it is of another student")
            variable.assign(array)
        notes: dict[str, Any] = json.loads(arrays["notes"].tobytes())
        self.epoch = notes.pop("epoch")
        return notes

    def _variables(self) -> list[Any]:
        objectives = [variable for goal in self._objectives for variable in goal.layer.variables]
        return [*self.student.variables, *objectives, *self._optimizer.variables]


def _widened(answer: Tensors) -> Tensors:
    """Logits as float32; other things as they are."""
    return {name: tf.cast(array, tf.float32) if array.dtype.is_floating else array for name, array in answer.items()}


def _specification(array: np.ndarray) -> tf.TensorSpec:
    array = np.asarray(array)
    return tf.TensorSpec((None, *array.shape[1:]) if array.ndim else (), array.dtype)
