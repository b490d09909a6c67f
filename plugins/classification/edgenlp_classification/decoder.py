"""Logits to the most probable label (docs/text-spec.md, Decoding)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgenlp.interfaces import Classification, Decoder, Tokens


class LabelDecoder(Decoder):
    """Softmax; among equal logits the label of the lower index comes first."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = list(labels)

    def decode(self, outputs: Mapping[str, NDArray[Any]], tokens: Sequence[Tokens]) -> Classification:
        """The most probable label.

        Args:
            outputs: `label`, float32 [labels], logits.
            tokens: of the one text.
        """
        (read,) = tokens
        logits = outputs["label"]
        order = np.argsort(-logits, kind="stable")
        weights = np.exp(logits[order] - logits[order[0]])
        probabilities = (weights / weights.sum()).tolist()
        labels = self._labels
        ranked = [labels[number] for number in order.tolist()]
        scores = dict(zip(ranked, probabilities, strict=True))
        return Classification(read.text, ranked[0], probabilities[0], scores, read.truncated)
