"""Settings of the heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from edgenlp.interfaces import check_setting

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
        check_setting("head", self, "dropout", 0 <= self.dropout < 1, "from 0 to below 1")
        check_setting("head", self, "hidden", self.hidden >= 0, "at least 0")
        fits = self.hidden > 0 or not self.layer_normalization
        check_setting("head", self, "layer_normalization", fits, "false without a hidden layer")


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
        check_setting("head", self, "label_smoothing", 0 <= self.label_smoothing < 1, "from 0 to below 1")
        check_setting("head", self, "metric", self.metric in LABEL_METRICS, " or ".join(LABEL_METRICS))


@dataclass(frozen=True)
class RegressionConfig(PerceptronConfig):
    """Settings of the regression heads.

    Attributes:
        metric: the primary one.
    """

    metric: ValueMetric = "pearson"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_setting("head", self, "metric", self.metric in VALUE_METRICS, " or ".join(VALUE_METRICS))
