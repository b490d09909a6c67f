"""Augmentation by code-switching with the words of training rows that translate one another.

CoSDA-ML (Qin et al., IJCAI 2020) needs dictionaries. A few hundred translated rows are one, of the words that matter,
and for dialects too, which no dictionary has. A row is switched into one language as a whole, in its word order if the
settings say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from edgenlp.errors import RecipeError
from edgenlp.interfaces import Augment, Augmentation, Example, Span
from edgenlp.text import normalize
from edgenlp_augmentation.config import ParallelSwitchConfig
from edgenlp_augmentation.dictionaries import Dictionary, is_in, languages, read_dictionary, without_region
from edgenlp_augmentation.lexicon import lexicon
from edgenlp_augmentation.replacement import replace_words
from edgenlp_augmentation.word_order import WordOrder


class ParallelSwitch(Augmentation):
    """Words of one language's rows give way to what another's rows of the same ids say.

    Words that these do not have are looked up in dictionaries, where there are any.
    """

    name: ClassVar[str] = "parallel_switch"
    Config: ClassVar[type[Any]] = ParallelSwitchConfig

    def fit(self, examples: Sequence[Example], config: ParallelSwitchConfig, folder: Path) -> Augment:
        """Find the words that translate one another in rows of one id.

        Raises:
            RecipeError: no row of the language is translated, or none into a language that is named, or a dictionary
                is of other languages.
            DataError: a dictionary cannot be read.
        """
        parallel = parallel_rows(examples, config.language)
        chosen = config.into or tuple(parallel)
        missing = [into for into in chosen if into not in parallel]
        if missing or not chosen:
            raise RecipeError(
                f"parallel_switch found no training rows in {', '.join(missing) or 'any language'} of the ids of those "
                f"in {config.language!r}."
            )
        dictionaries: list[tuple[str, Dictionary]] = []
        spoken = {name for language in (config.language, *chosen) for name in (language, without_region(language))}
        for name in config.dictionaries:
            source, target = languages(folder / name, spoken)
            if not is_in(config.language, source):
                raise RecipeError(
                    f"augmentation.dictionaries: {name} holds words of {source!r}, and parallel_switch switches "
                    f"those of {config.language!r}."
                )
            if not any(is_in(into, target) for into in chosen):
                raise RecipeError(
                    f"augmentation.dictionaries: {name} translates into {target!r}, and parallel_switch switches into "
                    f"{', '.join(chosen)}."
                )
            dictionaries.append((target, read_dictionary(folder / name)))
        found = {into: lexicon(parallel[into]) for into in dict.fromkeys(chosen)}
        orders = {into: WordOrder(parallel[into], own) for into, own in found.items() if config.order_share}
        known = {
            into: _merged([own, *(given for target, given in dictionaries if is_in(into, target))])
            for into, own in found.items()
        }

        def switch(example: Example, rng: np.random.Generator) -> Example:
            if not is_in(example.language, config.language):
                return example
            into = chosen[rng.integers(len(chosen))]
            translations = known[into]
            if orders and rng.random() < config.order_share:
                example = orders[into].arranged(example, translations)

            def draw(text: str, span: Span, rng: np.random.Generator) -> str | None:
                own = translations.get(normalize(text[slice(*span)]))
                return own[rng.integers(len(own))] if own else None

            return replace_words(example, config.word_share, draw, rng)

        return switch

    def files(self, config: ParallelSwitchConfig) -> Sequence[str]:
        """The dictionaries."""
        return config.dictionaries


def parallel_rows(examples: Iterable[Example], language: str) -> dict[str, list[tuple[Example, Example]]]:
    """By language, the rows of `language` with those of the same id."""
    own: dict[str, Example] = {}
    others: list[Example] = []
    for example in examples:
        if example.id and is_in(example.language, language):
            own.setdefault(example.id, example)
        elif example.id and example.language:
            others.append(example)
    found: defaultdict[str, list[tuple[Example, Example]]] = defaultdict(list)
    for other in others:
        if other.id in own:
            found[other.language].append((own[other.id], other))
    return dict(found)


def _merged(dictionaries: Iterable[Dictionary]) -> Dictionary:
    """Of each word what the first that has it says."""
    merged: Dictionary = {}
    for dictionary in dictionaries:
        merged = dictionary | merged
    return merged
