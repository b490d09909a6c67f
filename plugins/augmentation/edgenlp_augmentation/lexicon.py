"""Which words translate which, told from rows that translate one another.

IBM Model 1 (Brown et al., Computational Linguistics 1993) in both directions that agree (Liang et al., NAACL 2006): two
words of two rows count as much as both directions expect them to be one. What a slot says is said in the slots of its
label, so a few hundred rows are enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edgenlp.data.edits import words
from edgenlp.interfaces import Example, Node, parts
from edgenlp.text import normalize
from edgenlp_augmentation.dictionaries import Dictionary
from edgenlp_augmentation.spelling import spellings

ROUNDS: Final = 8
"""Of expectation and maximisation."""

LEAST: Final = 0.1
"""The product of both directions' probabilities from which on two words translate one another."""

Groups = dict[tuple[int, str], list[str]]
"""The words of one text of a row and of one label's slots, or of none."""


def lexicon(pairs: Iterable[tuple[Example, Example]], most: int = 3) -> Dictionary:
    """The words of one language, and what they are in another.

    Args:
        pairs: rows and their translations.
        most: how many translations for a word.

    Returns:
        The likeliest translation first, each as it is written most often; words that no other surely translates are
        left out.
    """
    groups = [group for row, other in pairs for group in _shared(_groups(row), _groups(other))]
    own = _numbers(word for group, _ in groups for word in group)
    others = _numbers(word for _, group in groups for word in group)
    # each word of a group with each word of its translation: which two, and which places of the group
    cells = [
        (own[normalize(word)] * len(others) + others[normalize(other)], (number, first), (number, second))
        for number, (group, translated) in enumerate(groups)
        for first, word in enumerate(group)
        for second, other in enumerate(translated)
    ]
    if not cells:
        return {}
    keys, pair = np.unique([key for key, _, _ in cells], return_inverse=True)
    # the inverse along an axis has a shape of its own in NumPy 2.0.0
    across, down = (
        np.unique([cell[side] for cell in cells], axis=0, return_inverse=True)[1].reshape(-1) for side in (1, 2)
    )
    word, translation = np.divmod(keys, len(others))
    likely: NDArray[np.float64] = np.ones(len(keys))
    for _ in range(ROUNDS):
        expected = _agreement(likely[pair], across, down)
        likely = _agreement(np.bincount(pair, expected).astype(np.float64), word, translation)
    spelling = spellings(word for _, group in groups for word in group)
    written = [spelling[other] for other in others]
    found: defaultdict[int, list[str]] = defaultdict(list)
    for place in np.argsort(-likely, kind="stable"):
        if likely[place] >= LEAST and len(found[word[place]]) < most:
            found[word[place]].append(written[translation[place]])
    return {name: found[number] for name, number in own.items() if found[number]}


def _agreement(weights: NDArray[np.float64], forth: NDArray[np.int64], back: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each weight as a share of all of its `forth`, times the same of its `back`: two probabilities' product."""
    whole = np.bincount(forth, weights)[forth] * np.bincount(back, weights)[back]
    shares: NDArray[np.float64] = np.divide(weights * weights, whole, out=np.zeros_like(weights), where=whole > 0)
    return shares


def _shared(own: Groups, other: Groups) -> list[tuple[list[str], list[str]]]:
    return [(group, other[key]) for key, group in own.items() if key in other]


def _groups(row: Example) -> Groups:
    labels = {}
    if isinstance(row.target, Node):
        labels = {span: node.label for node in row.target.walk() if not node.children for span in node.spans}
    found: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for number, text in enumerate(parts(row.text)):
        for start, end in words(text, row.target):
            own = (label for (first, last), label in labels.items() if first <= start and end <= last)
            found[number, next(own, "")].append(text[start:end])
    return found


def _numbers(found: Iterable[str]) -> dict[str, int]:
    return {word: number for number, word in enumerate(dict.fromkeys(map(normalize, found)))}
