"""Which rows mean the same: none of one meaning may both train a model and measure it."""

from __future__ import annotations

from collections.abc import Sequence

from edgenlp.interfaces import Example, Text, parts
from edgenlp.text import normalize, segment


def meanings(examples: Sequence[Example]) -> list[str]:
    """A name for each row's meaning.

    Rows of one text (token by token, as normalised) mean the same, and so do rows of one id, and rows that others
    connect in this way: a translation of a text that stands in the data twice, under two ids, belongs to both. Ids are
    compared as texts are: xSID's are what its rows translate.
    """
    return connected([keys_of(example) for example in examples])


def keys_of(example: Example) -> list[str]:
    """A row's text, its id, and its id as texts are compared: the least of a row's, which parts the data, is an id."""
    own = ["text " + text_key(example.text)]
    return [*own, f"id {example.id}", "like " + text_key(example.id)] if example.id else own


def connected(keys: Sequence[Sequence[str]]) -> list[str]:
    """One of the keys that hang together with each row's, the same one for all of these rows."""
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        parents.setdefault(key, key)
        while parents[key] != key:
            parents[key] = key = parents[parents[key]]
        return key

    for own in keys:
        first, *others = sorted(map(root, own))
        for other in others:
            parents[other] = first
    return [root(own[0]) for own in keys]


def text_key(text: Text) -> str:
    """The same for texts that say the same: their tokens, as normalised."""
    return "\0".join(
        " ".join(normalize(part[start:end]) for start, end in segment(part, len(part))[0]) for part in parts(text)
    )
