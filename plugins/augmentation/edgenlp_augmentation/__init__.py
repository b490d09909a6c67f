"""Augmentations for edgenlp: noisy characters, words of other languages, and words that a teacher would say instead."""

from __future__ import annotations

from edgenlp.interfaces import Augmentation
from edgenlp.plugins import hookimpl


@hookimpl
def edgenlp_augmentations() -> list[Augmentation]:
    """`character_noise`, `code_switch`, `parallel_switch`, `masked_replacement` and `embedding_replacement`."""
    from edgenlp_augmentation.character_noise import CharacterNoise
    from edgenlp_augmentation.code_switch import CodeSwitch
    from edgenlp_augmentation.embedding_replacement import EmbeddingReplacement
    from edgenlp_augmentation.masked_replacement import MaskedReplacement
    from edgenlp_augmentation.parallel_switch import ParallelSwitch

    return [CharacterNoise(), CodeSwitch(), ParallelSwitch(), MaskedReplacement(), EmbeddingReplacement()]
