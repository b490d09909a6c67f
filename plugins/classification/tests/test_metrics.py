"""Metrics against their textbook forms, and against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp_classification.metrics import accuracy, f1, matthews, pearson, spearman

LABELS = st.lists(st.tuples(st.sampled_from("01"), st.sampled_from("01")), min_size=1, max_size=40)
VALUES = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=40)


@given(LABELS)
def test_of_two_labels(rows):
    gold, predicted = zip(*rows, strict=True)
    counts = {(true, said): rows.count((true, said)) for true in "01" for said in "01"}
    hits, rejections = counts["1", "1"], counts["0", "0"]
    alarms, misses = counts["0", "1"], counts["1", "0"]
    spread = (hits + alarms) * (hits + misses) * (rejections + alarms) * (rejections + misses)
    expected = (hits * rejections - alarms * misses) / np.sqrt(spread) if spread else 0.0
    assert matthews(gold, predicted) == pytest.approx(expected)
    assert f1(gold, predicted, "01") == pytest.approx(2 * hits / max(1, 2 * hits + alarms + misses))
    assert accuracy(gold, predicted) == pytest.approx((hits + rejections) / len(rows))


def test_of_more_labels():
    gold, predicted = "aabbcc", "aabbca"
    assert accuracy(gold, predicted) == pytest.approx(5 / 6)
    assert f1(gold, predicted, "abc") == pytest.approx((4 / 5 + 1 + 2 / 3) / 3)
    assert f1(gold, predicted, "abcd") == pytest.approx((4 / 5 + 1 + 2 / 3 + 0) / 4)
    # (c s - sum of p t) / sqrt((s^2 - sum of p^2) (s^2 - sum of t^2)), Gorodkin 2004
    assert matthews(gold, predicted) == pytest.approx((5 * 6 - 12) / np.sqrt((36 - 14) * (36 - 12)))


@given(VALUES)
def test_correlations(rows):
    gold, predicted = np.array(rows, np.float64).T
    varies = np.ptp(gold) and np.ptp(predicted)
    assert pearson(gold, predicted) == pytest.approx(np.corrcoef(gold, predicted)[0, 1] if varies else 0.0)
    assert -1 <= spearman(gold, predicted) <= 1
    assert spearman(gold, predicted) == pytest.approx(spearman(np.exp(gold), 2 * predicted + 1))


def test_equal_values_share_their_ranks():
    # ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4
    assert spearman([0, 5, 5, 9], [1, 2, 3, 4]) == pytest.approx(4.5 / np.sqrt(4.5 * 5))


def test_nothing_to_compare():
    assert accuracy([], []) == matthews([], []) == f1([], [], "01") == pearson([], []) == spearman([], []) == 0.0
    assert matthews("aab", "aaa") == pearson([1, 2], [3, 3]) == spearman([3, 3], [1, 2]) == 0.0
