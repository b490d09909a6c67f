"""The settings of the encoder and of the teacher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edgenlp.data.pretrained import MBERT
from edgenlp.interfaces import check_setting


@dataclass(frozen=True, slots=True, kw_only=True)
class KerasHubEncoderConfig:
    """Settings of a pretrained model as an encoder.

    Raises:
        RecipeError: a setting is out of range; the message names it.

    Attributes:
        model: a folder in Hugging Face's or KerasHub's form, an `hf://` name, or a preset of KerasHub.
        dropout: share of activations that training zeroes throughout the model.
        max_pieces: subwords of a token that the model reads, of a sentencepiece model on the average over a text; those
            after them are dropped.
        dtype: of activations and products; bfloat16 is faster on processors that have it. Weights are float32.
    """

    model: str = MBERT
    dropout: float = 0.1
    max_pieces: int = 8
    dtype: Literal["float32", "bfloat16"] = "bfloat16"

    def __post_init__(self) -> None:
        check_setting("encoder", self, "dropout", 0 <= self.dropout < 1, "from 0 to below 1")
        check_setting("encoder", self, "max_pieces", self.max_pieces >= 1, "at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class KerasHubTeacherConfig:
    """Settings of a pretrained model as a teacher of what it knows before any task.

    Attributes:
        model: a folder in Hugging Face's or KerasHub's form, an `hf://` name, or a preset of KerasHub.
    """

    model: str = MBERT
