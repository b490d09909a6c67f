"""Slots as whole tokens: no model answers with a part of one, so a gold slot that holds a part can never be met."""

from __future__ import annotations

from collections.abc import Sequence

from edgenlp.interfaces import Node, Span
from edgenlp.text import segment


def leaves(slots: Sequence[tuple[str, Span]], text: str) -> tuple[Node, ...]:
    """The leaves that flat slots make: each its whole tokens, without those that have none of their own.

    Args:
        slots: labels and spans, these as `whole_tokens` takes them.
        text: that they are of.
    """
    whole = whole_tokens([span for _, span in slots], text)
    return tuple(Node(label, (span,)) for (label, _), span in zip(slots, whole, strict=True) if span)


def whole_tokens(spans: Sequence[Span], text: str) -> list[Span | None]:
    """The spans from their first token to their last; they share none.

    A token in which several spans lie is that one's which has most of it, or the first's of those that have as much.

    Args:
        spans: ascending and without overlap, in code points of `text`.
        text: what is cut into tokens.

    Returns:
        One for each span; None where no token is its own.
    """
    tokens: list[list[Span]] = [[] for _ in spans]
    for first, last in segment(text, len(text))[0] if spans else []:
        shared = [min(end, last) - max(start, first) for start, end in spans]
        if max(shared) > 0:
            tokens[shared.index(max(shared))].append((first, last))
    return [(own[0][0], own[-1][1]) if own else None for own in tokens]
