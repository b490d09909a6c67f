"""The heads `regression` and `pair_regression`: one number for a text, or for two."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from edgenlp.errors import DataError
from edgenlp.interfaces import Arrays, Assets, Example, Prediction, Regression, TaskHead, Tokens, of_another_task
from edgenlp_classification.config import RegressionConfig
from edgenlp_classification.decoder import ValueDecoder
from edgenlp_classification.metrics import pearson, spearman

if TYPE_CHECKING:
    import keras

FILE: Final = "range.json"


class Regressor(TaskHead):
    """A value from the pooled vector."""

    name: ClassVar[str] = "regression"
    Config: ClassVar[type[Any]] = RegressionConfig

    def fit(self, examples: Sequence[Example], config: RegressionConfig) -> dict[str, bytes]:  # noqa: ARG002
        """`range.json`: an array of the smallest and the greatest value.

        Raises:
            DataError: a gold answer is not a number, or all are the same.
        """
        values = [_value(example) for example in examples]
        low, high = min(values, default=0.0), max(values, default=0.0)
        if low == high:
            raise DataError(f"a regression needs at least two values, but the data have {len(set(values))}.")
        return {FILE: json.dumps([low, high]).encode()}

    def decoder(self, config: RegressionConfig, assets: Assets) -> ValueDecoder:  # noqa: ARG002
        """Output `value` to a number within the range."""
        return ValueDecoder(*_range(assets))

    def targets(
        self,
        example: Example,
        tokens: Sequence[Tokens],  # noqa: ARG002
        config: RegressionConfig,  # noqa: ARG002
        assets: Assets,
    ) -> Arrays:
        """`value`, float32 scalar: the share of the range."""
        low, high = _range(assets)
        return {"value": np.array((_value(example) - low) / (high - low), np.float32)}

    def network(self, config: RegressionConfig, assets: Assets) -> keras.layers.Layer:  # noqa: ARG002
        """Dense layers on the pooled vector."""
        from edgenlp_classification.network import RegressionNetwork

        return RegressionNetwork(config)

    def primary_metric(self, config: RegressionConfig) -> str:
        """As the settings say."""
        return config.metric

    def evaluate(self, examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, float]:
        """`pearson` and `spearman`, which the functions in `metrics` define.

        Raises:
            DataError: a gold answer is not a number.
        """
        gold = [_value(example) for example in examples]
        predicted = [prediction.value for prediction in predictions if isinstance(prediction, Regression)]
        return {"pearson": pearson(gold, predicted), "spearman": spearman(gold, predicted)}

    def labels(self, assets: Assets, what: str = "task_logits") -> list[str]:
        """What the output `value` is a share of, so that no teacher of another range is taken."""
        low, high = _range(assets)
        return [f"{low} to {high}"] if what == "task_logits" else []


class PairRegressor(Regressor):
    """A value from the pooled vectors of two texts."""

    name: ClassVar[str] = "pair_regression"
    sequences: ClassVar[int] = 2


def _range(assets: Assets) -> tuple[float, float]:
    low, high = json.loads(assets[FILE])
    return low, high


def _value(example: Example) -> float:
    value = example.target
    if isinstance(value, float | int) and math.isfinite(value):
        return float(value)
    raise of_another_task(example, "a number (the reader delimited reads numbers with the option target = 'number')")
