"""Other words in the place of a row's words, and the spans of its tree carried along: what augmentations share."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from edgenlp.interfaces import Example, Node, Span, Target, parts
from edgenlp.text import table

Edits = Mapping[Span, str]
"""What stands in the place of which spans of a text.

The spans are not empty, do not overlap, and no end of a leaf's span lies inside one, so that every leaf knows where it
begins and ends afterwards: those of `words` are like that.
"""

WORD: Final = re.compile(r"[^soxjb](?:[^s]*[^soxjb])?[xjb]*")
"""Over class letters: what stands between separators, without the signs around it. What extends a character, such as an
accent or a skin tone, is of the word or the sign that it follows."""


def edited(example: Example, edits: Sequence[Edits]) -> Example:
    """The example with other words in some places, and the spans of its tree moved to where its words now stand.

    Args:
        example: any row; of a row with a tree the text is one.
        edits: of each text of the row.
    """
    edited_texts = [_edit(text, own) for text, own in zip(parts(example.text), edits, strict=True)]
    texts = [text for text, _ in edited_texts]
    target = example.target
    if isinstance(target, Node):
        target = _moved(target, edited_texts[0][1])
    return replace(example, text=texts[0] if isinstance(example.text, str) else (texts[0], texts[1]), target=target)


def words(text: str, target: Target) -> list[Span]:
    """The words of a text: what stands between separators, without the signs around it, cut at the ends of leaves.

    Args:
        text: any string.
        target: its gold answer; only a tree has leaves.
    """
    classes = text.translate(table().classes)
    cuts = sorted({0, len(text), *leaf_ends(target)})
    return [found.span() for start, end in pairwise(cuts) for found in WORD.finditer(classes, start, end)]


def leaf_ends(target: Target) -> set[int]:
    """Where spans of a tree's leaves begin or end; of other answers nowhere."""
    if not isinstance(target, Node):
        return set()
    return {end for node in target.walk() for span in node.spans for end in span}


def _edit(text: str, edits: Edits) -> tuple[str, Callable[[int], int]]:
    """The text after the edits, and where a place of the text before stands in it."""
    pieces: list[str] = []
    ends: list[int] = []
    shifts = [0]
    read = 0
    for (start, end), instead in sorted(edits.items()):
        pieces += (text[read:start], instead)
        ends.append(end)
        shifts.append(shifts[-1] + len(instead) - (end - start))
        read = end
    pieces.append(text[read:])
    return "".join(pieces), lambda place: place + shifts[bisect_right(ends, place)]


def _moved(node: Node, move: Callable[[int], int]) -> Node:
    spans = tuple((move(start), move(end)) for start, end in node.spans)
    return Node(node.label, spans, tuple(_moved(child, move) for child in node.children))
