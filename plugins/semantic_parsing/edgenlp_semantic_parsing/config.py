"""Settings of the semantic-parsing head."""

from __future__ import annotations

import math
from dataclasses import dataclass

from edgenlp.errors import RecipeError


@dataclass(frozen=True)
class SemanticParsingConfig:
    """Settings of the semantic-parsing head.

    Attributes:
        hidden: width of the layer between the encoder's token vectors and the tags.
        dropout: share of that layer's values that training zeroes.
        label_smoothing: share of the target given to all labels alike, for intent and tags.
        tag_weight: weight of each token's loss; that of the intent's is 1.
        unseen_path_penalty: what a tag costs in decoding, in nats, whose path has not stood under the intent in
            training; without it such tags are forbidden.
    """

    hidden: int = 256
    dropout: float = 0.1
    label_smoothing: float = 0.05
    tag_weight: float = 0.125
    unseen_path_penalty: float | None = None

    def __post_init__(self) -> None:
        for name in ("dropout", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise RecipeError(f"head.{name} is {getattr(self, name)!r}: it must be from 0 to below 1.")
        if not 0 <= self.tag_weight < math.inf:
            raise RecipeError(f"head.tag_weight is {self.tag_weight!r}: it must be a number from 0.")
        penalty = self.unseen_path_penalty
        if penalty is not None and not 0 <= penalty < math.inf:
            raise RecipeError(f"head.unseen_path_penalty is {penalty!r}: it must be a number from 0.")
        if self.hidden < 1:
            raise RecipeError(f"head.hidden is {self.hidden!r}: it must be at least 1.")
