"""Trees in brackets, as in TOP and MTOP: `[IN:GET_WEATHER [SL:LOCATION New York ] ]`.

Gupta et al. 2018 (TOP), coupled form: all words of the utterance stand in the tree. Li et al. 2021 (MTOP), decoupled
form: only the words of the leaf slots do, in any order. Both are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

INTENT = "IN:"
SLOT = "SL:"

DEEPEST: Final = 100
"""Brackets within one another: data sets have up to eight, and Python's stack has an end."""


class BracketError(ValueError):
    """The brackets are not a tree; the text continues a sentence that names the place."""


@dataclass(slots=True)
class Bracket:
    """A node as written. Its `content` holds words and brackets in the order of the writing."""

    label: str
    content: list[str | Bracket] = field(default_factory=list)

    @property
    def children(self) -> list[Bracket]:
        """The nodes directly inside."""
        return [item for item in self.content if isinstance(item, Bracket)]

    @property
    def words(self) -> list[str]:
        """The words directly inside."""
        return [item for item in self.content if isinstance(item, str)]

    @property
    def is_leaf(self) -> bool:
        """True for a slot that holds words alone: the node whose words are the answer."""
        return self.label.startswith(SLOT) and not self.children


def parse(text: str) -> Bracket:
    """Read a tree; brackets and words are separated by white space.

    Raises:
        BracketError: brackets do not match or are nested too deep, something stands outside the root, or intents and
            slots do not alternate.
    """
    root: Bracket | None = None
    path: list[Bracket] = []
    for word in text.split():
        if word == "]":
            if not path:
                raise BracketError("the brackets are not balanced: one ']' too many")
            path.pop()
            continue
        if root is not None and not path:
            raise BracketError(f"{word!r} stands behind the end of the tree")
        if not word.startswith(("[" + INTENT, "[" + SLOT)):
            if not path:
                raise BracketError(f"the tree begins with {word!r} instead of '[{INTENT}'")
            path[-1].content.append(word)
            continue
        node = Bracket(word[1:])
        _check_place(node, path)
        if path:
            path[-1].content.append(node)
        else:
            root = node
        path.append(node)
    if root is None:
        raise BracketError("there is no tree")
    if path:
        raise BracketError(f"the brackets are not balanced: '[{path[-1].label}' is not closed")
    return root


def _check_place(node: Bracket, path: list[Bracket]) -> None:
    outer, inner = (SLOT, INTENT) if node.label.startswith(INTENT) else (INTENT, SLOT)
    if len(node.label) == len(inner):
        raise BracketError(f"'[{node.label}' has no name")
    if len(path) == DEEPEST:
        raise BracketError(f"'[{node.label}' is nested deeper than the {DEEPEST} brackets that a tree may have")
    if not path and inner == SLOT:
        raise BracketError(f"the tree begins with '[{node.label}' instead of '[{INTENT}'")
    if path and not path[-1].label.startswith(outer):
        raise BracketError(f"'[{node.label}' stands directly in '[{path[-1].label}': intents and slots alternate")
