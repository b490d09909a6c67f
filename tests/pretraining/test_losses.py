"""The losses of words against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf

from edgenlp.distillation.objectives import NoSettings, SoftLabelsConfig, SoftWords, WordPrediction
from edgenlp.interfaces import Lesson

ROWS, PLACES, PIECES = 4, 9, 30


def log_softmax(scores):
    return scores - np.log(np.exp(scores).sum(1, keepdims=True))


@pytest.fixture
def lesson():
    """Nine places in four rows, of which the last row has none."""
    rng = np.random.default_rng(1)
    hidden = np.array([1, 0, 1, 1, 0, 0, 1, 1, 0], np.float32)
    return Lesson(
        logits={"vocabulary": rng.normal(size=(PLACES, PIECES)).astype(np.float32)},
        encoded={"mask": np.ones((ROWS, 5), np.float32)},
        targets={
            "words": rng.integers(0, PIECES, PLACES).astype(np.int32),
            "row": np.array([0, 0, 0, 1, 1, 2, 2, 2, 2], np.int32),
            "hidden": hidden,
            "stands_for": np.where(hidden, 1, 5.5).astype(np.float32),
        },
        taught=[
            {
                "vocabulary_logits": -np.sort(-rng.normal(size=(PLACES, 6)).astype(np.float32)),
                "vocabulary_ids": np.stack([rng.permutation(PIECES)[:6] for _ in range(PLACES)]).astype(np.int32),
            },
            {"sentence_embedding": rng.normal(size=(ROWS, 3)).astype(np.float32)},
        ],
        head=None,
    )


def test_word_prediction_is_the_mean_over_hidden_words(lesson):
    layer = WordPrediction().network(NoSettings(), {})
    losses = np.asarray(layer.loss(lesson))
    known = log_softmax(lesson.logits["vocabulary"])[np.arange(PLACES), lesson.targets["words"]]
    assert losses.shape == (ROWS,)
    assert losses[3] == 0
    np.testing.assert_allclose(losses.mean(), -known[lesson.targets["hidden"] > 0].mean(), rtol=1e-5)


@pytest.mark.parametrize(("temperature", "scale"), [(1.0, 1.0), (2.0, 1.0), (2.0, 1.5)])
def test_soft_words_are_the_formula(lesson, temperature, scale):
    layer = SoftWords().network(SoftLabelsConfig(temperature=temperature, logit_scale=scale), {})
    taught = lesson.taught[0]
    known = log_softmax(scale * taught["vocabulary_logits"] / temperature)
    learnt = np.take_along_axis(log_softmax(lesson.logits["vocabulary"] / temperature), taught["vocabulary_ids"], 1)
    divergence = temperature**2 * (np.exp(known) * (known - learnt)).sum(1)
    expected = np.average(divergence, weights=lesson.targets["stands_for"])
    np.testing.assert_allclose(np.asarray(layer.loss(lesson)).mean(), expected, rtol=1e-5)


def test_nothing_is_to_be_learnt_of_a_teacher_of_the_same_opinion(lesson):
    scores = np.full((PLACES, PIECES), -1e9, np.float32)
    taught = lesson.taught[0]
    np.put_along_axis(scores, taught["vocabulary_ids"], taught["vocabulary_logits"], 1)
    variable = tf.Variable(scores)
    layer = SoftWords().network(SoftLabelsConfig(temperature=2.0), {})
    with tf.GradientTape() as tape:
        same = Lesson({"vocabulary": variable}, lesson.encoded, lesson.targets, lesson.taught, None)
        loss = tf.reduce_sum(layer.loss(same))
    assert float(loss) == pytest.approx(0, abs=1e-5)
    assert float(tf.reduce_max(tf.abs(tape.gradient(loss, variable)))) < 1e-6
