"""One label for a text, or for a pair of texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Classification, Example, Node, Tokens
from edgenlp.testing import TaskHeadConformance
from edgenlp_classification.classification import Classifier, PairClassifier

HEAD = Classifier()
CONFIG = HEAD.Config()
EXAMPLES = [Example("wake me", "alarm"), Example("so long", "bye"), Example("¡hola!", "café"), Example("up", "alarm")]
ASSETS = HEAD.fit(EXAMPLES, CONFIG)
TOKENS = [Tokens("wake me", [(0, 4), (5, 7)], truncated=True)]
OTHER = Tokens("get up", [(0, 3), (4, 6)])


class TestContract(TaskHeadConformance):
    head = HEAD
    examples = EXAMPLES


class TestPairs(TaskHeadConformance):
    head = PairClassifier()
    examples = (Example(("wake me", "get up"), "same"), Example(("so long", "up"), "other"))
    config = PairClassifier.Config(hidden=8, layer_normalization=True, metric="matthews")


def decode(*logits, tokens=TOKENS):
    return HEAD.decoder(CONFIG, ASSETS).decode({"label": np.array(logits, np.float32)}, tokens)


def test_labels_are_lines_in_order():
    assert {"labels.txt": "alarm\nbye\ncafé\n".encode()} == ASSETS
    assert HEAD.labels(ASSETS) == ["alarm", "bye", "café"]
    assert HEAD.labels(ASSETS, "token_logits") == []


def test_labels_with_rare_line_separators_are_refused():
    with pytest.raises(DataError, match="longer than a line"):
        HEAD.fit([Example("a", "x\u2028y"), Example("b", "z")], CONFIG)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([Example("a", "x")], "at least two labels, but the data have 1"),
        ([Example("a", Node("IN:A"))], "another task"),
        ([Example("a", 1.5)], "another task"),
        ([Example("a", "x"), Example("b", "")], "is empty"),
        ([Example("a", "x"), Example("b", "y\ud83d")], r"the label 'y\\ud83d' holds half a character"),
    ],
)
def test_data_that_no_classifier_can_learn(examples, message):
    with pytest.raises(DataError, match=message):
        HEAD.fit(examples, CONFIG)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dropout": 1.0}, "head.dropout is 1.0: it must be from 0 to below 1."),
        ({"hidden": -1}, "head.hidden is -1: it must be at least 0."),
        ({"layer_normalization": True}, "head.layer_normalization is True: it must be false without a hidden layer."),
        ({"label_smoothing": -0.1}, "head.label_smoothing is -0.1: it must be from 0 to below 1."),
        ({"metric": "recall"}, "head.metric is 'recall': it must be accuracy or matthews or f1."),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(RecipeError) as refused:
        HEAD.Config(**settings)
    assert str(refused.value) == message


def test_most_probable_label_first():
    found = decode(0.0, np.log(6.0), np.log(3.0))
    assert (found.label, found.text, found.truncated) == ("bye", "wake me", True)
    assert list(found.scores) == ["bye", "café", "alarm"]
    assert list(found.scores.values()) == pytest.approx([0.6, 0.3, 0.1])
    assert found.score == found.scores["bye"]
    assert found.to_dict()["scores"] == found.scores


def test_a_pair_is_the_callers_own_and_cut_where_either_text_is():
    found = decode(0.0, 1.0, 2.0, tokens=[OTHER, TOKENS[0]])
    assert (found.text, found.truncated) == (("get up", "wake me"), True)
    assert found.to_dict()["text"] == ["get up", "wake me"]
    assert not decode(0.0, 1.0, 2.0, tokens=[OTHER, OTHER]).truncated


def test_equal_labels_stand_in_their_order():
    assert list(decode(1.0, 2.0, 2.0).scores) == ["bye", "café", "alarm"]


@given(arrays(np.float32, 3, elements=st.floats(-1e4, 1e4, width=32)))
def test_scores_are_probabilities(logits):
    found = decode(*logits)
    assert sum(found.scores.values()) == pytest.approx(1.0, abs=1e-5)
    assert found.label == HEAD.labels(ASSETS)[int(logits.argmax())]
    assert list(found.scores.values()) == sorted(found.scores.values(), reverse=True)


def test_targets():
    targets = HEAD.targets(EXAMPLES[2], TOKENS, CONFIG, ASSETS)
    assert (targets["label"].dtype, targets["label"].shape, int(targets["label"])) == (np.int32, (), 2)
    assert HEAD.targets(Example("a", "unheard of"), TOKENS, CONFIG, ASSETS) is None


def test_metrics():
    scores = dict.fromkeys(HEAD.labels(ASSETS), 1 / 3)
    predictions = [Classification("", label, 1.0, scores) for label in ("alarm", "café", "café", "bye")]
    metrics = HEAD.evaluate(EXAMPLES, predictions)
    assert metrics["accuracy"] == 0.5
    assert metrics["f1"] == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)
    assert HEAD.primary_metric(CONFIG) == "accuracy"
    assert HEAD.primary_metric(HEAD.Config(metric="f1")) == "f1"
    with pytest.raises(DataError, match="another task"):
        HEAD.evaluate([Example("a", Node("IN:A"))], predictions[:1])


@pytest.mark.parametrize("hidden", [0, 5])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_network_and_its_loss(hidden, smoothing):
    pytest.importorskip("keras")
    config = HEAD.Config(hidden=hidden, label_smoothing=smoothing)
    network = HEAD.network(config, ASSETS)
    encoded = {"pooled": np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)}
    logits = network(encoded, training=False)
    assert len(network.trainable_weights) == (4 if hidden else 2)
    values = logits["label"].numpy().astype(np.float64)
    log_probabilities = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
    labels = np.array([0, 2, 1, 1], np.int32)
    target = np.eye(3)[labels] * (1 - smoothing) + smoothing / 3
    expected = -(target * log_probabilities).sum(axis=1)
    assert np.allclose(network.loss(logits, {"label": labels}, encoded), expected, rtol=1e-4)


def test_a_pair_is_diffcat_and_the_papers_layers():
    """[a, b, |a - b|], hidden layer, ReLU, layer normalisation, dense: by hand, in float64."""
    pytest.importorskip("keras")
    head = PairClassifier()
    network = head.network(head.Config(hidden=6, layer_normalization=True), ASSETS)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 4, 8))
    logits = network(tuple({"pooled": one.astype(np.float32)} for one in (a, b)), training=False)["label"]
    for weight in network.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    kernel, bias, scale, offset, last, last_bias = (
        weight.numpy().astype(np.float64)
        for name in ("hidden/kernel", "hidden/bias", "gamma", "beta", "label/kernel", "label/bias")
        for weight in network.trainable_weights
        if weight.path.endswith(name)
    )
    assert kernel.shape == (24, 6)
    hidden = np.maximum(np.concatenate((a, b, np.abs(a - b)), 1) @ kernel + bias, 0)
    spread = np.sqrt(hidden.var(1, keepdims=True) + 1e-5)
    normalized = (hidden - hidden.mean(1, keepdims=True)) / spread * scale + offset
    logits = network(tuple({"pooled": one.astype(np.float32)} for one in (a, b)), training=False)["label"]
    np.testing.assert_allclose(logits, normalized @ last + last_bias, rtol=1e-3, atol=1e-4)


def test_distillation_asks_how_far_the_labels_are_apart():
    pytest.importorskip("keras")
    network = HEAD.network(CONFIG, ASSETS)
    encoded = {"pooled": np.ones((4, 8), np.float32)}
    logits = network(encoded, training=False)
    taught = {"task_logits": np.ones((4, 3), np.float32)}
    found = network.distillation_loss(logits, taught, encoded, lambda teacher, student: (teacher - student).numpy())
    np.testing.assert_array_equal(found, 1 - logits["label"].numpy())
