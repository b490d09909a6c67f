"""Augmentation by noise: what fingers do to characters, in any script."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from edgenlp.data.edits import Edits, edited, leaf_ends
from edgenlp.interfaces import Augment, Augmentation, Example, Span, parts
from edgenlp.text import table
from edgenlp_augmentation.config import CharacterNoiseConfig

CHARACTER: Final = re.compile(r"(?:v*c|v+|[uladhk])[xjb]*(?:(?<=b)c[xjb]*)*")
"""Over class letters: a letter or digit with its marks; in Thai, Lao, Khmer and Myanmar an orthographic cluster."""

CHANGES: Final[dict[str, Callable[[str, str], str]]] = {
    "repeat": lambda character, drawn: character + character,  # noqa: ARG005
    "insert": lambda character, drawn: character + drawn,
    "substitute": lambda character, drawn: drawn,  # noqa: ARG005
}
"""What becomes of a character alone, given another of its kind."""

OPERATIONS: Final = ("delete", "swap", *CHANGES)

Kind = tuple[str, str]
"""Script and class (upper case, lower case, digit ...) of a character: it gives way only to others of its kind."""


class CharacterNoise(Augmentation):
    """Characters are left out, swapped with the next one, repeated, or other ones of their kind come in.

    Those that come in are drawn as often as the training texts have them.
    """

    name: ClassVar[str] = "character_noise"
    Config: ClassVar[type[Any]] = CharacterNoiseConfig

    def fit(self, examples: Sequence[Example], config: CharacterNoiseConfig, folder: Path) -> Augment:  # noqa: ARG002
        """Count the characters of the training texts; any rows will do."""
        alphabets = _alphabets(text for example in examples for text in parts(example.text))

        def noise(example: Example, rng: np.random.Generator) -> Example:
            cuts = leaf_ends(example.target)
            edits = [_edits(text, cuts, config.rate, alphabets, rng) for text in parts(example.text)]
            return edited(example, edits) if any(edits) else example

        return noise


@dataclass(frozen=True, slots=True)
class _Alphabet:
    """Characters of one kind, and how many of all those in the training texts come before the end of each."""

    characters: Sequence[str]
    counted: Sequence[int]

    def draw(self, rng: np.random.Generator) -> str:
        return self.characters[bisect(self.counted, rng.random() * self.counted[-1])]


Alphabets = Mapping[Kind, _Alphabet]


def _alphabets(texts: Iterable[str]) -> Alphabets:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text[start:end] for start, end in _spans(text))
    kinds: defaultdict[Kind, dict[str, int]] = defaultdict(dict)
    for character, count in sorted(counts.items()):
        kinds[_kind(character)][character] = count
    return {kind: _Alphabet(list(own), list(accumulate(own.values()))) for kind, own in kinds.items()}


def _kind(character: str) -> Kind:
    # the first word of a code point's name, which never changes, is its script: LATIN, THAI, ARABIC-INDIC
    letter = table().classes[ord(character[0])]
    return unicodedata.name(character[0], "").partition(" ")[0], "c" if letter == "v" else letter


def _spans(text: str) -> list[Span]:
    return [found.span() for found in CHARACTER.finditer(text.translate(table().classes))]


def _edits(text: str, cuts: set[int], rate: float, alphabets: Alphabets, rng: np.random.Generator) -> Edits:
    """Random edits of single characters; every word keeps one, and so does every leaf."""
    spans = [(start, end) for start, end in _spans(text) if not cuts.intersection(range(start + 1, end))]
    chosen = np.flatnonzero(rng.random(len(spans)) < rate).tolist()
    if not chosen:
        return {}
    word_of = _words(spans, cuts)
    left = Counter(word_of)
    edits: dict[Span, str] = {}
    for number in chosen:
        span, word = spans[number], word_of[number]
        operation = OPERATIONS[rng.integers(len(OPERATIONS))]
        if span in edits:  # it was swapped with the one before it
            continue
        if operation == "delete" and left[word] > 1:
            left[word] -= 1
            edits[span] = ""
        elif operation == "swap" and word_of[number + 1 : number + 2] == [word]:
            following = spans[number + 1]
            edits[span], edits[following] = text[slice(*following)], text[slice(*span)]
        elif operation in CHANGES:
            character = text[slice(*span)]
            edits[span] = CHANGES[operation](character, _drawn(character, alphabets, rng))
    return edits


def _words(spans: Sequence[Span], cuts: set[int]) -> list[int]:
    """The number of each character's word: a run of them with nothing between, cut at the ends of leaves."""
    numbers = []
    word, last = 0, -1
    for start, end in spans:
        word += start != last or start in cuts
        numbers.append(word)
        last = end
    return numbers


def _drawn(character: str, alphabets: Alphabets, rng: np.random.Generator) -> str:
    alphabet = alphabets.get(_kind(character))
    return alphabet.draw(rng) if alphabet else character
