"""How the featurizer's arrays are named as inputs of a graph."""

from __future__ import annotations

from collections.abc import Sequence

from edgenlp.interfaces import Arrays, Featurizer, Tokens

PAIR_PREFIXES = ("first_", "second_")


def graph_inputs(featurizer: Featurizer, texts: Sequence[Tokens], length: int) -> Arrays:
    """What a graph of `length` tokens takes.

    For one text these are the featurizer's arrays; for a pair those of both texts, the names beginning with
    `first_` and `second_`.
    """
    if len(texts) == 1:
        return featurizer.inputs(texts[0], length)
    return {
        f"{prefix}{name}": array
        for prefix, tokens in zip(PAIR_PREFIXES, texts, strict=True)
        for name, array in featurizer.inputs(tokens, length).items()
    }
