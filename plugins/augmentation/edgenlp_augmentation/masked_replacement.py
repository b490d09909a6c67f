"""Augmentation by a masked language model: words give way to what it would say in their place.

It stands where the pQRNN paper paraphrases through a pivot language, which needs a translation model. As in TinyBERT
(Jiao et al., Findings of EMNLP 2020, algorithm 1) a word that is one piece of the model's vocabulary gives way to one
of the likeliest pieces in its place. The word is not masked: the model then suggests what is like it, not all that
fits, and reads each text once instead of once for each word.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from edgenlp.errors import RecipeError
from edgenlp.interfaces import Augment, Augmentation, Example, Span, parts
from edgenlp_augmentation.config import MaskedReplacementConfig
from edgenlp_augmentation.replacement import replace_words
from edgenlp_augmentation.suggestions import WHAT, Suggester
from edgenlp_augmentation.teachers import find_teacher


class MaskedReplacement(Augmentation):
    """Words give way to those that a teacher holds likely in their place.

    The teacher is asked about the training texts, once; a text that another augmentation has changed before has no
    suggestions and stays as it is, so let this one be the first in a recipe.
    """

    name: ClassVar[str] = "masked_replacement"
    Config: ClassVar[type[Any]] = MaskedReplacementConfig

    def fit(self, examples: Sequence[Example], config: MaskedReplacementConfig, folder: Path) -> Augment:
        """Ask the teacher about the texts that the file of suggestions lacks; any rows will do.

        Raises:
            RecipeError: the file or the teacher is not named.
            EdgeNLPError: the teacher does not predict words.
            DataError: the file is damaged, or of another teacher.
        """
        if not config.suggestions:
            raise RecipeError("masked_replacement needs augmentation.suggestions, a file to keep suggestions in.")
        teacher, teacher_config = find_teacher(self.name, config.teacher, WHAT)
        suggester = Suggester(teacher, teacher_config, config.candidates, folder / config.suggestions)
        suggestions = suggester([text for example in examples for text in parts(example.text)])

        def draw(text: str, span: Span, rng: np.random.Generator) -> str | None:
            others = suggestions.get(text, {}).get(span)
            return others[int(rng.integers(len(others)))] if others else None

        return lambda example, rng: replace_words(example, config.word_share, draw, rng)
