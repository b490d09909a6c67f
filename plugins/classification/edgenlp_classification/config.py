"""Settings of the classification head."""

from __future__ import annotations

from dataclasses import dataclass

from edgenlp.errors import RecipeError


@dataclass(frozen=True)
class ClassificationConfig:
    """Settings of the classification head.

    Attributes:
        dropout: share of the values set to zero in training, before each dense layer.
        hidden: width of a hidden layer with ReLU; 0 for none.
        label_smoothing: share of the target given to all labels alike.
    """

    dropout: float = 0.1
    hidden: int = 0
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        for name in ("dropout", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise RecipeError(f"head.{name} is {getattr(self, name)!r}: it must be from 0 to below 1.")
        if self.hidden < 0:
            raise RecipeError(f"head.hidden is {self.hidden!r}: it must be at least 0.")
