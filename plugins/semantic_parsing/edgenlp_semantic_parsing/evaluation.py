"""Metrics of parses (Gupta et al. 2018; Li et al. 2021)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from edgenlp.interfaces import Node, Span
from edgenlp_semantic_parsing.encoding import canonical

Item = tuple[str, tuple[Span, ...]]
"""A node as label and covering spans."""


def own_slots(root: Node, text: str) -> Counter[Item]:
    """The top intent's own slots."""
    return _items(root.children, text)


def slots(root: Node, text: str) -> Counter[Item]:
    """The slots of all intents."""
    return _items(_slots(root), text)


def nodes(root: Node, text: str) -> Counter[Item]:
    """All nodes."""
    return _items(root.walk(), text)


def _slots(intent: Node) -> Iterator[Node]:
    for slot in intent.children:
        yield slot
        for nested in slot.children:
            yield from _slots(nested)


def _items(nodes: Iterable[Node], text: str) -> Counter[Item]:
    return Counter((node.label, node.covering(text)) for node in nodes)


class MicroF1:
    """F1 over all items of all rows: 2 x found / (gold + predicted); 1 where there are neither."""

    def __init__(self) -> None:
        self._found = self._total = 0

    def add(self, gold: Counter[Item], predicted: Counter[Item], *, aligned: bool) -> None:
        """Count one row; nothing is found in a row whose gold tree has no spans."""
        self._found += (gold & predicted).total() if aligned else 0
        self._total += gold.total() + predicted.total()

    def value(self) -> float:
        """From 0 to 1."""
        return 2 * self._found / self._total if self._total else 1.0


def metrics(rows: Sequence[tuple[str, Node, bool, Node]]) -> dict[str, float]:
    """All metrics of rows of text, gold tree, whether it is aligned, and predicted tree.

    - `exact_match`: labels, structure and the spans of every leaf are equal; the order of siblings does not count.
    - `flat_exact_match`: the top intent and its own slots with label and covering spans are equal.
    - `intent_accuracy`: the top intents are equal.
    - `slot_f1`: micro F1 over label and covering spans of the slots at all levels.
    - `tree_f1`: micro F1 over label and covering spans of all nodes.

    A row that is not aligned counts as wrong, but for its intent.
    """
    intent = flat = exact = 0
    slot_f1, tree_f1 = MicroF1(), MicroF1()
    for text, gold, aligned, predicted in rows:
        same_intent = gold.label == predicted.label
        intent += same_intent
        flat += aligned and same_intent and own_slots(gold, text) == own_slots(predicted, text)
        exact += aligned and canonical(gold) == canonical(predicted)
        slot_f1.add(slots(gold, text), slots(predicted, text), aligned=aligned)
        tree_f1.add(nodes(gold, text), nodes(predicted, text), aligned=aligned)
    count = max(1, len(rows))
    return {
        "exact_match": exact / count,
        "flat_exact_match": flat / count,
        "intent_accuracy": intent / count,
        "slot_f1": slot_f1.value(),
        "tree_f1": tree_f1.value(),
    }
