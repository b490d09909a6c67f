"""One number for a text, or for a pair of texts."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Example, Node, Regression, Tokens
from edgenlp.testing import TaskHeadConformance
from edgenlp_classification.regression import PairRegressor, Regressor

HEAD = Regressor()
CONFIG = HEAD.Config()
EXAMPLES = [Example("cold", -2.0), Example("mild", 1), Example("hot", 3.0)]
ASSETS = HEAD.fit(EXAMPLES, CONFIG)
TOKENS = [Tokens("cold", [(0, 4)], truncated=True)]
VALUES = st.floats(-1e6, 1e6)


class TestContract(TaskHeadConformance):
    head = HEAD
    examples = EXAMPLES


class TestPairs(TaskHeadConformance):
    head = PairRegressor()
    examples = (Example(("a b", "a b c"), 5.0), Example(("a b", "d"), 0.0), Example(("a b", "b"), 2.5))
    config = PairRegressor.Config(hidden=8, layer_normalization=True, metric="spearman")


def decode(share, assets=ASSETS, tokens=TOKENS):
    return HEAD.decoder(CONFIG, assets).decode({"value": np.array([share], np.float32)}, tokens)


def test_the_range_is_that_of_the_data():
    assert ASSETS == {"range.json": b"[-2.0, 3.0]"}
    assert HEAD.labels(ASSETS) == ["-2.0 to 3.0"]


@pytest.mark.parametrize(("share", "value"), [(0.0, -2.0), (0.5, 0.5), (1.0, 3.0), (-0.1, -2.0), (7.0, 3.0)])
def test_a_share_of_the_range_is_a_value_within_it(share, value):
    found = decode(share)
    assert (found.text, found.value, found.truncated) == ("cold", value, True)
    assert json.loads(json.dumps(found.to_dict())) == {
        "text": "cold",
        "value": value,
        "range": [-2.0, 3.0],
        "truncated": True,
    }


@given(VALUES, VALUES, st.floats(-2, 3, width=32))
def test_no_rounding_leaves_the_range(low, high, share):
    assume(low < high)
    found = decode(share, HEAD.fit([Example("a", low), Example("b", high)], CONFIG))
    assert low <= found.value <= high
    assert 0 <= found.share <= 1


@given(st.lists(VALUES, min_size=2, unique=True))
def test_targets_are_what_the_decoder_undoes(values):
    low, high = min(values), max(values)
    assume(high - low > 1e-3)
    examples = [Example("a", value) for value in values]
    assets = HEAD.fit(examples, CONFIG)
    for example in examples:
        target = HEAD.targets(example, TOKENS, CONFIG, assets)["value"]
        assert (target.dtype, target.shape) == (np.float32, ())
        assert decode(target, assets).value == pytest.approx(example.target, abs=1e-6 * (high - low))


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([Example("a", 1.0), Example("b", 1)], "at least two values, but the data have 1"),
        ([], "at least two values, but the data have 0"),
        ([Example("a", "x")], "'x', which is not a number"),
        ([Example("a", Node("IN:A"))], "another task"),
        ([Example("a", float("nan"))], "nan, which is not a number"),
        ([Example("a", float("inf"))], "inf, which is not a number"),
    ],
)
def test_data_that_no_regression_can_learn(examples, message):
    with pytest.raises(DataError, match=message):
        HEAD.fit(examples, CONFIG)


def test_the_metric_is_one_of_two():
    assert HEAD.primary_metric(CONFIG) == "pearson"
    assert HEAD.primary_metric(HEAD.Config(metric="spearman")) == "spearman"
    with pytest.raises(RecipeError, match=r"head.metric is 'accuracy': it must be pearson or spearman\."):
        HEAD.Config(metric="accuracy")


def test_metrics():
    predictions = [Regression("", value, (-2.0, 3.0)) for value in (0.0, 0.1, 2.0)]
    metrics = HEAD.evaluate(EXAMPLES, predictions)
    assert metrics["spearman"] == pytest.approx(1.0)
    assert metrics["pearson"] == pytest.approx(np.corrcoef([-2, 1, 3], [0, 0.1, 2])[0, 1])
    with pytest.raises(DataError, match="another task"):
        HEAD.evaluate([Example("a", "x")], predictions[:1])


def test_network_and_its_losses():
    pytest.importorskip("keras")
    network = HEAD.network(CONFIG, ASSETS)
    encoded = {"pooled": np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)}
    logits = network(encoded, training=False)
    assert logits["value"].shape == (4, 1)
    gold = np.array([0.0, 0.25, 0.5, 1.0], np.float32)
    expected = (logits["value"].numpy()[:, 0] - gold) ** 2
    np.testing.assert_allclose(network.loss(logits, {"value": gold}, encoded), expected, rtol=1e-5)
    taught = {"task_logits": gold[:, None]}
    np.testing.assert_allclose(network.distillation_loss(logits, taught, encoded, None), expected, rtol=1e-5)
