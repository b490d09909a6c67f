"""The order in which another language says things, told from rows that translate one another.

A linear ordering problem (Tromble and Eisner, EMNLP 2009): of any two constituents of a phrase rows tell how often a
translation has them the other way round. A few hundred rows are enough, for trees are alike: what is not known of two
words is known of a word and any slot, or of words and slots at all. So rows of Hindi, Turkish or Japanese tell that
what is done comes last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Final

from edgenlp.data.edits import words
from edgenlp.interfaces import Example, Node, Span
from edgenlp.text import normalize, table
from edgenlp_augmentation.dictionaries import Dictionary

PRIOR: Final = 2.0
"""As how many sightings of a pair what is known of its kinds counts."""

Name = tuple[str, bool]
"""A normalised word, or a label and True; of a whole kind the word or label is empty."""


@dataclass(frozen=True, slots=True)
class Constituent:
    """A word of a row, or a node of its tree with the words and nodes that it is made of, in text order."""

    name: Name
    span: Span
    parts: tuple[Constituent, ...] = ()

    @property
    def is_node(self) -> bool:
        """Whether it is a node of the tree."""
        return self.name[1]


class WordOrder:
    """Which of two constituents the translation has first."""

    def __init__(self, pairs: Iterable[tuple[Example, Example]], dictionary: Dictionary) -> None:
        """Learn it.

        Args:
            pairs: rows and their translations. Those without trees, or with a leaf whose words are apart, tell nothing.
            dictionary: the translations of words.
        """
        self._seen: Counter[tuple[Name, Name]] = Counter()
        self._turned: Counter[tuple[Name, Name]] = Counter()
        for row, other in pairs:
            for first, second, is_turned in _compared(row, other, dictionary):
                for pair in _kinds(first, second):
                    self._seen[pair] += 1
                    self._turned[pair] += is_turned

    def turned(self, first: Name, second: Name) -> float:
        """The probability that of two constituents of a phrase the translation has the second one first."""
        pair, own, other, kinds = _kinds(first, second)
        of_kinds = self._share(kinds, 0)
        return self._share(pair, (self._share(own, of_kinds) + self._share(other, of_kinds)) / 2)

    def _share(self, pair: tuple[Name, Name], prior: float) -> float:
        return (self._turned[pair] + PRIOR * prior) / (self._seen[pair] + PRIOR)

    def arranged(self, example: Example, known: Container[str]) -> Example:
        """A row in the other language's order; itself where its words are not told apart, or there is no tree.

        Args:
            example: any row.
            known: normalised words that the other language has. Others, such as articles, stay before what follows.
        """
        whole = _read(example)
        if whole is None or not isinstance(example.text, str) or not _is_apart(whole, example.text):
            return example
        text, target = self._arranged(whole, example.text, known)
        return replace(example, text=text, target=replace(target, spans=()))

    def _arranged(self, whole: Constituent, text: str, known: Container[str]) -> tuple[str, Node]:
        """The words of a node in their new order, and the node, its spans from their start on."""
        start, end = whole.span
        # what stands around and between the constituents stays where it is
        around = [start, *(place for part in whole.parts for place in part.span), end]
        before, *gaps = (text[first:last] for first, last in zip(around[::2], around[1::2], strict=True))
        written, children = before, []
        for number, gap in zip(self._order(whole.parts, known), gaps, strict=True):
            part = whole.parts[number]
            said = text[slice(*part.span)]
            if part.is_node:
                said, node = self._arranged(part, text, known)
                children.append(_shifted(node, len(written)))
            written += said + gap
        return written, Node(whole.name[0], () if children else ((0, len(written)),), tuple(children))

    def _order(self, parts: Sequence[Constituent], known: Container[str]) -> list[int]:
        """Numbers of the constituents, by how many others each is expected to come after."""
        runs: list[list[int]] = [[]]
        for number, part in enumerate(parts):
            runs[-1].append(number)
            if part.is_node or part.name[0] in known:
                runs.append([])
        runs = [run for run in runs if run]
        names = [parts[run[-1]].name for run in runs]
        behind = [0.0] * len(runs)
        for first, second in combinations(range(len(runs)), 2):
            turned = self.turned(names[first], names[second])
            behind[first] += turned
            behind[second] += 1 - turned
        return [number for place in sorted(range(len(runs)), key=behind.__getitem__) for number in runs[place]]


def inversions(row: Example, other: Example, dictionary: Dictionary) -> tuple[int, int]:
    """How many pairs of a row's constituents its translation has the other way round, and how many pairs it has."""
    turned = [is_turned for _, _, is_turned in _compared(row, other, dictionary)]
    return sum(turned), len(turned)


def _compared(row: Example, other: Example, dictionary: Dictionary) -> Iterator[tuple[Name, Name, bool]]:
    """Pairs of constituents of one phrase that are in a translation, too, and whether they are turned there."""
    own, translated = _read(row), _read(other)
    phrases = [(own, translated)] if own and translated else []
    while phrases:
        one, its = phrases.pop()
        matched = list(_matched(one.parts, its.parts, dictionary))
        for (first, its_first), (second, its_second) in combinations(matched, 2):
            yield first.name, second.name, its_first.span > its_second.span
        phrases += matched


def _read(row: Example) -> Constituent | None:
    """A row as a constituent; None without a tree over one text, or where not every slot's words stand together."""
    if not isinstance(row.target, Node) or not isinstance(row.text, str) or not row.aligned:
        return None
    _, *below = row.target.walk()
    if row.target.spans or any(len(node.spans) != (0 if node.children else 1) for node in below):
        return None
    spelled = {span: (normalize(row.text[slice(*span)]), False) for span in words(row.text, row.target)}
    return _constituent(row.target, (0, len(row.text)), spelled)


def _constituent(node: Node, span: Span, spelled: dict[Span, Name]) -> Constituent:
    below = [_constituent(child, _reach(child), spelled) for child in node.children]
    own = [
        Constituent(name, word)
        for word, name in spelled.items()
        if _is_within(word, span) and not any(_is_within(word, child.span) for child in below)
    ]
    return Constituent((node.label, True), span, tuple(sorted((*below, *own), key=lambda part: part.span)))


def _reach(node: Node) -> Span:
    covered = node.covered()
    return covered[0][0], covered[-1][1]


def _is_within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _is_apart(whole: Constituent, text: str) -> bool:
    """Whether separators stand between all constituents, so that they can change places."""
    gaps = ((before.span[1], after.span[0]) for before, after in pairwise(whole.parts))
    return all("s" in text[start:end].translate(table().classes) for start, end in gaps) and all(
        _is_apart(part, text) for part in whole.parts
    )


def _matched(
    own: Iterable[Constituent], others: Iterable[Constituent], dictionary: Dictionary
) -> Iterator[tuple[Constituent, Constituent]]:
    """Constituents that say the same, nodes of one label and words that translate one another, each once."""
    left = list(others)
    for one in own:
        name, is_node = one.name
        same = [name] if is_node else [normalize(word) for word in dictionary.get(name, ())]
        found = next((other for other in left if other.is_node == is_node and other.name[0] in same), None)
        if found:
            yield one, found
            left.remove(found)


def _kinds(first: Name, second: Name) -> tuple[tuple[Name, Name], ...]:
    """Two names; the first beside any of the other's kind; the second beside any of the first one's; both kinds."""
    any_first, any_second = ("", first[1]), ("", second[1])
    return (first, second), (first, any_second), (any_first, second), (any_first, any_second)


def _shifted(node: Node, by: int) -> Node:
    spans = tuple((start + by, end + by) for start, end in node.spans)
    return Node(node.label, spans, tuple(_shifted(child, by) for child in node.children))
