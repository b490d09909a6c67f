"""Augmentation by code-switching (CoSDA-ML; Qin et al., IJCAI 2020): words give way to their translations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from edgenlp.errors import RecipeError
from edgenlp.interfaces import Augment, Augmentation, Example, Span
from edgenlp.text import normalize
from edgenlp_augmentation.config import CodeSwitchConfig
from edgenlp_augmentation.dictionaries import Dictionary, languages, read_dictionary, united, without_region
from edgenlp_augmentation.replacement import replace_words


class CodeSwitch(Augmentation):
    """Words give way to translations into languages drawn word by word, as in "erinnere me to appeler mi mom".

    A row whose language is known takes the dictionaries of that language; any other row takes all. Of the languages
    that have the word one is drawn, and then one of its translations, from whichever files they come.
    """

    name: ClassVar[str] = "code_switch"
    Config: ClassVar[type[Any]] = CodeSwitchConfig

    def fit(self, examples: Sequence[Example], config: CodeSwitchConfig, folder: Path) -> Augment:
        """Read the dictionaries.

        Raises:
            RecipeError: no dictionary is named, or one is of a language that no row is in.
            DataError: one cannot be read.
        """
        if not config.dictionaries:
            raise RecipeError("code_switch needs augmentation.dictionaries, a list of files such as 'en-de.txt'.")
        spoken = {without_region(example.language) for example in examples}
        by_source: defaultdict[str, dict[str, Dictionary]] = defaultdict(dict)
        for name in config.dictionaries:
            source, target = languages(folder / name, spoken)
            known = by_source[source].get(target, {})
            by_source[source][target] = united(known, read_dictionary(folder / name))
        unused = sorted(set(by_source) - spoken)
        if spoken and unused and "" not in spoken:
            raise RecipeError(
                f"augmentation.dictionaries: no row is in {unused[0]!r}, only in {', '.join(sorted(spoken))}, and the "
                "files are named SOURCE-TARGET.txt."
            )
        every = [dictionary for own in by_source.values() for dictionary in own.values()]

        def switch(example: Example, rng: np.random.Generator) -> Example:
            language = without_region(example.language)
            dictionaries = by_source.get(language, {}).values() if language else every

            def draw(text: str, span: Span, rng: np.random.Generator) -> str | None:
                word = normalize(text[slice(*span)])
                found = [dictionary[word] for dictionary in dictionaries if word in dictionary]
                if not found:
                    return None
                translations = found[rng.integers(len(found))]
                return translations[rng.integers(len(translations))]

            return replace_words(example, config.word_share, draw, rng)

        return switch

    def files(self, config: CodeSwitchConfig) -> Sequence[str]:
        """The dictionaries."""
        return config.dictionaries
