"""Settings of the classification head."""

from __future__ import annotations

from dataclasses import dataclass


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
