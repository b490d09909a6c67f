"""The rules of the task-head contract."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from edgenlp.interfaces import Arrays, Example, Prediction, TaskHead, Tokens, parts
from edgenlp.testing.common import check_config, check_light_import

WIDTH = 24
PADDING = 5
TOLERANCE = 1e-3


class TaskHeadConformance:
    """Holds a task head to its contract, with random vectors in the encoder's place.

    Attributes:
        head: the instance that the plugin registers.
        examples: a handful of the task; texts are cut into tokens at white space here.
        config: its settings in these tests; the defaults where None.
    """

    head: ClassVar[TaskHead]
    examples: ClassVar[Sequence[Example]]
    config: ClassVar[Any] = None

    def _settings(self) -> Any:
        return self.head.Config() if self.config is None else self.config

    def _assets(self) -> dict[str, bytes]:
        return self.head.fit(self.examples, self._settings())

    def _network(self) -> Any:
        import keras

        keras.utils.set_random_seed(1)
        return self.head.network(self._settings(), self._assets())

    def _predictions(self, padding: int) -> list[Prediction]:
        network, decoder = self._network(), self.head.decoder(self._settings(), self._assets())
        predictions = []
        for number, example in enumerate(self.examples):
            tokens = tokenize(example)
            logits = network(_encoded(tokens, number, padding), training=False)
            outputs = {name: np.asarray(value, np.float32)[0] for name, value in logits.items()}
            predictions.append(decoder.decode(outputs, tokens))
        return predictions

    def test_config_travels_in_a_manifest(self) -> None:
        """A frozen dataclass of plain values, each with a default."""
        check_config(self.head.Config, self._settings())

    def test_device_half_imports_no_workshop(self) -> None:
        """Predicting never imports TensorFlow."""
        check_light_import(self.head)

    def test_examples_have_the_heads_form(self) -> None:
        """One text or two, as `sequences` says."""
        assert self.head.sequences in (1, 2)
        assert all(len(tokenize(example)) == self.head.sequences for example in self.examples)

    def test_fit_is_deterministic(self) -> None:
        """The same examples give the same associated files, in any order of asking."""
        assert self._assets() == self._assets()
        assert all(isinstance(content, bytes) for content in self._assets().values())

    def test_predictions_are_plain_values(self) -> None:
        """`to_dict` is JSON and holds the caller's text; a score is a probability."""
        for example, prediction in zip(self.examples, self._predictions(0), strict=True):
            values = json.loads(json.dumps(prediction.to_dict()))
            assert prediction.text == example.text
            assert prediction.truncated is False
            assert {"text", "truncated"} <= values.keys()
            assert 0 <= values.get("score", 0) <= 1

    def test_a_prediction_may_stand_for_a_gold_answer(self) -> None:
        """Against its own answers a model is at least as good as against the gold ones."""
        predictions, metric = self._predictions(0), self.head.primary_metric(self._settings())
        own = [replace(one, target=said.target) for one, said in zip(self.examples, predictions, strict=True)]
        against_gold, against_own = (self.head.evaluate(rows, predictions) for rows in (list(self.examples), own))
        assert against_own[metric] >= against_gold[metric]

    def test_truncation_is_passed_on(self) -> None:
        """Where the text was cut, the prediction says so."""
        network, decoder = self._network(), self.head.decoder(self._settings(), self._assets())
        tokens = [Tokens(part.text, part.spans, truncated=True) for part in tokenize(self.examples[0])]
        logits = network(_encoded(tokens, 0, 0), training=False)
        outputs = {name: np.asarray(value, np.float32)[0] for name, value in logits.items()}
        assert decoder.decode(outputs, tokens).truncated is True

    def test_decoding_is_deterministic_and_ignores_padding(self) -> None:
        """The answer is the same again, and at every length that holds the text."""
        tight = [prediction.to_dict() for prediction in self._predictions(0)]
        assert tight == [prediction.to_dict() for prediction in self._predictions(0)]
        for once, padded in zip(tight, self._predictions(PADDING), strict=True):
            assert _close(once, padded.to_dict())

    def test_the_loss_is_finite_and_learns(self) -> None:
        """A number for each example, with a gradient to every weight of the head; some example has targets."""
        import tensorflow as tf

        network, assets, learnt = self._network(), self._assets(), 0
        for number, example in enumerate(self.examples):
            tokens = tokenize(example)
            targets = self.head.targets(example, tokens, self._settings(), assets)
            if targets is None:
                continue
            encoded = _encoded(tokens, number, 0)
            with tf.GradientTape() as tape:
                logits = network(encoded, training=True)
                loss = network.loss(logits, {name: tf.constant(a[None]) for name, a in targets.items()}, encoded)
            assert loss.shape == (1,)
            assert np.isfinite(loss.numpy()).all()
            gradients = tape.gradient(loss, network.trainable_variables)
            assert all(gradient is not None for gradient in gradients)
            learnt += 1
        assert learnt, "no example could be expressed as targets"

    def test_a_teacher_teaches(self) -> None:
        """A teacher of the same opinion has nothing to say; another one's loss is above 0 and has a gradient."""
        import tensorflow as tf

        def squares(teacher: Any, student: Any) -> Any:
            return tf.reduce_sum(tf.square(teacher - student), -1)

        network = self._network()
        for number, example in enumerate(self.examples):
            encoded = _encoded(tokenize(example), number, 0)
            with tf.GradientTape() as tape:
                logits = network(encoded, training=False)
                own = {
                    "task_logits" if len(output.shape) == 2 else "token_logits": tf.stop_gradient(output)
                    for output in logits.values()
                }
                other = {what: output + 1.0 for what, output in own.items()}
                agreed, loss = (network.distillation_loss(logits, said, encoded, squares) for said in (own, other))
            assert agreed.shape == loss.shape == (1,)
            assert abs(float(agreed[0])) < TOLERANCE < float(loss[0])
            assert any(gradient is not None for gradient in tape.gradient(loss, network.trainable_variables))

    def test_metrics_are_fractions_or_correlations(self) -> None:
        """Among them the primary metric."""
        metrics = self.head.evaluate(list(self.examples), self._predictions(0))
        assert self.head.primary_metric(self._settings()) in metrics
        assert all(isinstance(value, float) and -1 <= value <= 1 for value in metrics.values()), metrics

    def test_labels_are_texts(self) -> None:
        """Distinct, and one a line in TFLite Metadata."""
        labels = self.head.labels(self._assets())
        assert len(set(labels)) == len(labels)
        assert all(label and "\n" not in label for label in labels)


def _close(once: Any, again: Any) -> bool:
    """The same but for what rounding may do to numbers; scores of labels may change places."""
    if isinstance(once, float) and isinstance(again, float):
        return abs(once - again) < TOLERANCE
    if isinstance(once, dict) and isinstance(again, dict):
        return once.keys() == again.keys() and all(_close(value, again[name]) for name, value in once.items())
    return bool(once == again)


def tokenize(example: Example) -> list[Tokens]:
    """The example's texts cut at white space."""
    texts = parts(example.text)
    return [Tokens(text, [match.span() for match in re.finditer(r"\S+", text)]) for text in texts]


def _encoded(tokens: Sequence[Tokens], seed: int, padding: int) -> Any:
    """Random vectors in the form that an encoder gives; padding holds other random vectors."""
    parts = [_one(len(part), 2 * seed + number, padding) for number, part in enumerate(tokens)]
    return parts[0] if len(parts) == 1 else tuple(parts)


def _one(count: int, seed: int, padding: int) -> dict[str, Any]:
    import keras

    vectors = np.random.default_rng(seed).normal(size=(1, count, WIDTH))
    beyond = np.random.default_rng(seed + 1000).normal(size=(1, padding, WIDTH))
    encoded: Arrays = {
        "tokens": np.concatenate([vectors, beyond], 1),
        "pooled": vectors.mean(1),
        "mask": (np.arange(count + padding) < count)[None],
    }
    return {name: keras.ops.convert_to_tensor(array.astype(np.float32)) for name, array in encoded.items()}
