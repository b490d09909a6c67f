"""Settings of the semantic-parsing head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from edgenlp.interfaces import check_setting


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
        check = partial(check_setting, "head", self)
        for name in ("dropout", "label_smoothing"):
            check(name, 0 <= getattr(self, name) < 1, "from 0 to below 1")
        for name in ("tag_weight", "unseen_path_penalty"):
            check(name, 0 <= (getattr(self, name) or 0) < math.inf, "a number from 0")
        check("hidden", self.hidden >= 1, "at least 1")
