"""A tree as one intent and one tag a token, and back.

A tag names the place of a leaf: the labels on the path from the root's child down to it, intents and slots in turn.
`B` begins a leaf, `I` continues it on the very next token, and `C` continues it behind a gap, so that a leaf may have
several spans. Flat intent and slots are paths of length one, and then the tags are plain BIO.

Where two nested intents stand side by side, the tags do not say to which a leaf belongs. It joins the latest, unless
that has the slot already and the pair of intent and slot is not *repeatable* (one that has occurred twice in one
intent in training): then a second nested intent begins. Nodes without words cannot be expressed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from edgenlp.interfaces import Node, Span, join

Path = tuple[str, ...]
"""Labels from the root's child to a leaf: slot, or slot, intent, slot, and so on."""

Pair = tuple[str, str]
"""Labels of a nested intent and of a slot directly in it."""


class Tag(NamedTuple):
    """What a token is to the tree."""

    kind: str
    path: Path = ()


LONGEST_PATH: Final = 63
"""Labels of a path: trees are built by recursion, on devices too."""

OUTSIDE: Final = Tag("O")
BEGIN, INSIDE, CONTINUE = "B", "I", "C"


class _Leaf:
    """A slot with words, as ascending indices of its tokens."""

    __slots__ = ("label", "tokens")

    def __init__(self, label: str, token: int) -> None:
        self.label = label
        self.tokens = [token]

    def node(self, spans: Sequence[Span]) -> Node:
        return Node(self.label, join(self.tokens, spans))


class _Frame:
    """An intent with its slots, and the slot that it stands in where it is not the root."""

    __slots__ = ("filled", "intent", "slot", "slots")

    def __init__(self, intent: str, slot: str = "") -> None:
        self.intent = intent
        self.slot = slot
        self.slots: list[_Leaf | _Frame] = []
        self.filled: set[str] = set()

    def node(self, spans: Sequence[Span]) -> Node:
        intent = Node(self.intent, (), tuple([slot.node(spans) for slot in self.slots]))
        return Node(self.slot, (), (intent,)) if self.slot else intent


def decode(intent: str, tags: Iterable[Tag], spans: Sequence[Span], repeatable: Collection[Pair]) -> Node:
    """The tree of well-formed tags, in canonical order.

    Args:
        intent: label of the root.
        tags: one for each token. An `I` must follow a tag of its path, and a `C` must stand behind one, not next to it.
        spans: of the tokens.
        repeatable: pairs of nested intent and slot that may stand twice in one intent.
    """
    root = _Frame(intent)
    frames: dict[Path, _Frame] = {(): root}
    leaves: dict[Path, _Leaf] = {}
    for token, (kind, path) in enumerate(tags):
        if kind == BEGIN:
            *_, label = path
            leaves[path] = leaf = _Leaf(label, token)
            frame = root if len(path) == 1 else _frame_for(path, frames, repeatable)
            frame.slots.append(leaf)
            frame.filled.add(label)
        elif path:
            leaves[path].tokens.append(token)
    return root.node(spans)


def _frame_for(path: Path, frames: dict[Path, _Frame], repeatable: Collection[Pair]) -> _Frame:
    """The nested intent that a new leaf of this path belongs to, made where it is needed."""
    place, label = path[:-1], path[-1]
    frame = frames.get(place)
    if frame is None or (label in frame.filled and (frame.intent, label) not in repeatable):
        return _begin_frame(place, frames)
    return frame


def _begin_frame(place: Path, frames: dict[Path, _Frame]) -> _Frame:
    *outer, slot, intent = place
    parent = frames.get(tuple(outer)) or _begin_frame(tuple(outer), frames)
    for deeper in [known for known in frames if known[: len(place)] == place]:
        del frames[deeper]
    frames[place] = frame = _Frame(intent, slot)
    parent.slots.append(frame)
    return frame


def encode(root: Node, spans: Sequence[Span], repeatable: Collection[Pair]) -> list[Tag] | None:
    """One tag for each token; a leaf claims the tokens that its spans overlap.

    Returns:
        The tags, or None where they would not give the tree back: a node without tokens, a token claimed twice,
        leaves of more than one path with gaps, nested intents that cannot be told apart, or paths beyond LONGEST_PATH.
    """
    tags = [OUTSIDE] * len(spans)
    expected = _snap(root, spans)
    if expected is None:
        return None
    apart = set()
    for path, tokens in _leaves(root, spans):
        if len(path) > LONGEST_PATH:
            return None
        kind = BEGIN
        for token, before in zip(tokens, [-1, *tokens], strict=False):
            if tags[token] is not OUTSIDE:
                return None
            if kind != BEGIN:
                kind = INSIDE if token == before + 1 else CONTINUE
            if kind == CONTINUE:
                apart.add(path)
            tags[token] = Tag(kind, path)
            kind = INSIDE
    if len(apart) > 1 or decode(root.label, tags, spans, repeatable) != expected:
        return None
    return tags


def _claimed(leaf: Node, spans: Sequence[Span]) -> list[int]:
    return [
        token
        for token, (start, end) in enumerate(spans)
        if any(start < last and first < end for first, last in leaf.spans)
    ]


def _leaves(node: Node, spans: Sequence[Span], path: Path = ()) -> Iterator[tuple[Path, list[int]]]:
    for child in node.children:
        if child.children:
            yield from _leaves(child, spans, (*path, child.label))
        else:
            yield (*path, child.label), _claimed(child, spans)


def _snap(root: Node, spans: Sequence[Span]) -> Node | None:
    """The canonical tree with leaves widened to whole tokens; None where a node has no tokens."""

    def visit(node: Node) -> Node | None:
        if not node.children:
            tokens = _claimed(node, spans)
            return Node(node.label, join(tokens, spans)) if tokens else None
        children = [visit(child) for child in node.children]
        found = tuple(child for child in children if child is not None)
        return Node(node.label, (), found) if len(found) == len(children) else None

    if not root.children:
        return Node(root.label)
    snapped = visit(root)
    return snapped and canonical(snapped)


def canonical(node: Node) -> Node:
    """The same tree with children in the order of their first words: trees differ by labels and spans alone."""
    if not node.children:
        return Node(node.label, tuple(sorted(node.spans)))
    children = sorted(map(canonical, node.children), key=lambda child: (child.covered(), child.label, repr(child)))
    return Node(node.label, (), tuple(children))
