"""What all replacements of words share: which words, and where."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edgenlp.data.edits import edited, words
from edgenlp.interfaces import Example, Span, parts

Draw = Callable[[str, Span, np.random.Generator], str | None]
"""Another word for the word at a span of a text, or None where there is none."""


def replace_words(example: Example, share: float, draw: Draw, rng: np.random.Generator) -> Example:
    """The example with each word replaced, with probability `share`, where there is another word for it."""
    edits = []
    for text in parts(example.text):
        spans = words(text, example.target)
        chosen = np.flatnonzero(rng.random(len(spans)) < share)
        drawn = {spans[number]: draw(text, spans[number], rng) for number in chosen}
        edits.append({span: word for span, word in drawn.items() if word is not None})
    return edited(example, edits) if any(edits) else example
