"""Trees hold words and no offsets: find each leaf's words in the utterance.

Utterance and tree are cut by the same segmentation, so that "7 pm" in a tree finds "7pm" in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgenlp.data.brackets import Bracket
from edgenlp.interfaces import Node, Span, join
from edgenlp.text import segment

Place = list[int]
"""Ascending indices of the tokens that a leaf claims."""


def align(root: Bracket, text: str) -> tuple[Node, bool]:
    """The tree with its leaves' words as spans of code points in `text`.

    A leaf's spans are its maximal runs of consecutive tokens, each from its first token's start to its last one's end.

    Returns:
        The tree, and True where every word was found; without that no node has spans.
    """
    spans = _segment(text)
    places = _places(root, [text[start:end] for start, end in spans])
    if places is None:
        return _node(root, None, spans), False
    return _node(root, iter(places), spans), True


def _node(bracket: Bracket, places: Iterator[Place] | None, spans: Sequence[Span]) -> Node:
    if bracket.is_leaf:
        return Node(bracket.label, join(next(places), spans) if places else ())
    return Node(bracket.label, children=tuple(_node(child, places, spans) for child in bracket.children))


def _segment(text: str) -> list[Span]:
    spans, _ = segment(text, len(text))
    return spans


def _tokens(words: Sequence[str]) -> list[str]:
    text = " ".join(words)
    return [text[start:end] for start, end in _segment(text)]


def _leaves(bracket: Bracket) -> Iterator[Bracket]:
    if bracket.is_leaf:
        yield bracket
    for child in bracket.children:
        yield from _leaves(child)


def _places(root: Bracket, utterance: list[str]) -> list[Place] | None:
    """Each leaf's tokens in tree order, or None where a word is not in the utterance."""
    coupled = _coupled(root, utterance)
    if coupled is not None:
        return coupled
    leaves = [_tokens(leaf.words) for leaf in _leaves(root)]
    return _in_order(leaves, utterance) or _anywhere(leaves, utterance)


def _coupled(root: Bracket, utterance: list[str]) -> list[Place] | None:
    """Places in a tree that holds the whole utterance: there is nothing to look up."""
    words: list[str] = []
    places: list[Place] = []

    def visit(bracket: Bracket) -> None:
        start = len(words)
        for item in bracket.content:
            if isinstance(item, Bracket):
                visit(item)
            else:
                words.extend(_tokens([item]))
        if bracket.is_leaf:
            places.append(list(range(start, len(words))))

    visit(root)
    return places if words == utterance else None


def _in_order(leaves: list[list[str]], utterance: list[str]) -> list[Place] | None:
    """Every leaf in one piece, one after the other: each at its first place behind the leaf before it."""
    places: list[Place] = []
    cursor = 0
    for leaf in leaves:
        start = next((i for i in range(cursor, len(utterance)) if utterance[i : i + len(leaf)] == leaf), None)
        if start is None:
            return None
        cursor = start + len(leaf)
        places.append(list(range(start, cursor)))
    return places


def _anywhere(leaves: list[list[str]], utterance: list[str]) -> list[Place] | None:
    """First the leaves in one piece, then those apart; long ones first, since a short one has more places to go."""
    places: dict[int, Place] = {}
    free = [True] * len(utterance)
    longest_first = sorted(range(len(leaves)), key=lambda number: -len(leaves[number]))
    for find in (_contiguous, _apart):
        for number in longest_first:
            if number in places:
                continue
            before = [place[-1] for earlier, place in places.items() if earlier < number and place]
            place = find(leaves[number], utterance, free, max(before, default=-1) + 1)
            if place is None:
                continue
            places[number] = place
            for index in place:
                free[index] = False
    if len(places) < len(leaves):
        return None
    return [places[number] for number in range(len(leaves))]


def _contiguous(leaf: list[str], utterance: list[str], free: list[bool], cursor: int) -> Place | None:
    """The first free place in one piece from `cursor` on, else from the start."""
    starts = [
        start
        for start in range(len(utterance) - len(leaf) + 1)
        if utterance[start : start + len(leaf)] == leaf and all(free[start : start + len(leaf)])
    ]
    if not starts:
        return None
    start = next((start for start in starts if start >= cursor), starts[0])
    return list(range(start, start + len(leaf)))


def _apart(leaf: list[str], utterance: list[str], free: list[bool], cursor: int) -> Place | None:
    """The closest free places in the leaf's own order, the first among equals from `cursor` on, else from the start."""
    found = []
    for start in range(len(utterance)):
        place: Place = []
        for index in range(start, len(utterance)):
            if len(place) < len(leaf) and free[index] and utterance[index] == leaf[len(place)]:
                place.append(index)
            elif not place:
                break
        if len(place) == len(leaf):
            found.append(place)
    return min(found, key=lambda place: (place[0] < cursor, place[-1] - place[0], place[0]), default=None)
