"""Logits to the best well-formed tree (docs/text-spec.md, Decoding)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgenlp.errors import ModelError
from edgenlp.interfaces import Decoder, Parse, Tokens
from edgenlp_semantic_parsing.encoding import decode
from edgenlp_semantic_parsing.labels import FILE, Labels
from edgenlp_semantic_parsing.search import Grammar


class TreeDecoder(Decoder):
    """Chooses intent and tags of the greatest total logit among all that make a well-formed tree.

    Where the greatest intent and each token's greatest tag are well-formed together, they are the answer; else an
    exact search finds it.
    """

    def __init__(self, labels: Labels, unseen_path_penalty: float | None = None) -> None:
        self._labels = labels
        self._grammar: Final = Grammar(labels, unseen_path_penalty)

    def decode(self, outputs: Mapping[str, NDArray[Any]], tokens: Sequence[Tokens]) -> Parse:
        """The best tree.

        Args:
            outputs: `intent`, float32 [intents], and `tags`, float32 [length, tags].
            tokens: of the one text; its first `len` rows of `tags` count.

        Raises:
            ModelError: there are more or fewer logits than labels.
        """
        (read,) = tokens
        intents = outputs["intent"]
        rows = outputs["tags"][: len(read)]
        if (len(intents), rows.shape[1]) != (len(self._labels.intents), len(self._labels.tags)):
            raise ModelError(
                f"the graph tells {len(intents)} intents and {rows.shape[1]} tags apart and {FILE} has "
                f"{len(self._labels.intents)} and {len(self._labels.tags)}: make or download the model again."
            )
        intent = int(intents.argmax())
        tags = rows.argmax(axis=1)
        chosen = tags.tolist()
        if not self._grammar.allows(intent, chosen):
            intents, rows = intents.astype(np.float64), rows.astype(np.float64)
            intent, chosen = self._grammar.best(intents, rows)
            tags = np.array(chosen, np.intp)
        names, labels = self._labels.tags, self._labels
        root = decode(labels.intents[intent], [names[tag] for tag in chosen], read.spans, labels.repeatable)
        return Parse(read.text, root, _probability(intents, rows, intent, tags), read.truncated)


def _probability(intents: NDArray[Any], rows: NDArray[Any], intent: int, tags: NDArray[np.intp]) -> float:
    """Product of the softmax probabilities of the intent and of every token's tag."""
    count, width = rows.shape
    chosen = rows.take(tags + np.arange(0, count * width, width))
    # one over a softmax probability is the sum of all weights relative to the chosen one's
    inverse = np.exp(rows - chosen[:, None]).sum(axis=1).tolist()
    return 1.0 / math.prod(inverse, start=float(np.exp(intents - intents[intent]).sum()))
