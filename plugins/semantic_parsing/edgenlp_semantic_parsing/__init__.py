"""Semantic parsing for edgenlp: one intent and one tag a token make a whole tree, in one pass of the network."""

from __future__ import annotations

from edgenlp.interfaces import Augmentation, TaskHead
from edgenlp.plugins import hookimpl


@hookimpl
def edgenlp_task_heads() -> list[TaskHead]:
    """The head `semantic_parsing`."""
    from edgenlp_semantic_parsing.head import SemanticParsing

    return [SemanticParsing()]


@hookimpl
def edgenlp_augmentations() -> list[Augmentation]:
    """The augmentation `slot_exchange`."""
    from edgenlp_semantic_parsing.slot_exchange import SlotExchange

    return [SlotExchange()]
