"""Classification and regression for edgenlp: one label or one number for a text or a pair of texts."""

from __future__ import annotations

from edgenlp.interfaces import TaskHead
from edgenlp.plugins import hookimpl


@hookimpl
def edgenlp_task_heads() -> list[TaskHead]:
    """The heads `classification`, `pair_classification`, `regression` and `pair_regression`."""
    from edgenlp_classification.classification import Classifier, PairClassifier
    from edgenlp_classification.regression import PairRegressor, Regressor

    return [Classifier(), PairClassifier(), Regressor(), PairRegressor()]
