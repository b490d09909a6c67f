"""Settings of the semantic-parsing head."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SemanticParsingConfig:
    """Settings of the semantic-parsing head.

    Attributes:
        dropout: share of the encoder's values set to zero in training, before the output layers.
        label_smoothing: share of the target given to all labels alike, for intent and tags.
        intent_bias: add to every token's tags a learned bias for the intent's distribution.
        intent_weight: weight of the intent's loss; that of each token's tag is 1.
        unseen_path_penalty: what a tag costs in decoding, in nats, whose path has not stood under the intent in
            training; without it such tags are forbidden.
    """

    dropout: float = 0.1
    label_smoothing: float = 0.0
    intent_bias: bool = True
    intent_weight: float = 1.0
    unseen_path_penalty: float | None = None
