"""Settings, as a recipe gives them under `[[augmentation]]`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from edgenlp.interfaces import check_setting


@dataclass(frozen=True)
class CharacterNoiseConfig:
    """Settings of the character noise.

    Attributes:
        rate: share of a text's characters that are changed; a character is a base with all its marks.
    """

    rate: float = 0.05

    def __post_init__(self) -> None:
        check_setting("augmentation", self, "rate", 0 <= self.rate <= 1, "from 0 to 1")


@dataclass(frozen=True)
class CodeSwitchConfig:
    """Settings of code-switching.

    Attributes:
        dictionaries: files `SOURCE-TARGET.txt`, such as `en-de.txt`: on each line a word, and a translation behind
            a TAB or a space. Paths start where the recipe's others do.
        word_share: share of the words that a translation is looked up for.
    """

    dictionaries: tuple[str, ...] = ()
    word_share: float = 0.3

    def __post_init__(self) -> None:
        check_setting("augmentation", self, "word_share", 0 <= self.word_share <= 1, "from 0 to 1")


@dataclass(frozen=True)
class ParallelSwitchConfig:
    """Settings of code-switching by parallel rows.

    Attributes:
        language: whose rows are switched.
        into: languages, one of which is drawn for a row; all that have rows of the same ids where none is named.
        dictionaries: files as those of code-switching, for words that the rows do not have.
        word_share: share of the words that a translation is looked up for.
        order_share: share of the rows with trees that take the other language's word order, too.
    """

    language: str = "en"
    into: tuple[str, ...] = ()
    dictionaries: tuple[str, ...] = ()
    word_share: float = 0.9
    order_share: float = 0.0

    def __post_init__(self) -> None:
        for share in ("word_share", "order_share"):
            check_setting("augmentation", self, share, 0 <= getattr(self, share) <= 1, "from 0 to 1")


@dataclass(frozen=True)
class MaskedReplacementConfig:
    """Settings of the replacement by a masked language model.

    Attributes:
        teacher: `name` of a teacher that offers `vocabulary_logits`, and its settings.
        suggestions: the file in which what it suggested is kept; its path starts where the recipe's others do.
        candidates: how many words may stand in a word's place.
        word_share: share of the words that are replaced.
    """

    teacher: dict[str, Any] = field(default_factory=dict)
    suggestions: str = ""
    candidates: int = 8
    word_share: float = 0.2

    def __post_init__(self) -> None:
        check_setting("augmentation", self, "word_share", 0 <= self.word_share <= 1, "from 0 to 1")
        check_setting("augmentation", self, "candidates", self.candidates >= 1, "at least 1")


@dataclass(frozen=True)
class EmbeddingReplacementConfig:
    """Settings of the replacement by words of similar embedding.

    Attributes:
        teacher: `name` of a teacher that offers `sentence_embedding`, and its settings.
        candidates: how many words may stand in a word's place.
        word_share: share of the words that are replaced.
    """

    teacher: dict[str, Any] = field(default_factory=dict)
    candidates: int = 8
    word_share: float = 0.2

    def __post_init__(self) -> None:
        check_setting("augmentation", self, "word_share", 0 <= self.word_share <= 1, "from 0 to 1")
        check_setting("augmentation", self, "candidates", self.candidates >= 1, "at least 1")
