"""Settings of the heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from edgenlp.errors import RecipeError

LabelMetric = Literal["accuracy", "matthews", "f1"]
ValueMetric = Literal["pearson", "spearman"]

LABEL_METRICS: Final = get_args(LabelMetric)
VALUE_METRICS: Final = get_args(ValueMetric)


@dataclass(frozen=True)
class PerceptronConfig:
    """Settings of the layers that all heads here have.

    Raises:
        RecipeError: a setting is out of range; the message names it.

    Attributes:
        dropout: share of the values set to zero in training, before each dense layer.
        hidden: width of a hidden layer with ReLU; 0 for none.
        layer_normalization: whether the hidden layer's outputs are normalised.
    """

    dropout: float = 0.1
    hidden: int = 0
    layer_normalization: bool = False

    def __post_init__(self) -> None:
        self._check("dropout", 0 <= self.dropout < 1, "from 0 to below 1")
        self._check("hidden", self.hidden >= 0, "at least 0")
        self._check(
            "layer_normalization", not self.layer_normalization or self.hidden > 0, "false without a hidden layer"
        )

    def _check(self, name: str, right: bool, must: str) -> None:
        if not right:
            raise RecipeError(f"head.{name} is {getattr(self, name)!r}: it must be {must}.")


@dataclass(frozen=True)
class ClassificationConfig(PerceptronConfig):
    """Settings of the classification heads.

    Attributes:
        label_smoothing: share of the target given to all labels alike.
        metric: the primary one.
    """

    label_smoothing: float = 0.0
    metric: LabelMetric = "accuracy"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("label_smoothing", 0 <= self.label_smoothing < 1, "from 0 to below 1")
        self._check("metric", self.metric in LABEL_METRICS, " or ".join(LABEL_METRICS))


@dataclass(frozen=True)
class RegressionConfig(PerceptronConfig):
    """Settings of the regression heads.

    Attributes:
        metric: the primary one.
    """

    metric: ValueMetric = "pearson"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("metric", self.metric in VALUE_METRICS, " or ".join(VALUE_METRICS))
