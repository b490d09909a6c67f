"""The rules of the objective contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np

from edgenlp.interfaces import LABELLED, Lesson, Objective
from edgenlp.testing.common import check_config, check_light_import
from edgenlp.testing.teacher import KNOWN

BATCH: Final = 3
LENGTH: Final = 4
LABELS: Final = 5
WIDTH: Final = 6
PIECES: Final = 20
PLACES: Final = 7
LIKELIEST: Final = 8

Variables = dict[str, Any]
"""What a student in training says, of which losses have gradients."""


class ObjectiveConformance:
    """Holds an objective to its contract, with random vectors in the place of student and teacher.

    The head here has an output over texts and one over tokens, five labels each, and loses by cross entropy.

    Attributes:
        objective: the instance that the plugin registers.
        config: its settings; the defaults where None.
    """

    objective: ClassVar[Objective]
    config: ClassVar[Any] = None

    def _settings(self) -> Any:
        return self.objective.Config() if self.config is None else self.config

    def _layer(self, teacher: Mapping[str, Any]) -> Any:
        import keras

        keras.utils.set_random_seed(1)
        widths = {what: [array.shape[-1]] for what, array in teacher.items() if what in KNOWN}
        return self.objective.network(self._settings(), widths | {"pooled": [WIDTH]})

    def test_config(self) -> None:
        """Settings are plain and come back from JSON."""
        check_config(self.objective.Config, self._settings())

    def test_device_half_imports_no_workshop(self) -> None:
        """Predicting loads all plugins, so registering an objective needs no TensorFlow."""
        check_light_import(self.objective)

    def test_it_wants_what_teachers_say(self) -> None:
        """And is of answers, of words, or of both."""
        assert self.objective.wants <= KNOWN
        assert self.objective.lessons and self.objective.lessons <= {"answers", "words"}

    def test_a_loss_for_each_row_that_teaches(self) -> None:
        """float32 [batch], finite, with gradients to the student and to every weight of the objective's own."""
        import tensorflow as tf

        for kind in sorted(self.objective.lessons):
            student, lesson = _lesson(kind)
            layer = self._layer(lesson.taught[0])
            weights = layer.trainable_variables
            with tf.GradientTape() as tape:
                loss = layer.loss(_said_by(student, lesson))
            assert loss.dtype == tf.float32 and loss.shape == (BATCH,), kind
            assert np.isfinite(loss.numpy()).all(), kind
            made = len(layer.trainable_variables)
            assert made == len(weights), f"{kind}: weights that `loss` makes are never trained: make them in `network`"
            to_student, to_weights = tape.gradient(loss, (list(student.values()), weights))
            assert any(gradient is not None for gradient in to_student), kind
            assert all(gradient is not None for gradient in to_weights), kind

    def test_a_teacher_that_lacks_what_is_wanted_changes_nothing(self) -> None:
        """It says other things, or none, and stands beside one that says what is wanted."""
        if not self.objective.wants:
            return
        for kind in sorted(self.objective.lessons):
            student, lesson = _lesson(kind)
            layer = self._layer(lesson.taught[0])
            both = replace(lesson, taught=[*lesson.taught, {}])
            _equal(*(layer.loss(_said_by(student, one)) for one in (lesson, both)))

    def test_what_nobody_labelled_has_no_gold_answer(self) -> None:
        """Where `labelled` is 0, other targets mean nothing."""
        if "answers" not in self.objective.lessons:
            return
        student, lesson = _lesson("answers")
        layer = self._layer(lesson.taught[0])
        labelled = {LABELLED: np.array([1, 0, 1], np.float32)}
        other = {name: np.where(np.arange(BATCH) == 1, 0, gold.T).T for name, gold in lesson.targets.items()}
        losses = [
            layer.loss(_said_by(student, replace(lesson, targets=targets | labelled)))
            for targets in (dict(lesson.targets), other)
        ]
        _equal(*losses)

    def test_a_rows_loss_is_its_own(self) -> None:
        """What stands beside it in a batch of answers changes nothing."""
        if "answers" not in self.objective.lessons:
            return
        student, lesson = _lesson("answers")
        layer = self._layer(lesson.taught[0])
        beside, other = _lesson("answers", seed=2)
        among = replace(
            lesson,
            targets=_first_of(lesson.targets, other.targets),
            taught=[_first_of(*said) for said in zip(lesson.taught, other.taught, strict=True)],
        )
        losses = layer.loss(_said_by(student, lesson)), layer.loss(_said_by(_first_of(student, beside), among))
        _equal(*(loss[0] for loss in losses))


def _equal(one: Any, other: Any) -> None:
    np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-5, atol=1e-6)


def _first_of(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Variables:
    """Our first row and their others."""
    return {name: np.concatenate([array[:1], theirs[name][1:]]) for name, array in ours.items()}


def _lesson(kind: str, seed: int = 1) -> tuple[Variables, Lesson]:
    """What a student says, and a lesson without it."""
    import tensorflow as tf

    rng = np.random.default_rng(seed)

    def random(*shape: int) -> Any:
        return rng.normal(size=shape).astype(np.float32)

    student = {"pooled": random(BATCH, WIDTH), "tokens": random(BATCH, LENGTH, WIDTH)}
    taught = {"sentence_embedding": random(BATCH, WIDTH + 1)}
    if kind == "words":
        student["vocabulary"] = random(PLACES, PIECES)
        targets = {
            "words": rng.integers(PIECES, size=PLACES, dtype=np.int32),
            "row": np.sort(rng.integers(BATCH, size=PLACES, dtype=np.int32)),
            "hidden": np.array([1, 0, 1, 1, 0, 0, 1], np.float32),
            "stands_for": np.array([1, 2, 1, 1, 2, 2, 1], np.float32),
        }
        taught["vocabulary_logits"] = random(PLACES, LIKELIEST)
        taught["vocabulary_ids"] = np.array([rng.permutation(PIECES)[:LIKELIEST] for _ in range(PLACES)], np.int32)
    else:
        student |= {"text_output": random(BATCH, LABELS), "token_output": random(BATCH, LENGTH, LABELS)}
        targets = {
            "text": rng.integers(1, LABELS, size=BATCH, dtype=np.int32),
            "token": rng.integers(1, LABELS, size=(BATCH, LENGTH), dtype=np.int32),
        }
        taught |= {"task_logits": random(BATCH, LABELS), "token_logits": random(BATCH, LENGTH, LABELS)}
    variables = {name: tf.Variable(array) for name, array in student.items()}
    return variables, Lesson({}, {}, targets, [taught], _Head())


def _said_by(student: Variables, lesson: Lesson) -> Lesson:
    """The lesson with what the student says in it, as tensors."""
    import tensorflow as tf

    said = {name: tf.convert_to_tensor(variable) for name, variable in student.items()}
    encoded = {name: said.pop(name) for name in ("pooled", "tokens")} | {"mask": tf.ones((BATCH, LENGTH))}
    tensors = {name: tf.convert_to_tensor(array) for name, array in lesson.targets.items()}
    taught = [{what: tf.convert_to_tensor(array) for what, array in own.items()} for own in lesson.taught]
    return replace(lesson, logits=said, encoded=encoded, targets=tensors, taught=taught)


class _Head:
    """As much of a head's network as objectives may ask."""

    def loss(self, logits: Any, targets: Any, encoded: Any) -> Any:  # noqa: ARG002
        import tensorflow as tf

        entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
        of_tokens = entropy(targets["token"], logits["token_output"])
        return entropy(targets["text"], logits["text_output"]) + tf.reduce_sum(of_tokens, -1)

    def distillation_loss(self, logits: Any, taught: Any, encoded: Any, divergence: Any) -> Any:  # noqa: ARG002
        import tensorflow as tf

        losses = []
        if "task_logits" in taught:
            losses.append(divergence(taught["task_logits"], logits["text_output"]))
        if "token_logits" in taught:
            losses.append(tf.reduce_sum(divergence(taught["token_logits"], logits["token_output"]), -1))
        return sum(losses)
