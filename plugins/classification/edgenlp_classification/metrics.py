"""How well labels and values agree with the gold ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def accuracy(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of labels that are right."""
    return _right(gold, predicted).total() / max(1, len(gold))


def matthews(gold: Sequence[str], predicted: Sequence[str]) -> float:
    """Matthews correlation for any number of labels (Gorodkin 2004); 0 where one side has one label alone.

    Returns:
        From -1 to 1.
    """
    rows, right = len(gold), _right(gold, predicted).total()
    true, said = Counter(gold), Counter(predicted)
    spread = (rows**2 - _product(true, true)) * (rows**2 - _product(said, said))
    return float((right * rows - _product(true, said)) / np.sqrt(float(spread))) if spread else 0.0


def f1(gold: Sequence[str], predicted: Sequence[str], labels: Iterable[str]) -> float:
    """F1 of the second of two labels in code point order; where there are more, the mean of every label's F1.

    Of `0` and `1` it is that of `1`, as GLUE has it for MRPC and QQP. A label that neither side has counts 0.

    Args:
        gold: of each row.
        predicted: of each row.
        labels: all that there are.
    """
    known = sorted({*labels, *gold})
    counted = known[1:] if len(known) == 2 else known
    true, said = Counter(gold), Counter(predicted)
    right = _right(gold, predicted)
    return sum(2 * right[label] / max(1, true[label] + said[label]) for label in counted) / max(1, len(counted))


def pearson(gold: Sequence[float], predicted: Sequence[float]) -> float:
    """Correlation; 0 where one side does not vary.

    Returns:
        From -1 to 1.
    """
    return _correlation(np.asarray(gold, np.float64), np.asarray(predicted, np.float64))


def spearman(gold: Sequence[float], predicted: Sequence[float]) -> float:
    """Correlation of the ranks, equal values sharing the mean of theirs; 0 where one side does not vary.

    Returns:
        From -1 to 1.
    """
    return _correlation(_ranks(gold), _ranks(predicted))


def _right(gold: Sequence[str], predicted: Sequence[str]) -> Counter[str]:
    """How often each label is right."""
    return Counter(label for label, other in zip(gold, predicted, strict=True) if label == other)


def _product(first: Counter[str], second: Counter[str]) -> int:
    return sum(count * second[label] for label, count in first.items())


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    _, places, counts = np.unique(np.asarray(values, np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[places]


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    if not len(first) or np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    centred, other = first - first.mean(), second - second.mean()
    found = centred @ other / np.sqrt((centred @ centred) * (other @ other))
    return float(np.clip(found, -1, 1))
