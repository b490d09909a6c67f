"""Augmentation by code-switching (CoSDA-ML; Qin et al., IJCAI 2020): words give way to their translations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from edgenlp.data.lines import no_rows, numbered_lines, place
from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Augment, Augmentation, Example, Span
from edgenlp.text import normalize
from edgenlp_augmentation.config import CodeSwitchConfig
from edgenlp_augmentation.replacement import replace_words

Dictionary = dict[str, list[str]]
"""Distinct translations by normalised word."""


class CodeSwitch(Augmentation):
    """Words give way to translations into languages drawn word by word, as in "erinnere me to appeler mi mom".

    A row whose language is known takes the dictionaries of that language; any other row takes all. Of the languages
    that have the word one is drawn, and then one of its translations.
    """

    name: ClassVar[str] = "code_switch"
    Config: ClassVar[type[Any]] = CodeSwitchConfig

    def fit(self, examples: Sequence[Example], config: CodeSwitchConfig, folder: Path) -> Augment:  # noqa: ARG002
        """Read the dictionaries; any rows will do.

        Raises:
            RecipeError: no dictionary is named.
            DataError: one cannot be read.
        """
        if not config.dictionaries:
            raise RecipeError("code_switch needs augmentation.dictionaries, a list of files such as 'en-de.txt'.")
        by_source: defaultdict[str, list[Dictionary]] = defaultdict(list)
        for name in config.dictionaries:
            by_source[_source(folder / name)].append(read_dictionary(folder / name))
        every = [dictionary for own in by_source.values() for dictionary in own]

        def switch(example: Example, rng: np.random.Generator) -> Example:
            language = example.language.partition("-")[0]
            dictionaries = by_source.get(language, []) if language else every

            def draw(text: str, span: Span, rng: np.random.Generator) -> str | None:
                word = normalize(text[slice(*span)])
                found = [dictionary[word] for dictionary in dictionaries if word in dictionary]
                if not found:
                    return None
                translations = found[rng.integers(len(found))]
                return translations[rng.integers(len(translations))]

            return replace_words(example, config.word_share, draw, rng)

        return switch


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


def _source(path: Path) -> str:
    source, dash, target = path.stem.partition("-")
    if not (source and dash and target):
        raise DataError(f"{path} must be named after its languages, such as en-de{path.suffix}: which are they?")
    return source
