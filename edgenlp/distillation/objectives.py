"""The objectives of the core: gold answers or hidden words, a teacher's logits, a teacher's sentence embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from edgenlp.interfaces import Objective, check_setting

if TYPE_CHECKING:
    import keras

_LEAST, _MOST = 0.001, 1000
"""Beyond these, logits that are divided or multiplied are no numbers any more, or all alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSettings:
    """An objective without settings of its own."""


class HardLabels(Objective):
    """The head's own loss against the gold answers."""

    name: ClassVar[str] = "hard_labels"
    Config: ClassVar[type[Any]] = NoSettings

    def network(self, config: NoSettings, widths: Mapping[str, Sequence[int]]) -> keras.layers.Layer:  # noqa: ARG002
        """The loss as a layer."""
        from edgenlp.distillation.losses import HardLoss

        return HardLoss()


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftLabelsConfig:
    """Settings of `soft_labels` and `soft_words`.

    Attributes:
        temperature: T, that teacher's and student's logits are divided by (Hinton et al. 2015).
        logit_scale: what the teacher's logits are multiplied by before, to sharpen them (above 1) or flatten them.

    Raises:
        RecipeError: one of them is out of range.
    """

    temperature: float = 1.0
    logit_scale: float = 1.0

    def __post_init__(self) -> None:
        for name in ("temperature", "logit_scale"):
            right = _LEAST <= getattr(self, name) <= _MOST
            check_setting("distillation.objective", self, name, right, f"from {_LEAST} to {_MOST}")


class SoftLabels(Objective):
    """T^2 KL(teacher / T || student / T) over every output of the head, per text and per token.

    Source: Kaliamoorthi et al. 2021 (pQRNN) for trees, with logit scaling; Hinton et al. 2015 for T^2. Of several
    teachers it is the mean.
    """

    name: ClassVar[str] = "soft_labels"
    Config: ClassVar[type[Any]] = SoftLabelsConfig
    wants: ClassVar[frozenset[str]] = frozenset({"task_logits", "token_logits"})

    def network(self, config: SoftLabelsConfig, widths: Mapping[str, Sequence[int]]) -> keras.layers.Layer:  # noqa: ARG002
        """The loss as a layer."""
        from edgenlp.distillation.losses import SoftLoss

        return SoftLoss(config.temperature, config.logit_scale)


class SentenceEmbedding(Objective):
    """1 - cosine between the teacher's sentence embedding and a learnt projection of the student's pooled vector.

    Of several teachers it is the mean, each with a projection of its own: their spaces have nothing in common. The
    projections are left behind when training ends. Ours; after Reimers and Gurevych 2020, who match by squared error.
    """

    name: ClassVar[str] = "sentence_embedding"
    Config: ClassVar[type[Any]] = NoSettings
    wants: ClassVar[frozenset[str]] = frozenset({"sentence_embedding"})
    lessons: ClassVar[frozenset[str]] = frozenset({"answers", "words"})

    def network(self, config: NoSettings, widths: Mapping[str, Sequence[int]]) -> keras.layers.Layer:  # noqa: ARG002
        """The loss as a layer, with the projection."""
        from edgenlp.distillation.losses import EmbeddingLoss

        (width,) = widths["pooled"]
        return EmbeddingLoss(width, widths["sentence_embedding"])


class WordPrediction(Objective):
    """Cross entropy of hidden words (Devlin et al. 2019, section 3.1)."""

    name: ClassVar[str] = "word_prediction"
    Config: ClassVar[type[Any]] = NoSettings
    lessons: ClassVar[frozenset[str]] = frozenset({"words"})

    def network(self, config: NoSettings, widths: Mapping[str, Sequence[int]]) -> keras.layers.Layer:  # noqa: ARG002
        """The loss as a layer."""
        from edgenlp.distillation.losses import WordLoss

        return WordLoss()


class SoftWords(Objective):
    """T^2 KL(teacher / T || student / T) over all words, hidden or not, estimated from those that are scored.

    The teacher's distribution is that over its 64 most probable pieces, the student's that over the whole vocabulary:
    what the teacher holds improbable is learnt to be so. It has read the text with nothing hidden.

    Source: Galke et al. 2022 (general distillation), after Sanh et al. 2019 (DistilBERT). Of several teachers it is the
    mean.
    """

    name: ClassVar[str] = "soft_words"
    Config: ClassVar[type[Any]] = SoftLabelsConfig
    wants: ClassVar[frozenset[str]] = frozenset({"vocabulary_logits"})
    lessons: ClassVar[frozenset[str]] = frozenset({"words"})

    def network(self, config: SoftLabelsConfig, widths: Mapping[str, Sequence[int]]) -> keras.layers.Layer:  # noqa: ARG002
        """The loss as a layer."""
        from edgenlp.distillation.losses import SoftWordLoss

        return SoftWordLoss(config.temperature, config.logit_scale)


OBJECTIVES = (HardLabels(), SoftLabels(), SentenceEmbedding(), WordPrediction(), SoftWords())
