"""One label a text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edgenlp.errors import DataError
from edgenlp.interfaces import Classification, Example, Node, Tokens
from edgenlp.testing import TaskHeadConformance
from edgenlp_classification import edgenlp_task_heads

(HEAD,) = edgenlp_task_heads()
CONFIG = HEAD.Config()
EXAMPLES = [Example("wake me", "alarm"), Example("so long", "bye"), Example("¡hola!", "café"), Example("up", "alarm")]
ASSETS = HEAD.fit(EXAMPLES, CONFIG)
TOKENS = [Tokens("wake me", [(0, 4), (5, 7)], truncated=True)]


class TestContract(TaskHeadConformance):
    head = HEAD
    examples = EXAMPLES


def decode(*logits):
    return HEAD.decoder(CONFIG, ASSETS).decode({"label": np.array(logits, np.float32)}, TOKENS)


def test_labels_are_lines_in_order():
    assert {"labels.txt": "alarm\nbye\ncafé\n".encode()} == ASSETS
    assert HEAD.labels(ASSETS) == ["alarm", "bye", "café"]


def test_labels_with_rare_line_separators_are_refused():
    with pytest.raises(DataError, match="longer than a line"):
        HEAD.fit([Example("a", "x\u2028y"), Example("b", "z")], CONFIG)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([Example("a", "x")], "at least two labels, but the data have 1"),
        ([Example("a", Node("IN:A"))], "another task"),
        ([Example("a", "x"), Example("b", "")], "is empty"),
    ],
)
def test_data_that_no_classifier_can_learn(examples, message):
    with pytest.raises(DataError, match=message):
        HEAD.fit(examples, CONFIG)


def test_most_probable_label_first():
    found = decode(0.0, np.log(6.0), np.log(3.0))
    assert (found.label, found.text, found.truncated) == ("bye", "wake me", True)
    assert list(found.scores) == ["bye", "café", "alarm"]
    assert list(found.scores.values()) == pytest.approx([0.6, 0.3, 0.1])
    assert found.score == found.scores["bye"]
    assert found.to_dict()["scores"] == found.scores


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


def test_accuracy():
    predictions = [Classification("", label, 1.0, {}) for label in ("alarm", "café", "café", "x")]
    assert HEAD.evaluate(EXAMPLES, predictions) == {"accuracy": 0.5}
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
