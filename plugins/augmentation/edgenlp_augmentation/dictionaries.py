"""Files of word pairs: `en-de.txt` holds English words and what they are in German."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Final

from edgenlp.data.lines import no_rows, numbered_lines, place
from edgenlp.errors import DataError
from edgenlp.text import normalize

REGION: Final = re.compile(r"-(?:[A-Z]{2}|[0-9]{3})$")
"""As BCP 47 writes it."""

Dictionary = dict[str, list[str]]
"""Distinct translations by normalised word."""


def read_dictionary(path: Path) -> Dictionary:
    """The words of a file and their translations.

    Raises:
        DataError: it cannot be read, holds a line without two words, or nothing.
    """
    translations: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for number, line in numbered_lines(path):
        word, _, translation = line.partition("\t" if "\t" in line else " ")
        if not word.strip() or not translation.strip():
            raise DataError(f"{place(path, number)}: this is not a word and its translation with a TAB between them.")
        translations[normalize(word.strip())][translation.strip()] = None
    if not translations:
        raise no_rows(path)
    return {word: list(own) for word, own in translations.items()}


def united(first: Dictionary, second: Dictionary) -> Dictionary:
    """All words of both, each with the distinct translations of both."""
    return {word: list(dict.fromkeys(first.get(word, []) + second.get(word, []))) for word in first | second}


def without_region(language: str) -> str:
    """Of `en-GB` it is `en`; xSID's `de-ba`, Bavarian, stays, for it is no region's German."""
    return REGION.sub("", language)


def is_in(language: str, wider: str) -> bool:
    """Whether a language is `wider`, or what is spoken of it in a region: `en-GB` is in `en`."""
    return wider in (language, without_region(language))


def languages(path: Path, spoken: Collection[str]) -> tuple[str, str]:
    """The languages that a file is named after: of its words and of their translations.

    Args:
        path: of the file; names of languages may have hyphens of their own (`de-ba-en.txt`).
        spoken: languages of the rows, which tell where the one ends and the other begins.

    Raises:
        DataError: it is not named so, or could be named after several pairs.
    """
    subtags = path.stem.split("-")
    pairs = [("-".join(subtags[:border]), "-".join(subtags[border:])) for border in range(1, len(subtags))]
    if not (pairs and all(subtags)):
        raise DataError(f"{path} must be named after its languages, such as en-de{path.suffix}: which are they?")
    known = [sum(language in spoken for language in pair) for pair in pairs]
    likely = [pair for pair, count in zip(pairs, known, strict=True) if count == max(known)]
    if len(likely) > 1:
        which = " or ".join(f"{source!r} and {target!r}" for source, target in likely)
        raise DataError(f"{path} may be named after {which}, and the rows are in {', '.join(sorted(spoken))}.")
    return likely[0]
