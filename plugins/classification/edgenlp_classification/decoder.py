"""Outputs of the graph to an answer (docs/text-spec.md, Decoding)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgenlp.errors import ModelError
from edgenlp.interfaces import Classification, Decoder, Regression, Text, Tokens


class LabelDecoder(Decoder):
    """Softmax; among equal logits the label of the lower index comes first."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = list(labels)

    def decode(self, outputs: Mapping[str, NDArray[Any]], tokens: Sequence[Tokens]) -> Classification:
        """The most probable label.

        Args:
            outputs: `label`, float32 [labels], logits.
            tokens: of the one text, or of both of a pair.

        Raises:
            ModelError: there are more or fewer logits than labels.
        """
        logits = outputs["label"]
        if len(logits) != len(self._labels):
            raise ModelError(
                f"the graph tells {len(logits)} labels apart and its file has {len(self._labels)}: "
                "make or download the model again."
            )
        order = np.argsort(-logits, kind="stable")
        weights = np.exp(logits[order] - logits[order[0]])
        probabilities = (weights / weights.sum()).tolist()
        labels = self._labels
        ranked = [labels[number] for number in order.tolist()]
        scores = dict(zip(ranked, probabilities, strict=True))
        return Classification(_text(tokens), ranked[0], probabilities[0], scores, _truncated(tokens))


class ValueDecoder(Decoder):
    """A share of the range to a value within it."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high

    def decode(self, outputs: Mapping[str, NDArray[Any]], tokens: Sequence[Tokens]) -> Regression:
        """The value.

        Args:
            outputs: `value`, float32 [1], the share of the range.
            tokens: of the one text, or of both of a pair.
        """
        low, high = self._low, self._high
        value = low + float(outputs["value"][0]) * (high - low)
        return Regression(_text(tokens), min(max(value, low), high), (low, high), _truncated(tokens))


def _text(tokens: Sequence[Tokens]) -> Text:
    """The caller's own input."""
    return tokens[0].text if len(tokens) == 1 else (tokens[0].text, tokens[1].text)


def _truncated(tokens: Sequence[Tokens]) -> bool:
    return any(part.truncated for part in tokens)
