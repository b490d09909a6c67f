"""All augmentations keep to the contract, on trees, labels, numbers and pairs."""

from __future__ import annotations

from pathlib import Path

import pytest
from bigrams import EXAMPLES

from edgenlp.interfaces import Example, Node
from edgenlp.testing import AugmentationConformance
from edgenlp_augmentation.character_noise import CharacterNoise
from edgenlp_augmentation.code_switch import CodeSwitch
from edgenlp_augmentation.config import (
    CharacterNoiseConfig,
    CodeSwitchConfig,
    EmbeddingReplacementConfig,
    MaskedReplacementConfig,
    ParallelSwitchConfig,
)
from edgenlp_augmentation.embedding_replacement import EmbeddingReplacement
from edgenlp_augmentation.masked_replacement import MaskedReplacement
from edgenlp_augmentation.parallel_switch import ParallelSwitch

ROWS = (
    *EXAMPLES[:40],
    Example("Wake me up at 7", "alarm", "en", "1"),
    Example(("call my mom", "phone my mother"), 4.5, "en"),
    Example("क्या कल बारिश होगी", "weather", "hi"),
    Example("พรุ่งนี้ฝนจะตกไหม", "weather", "th"),
    Example("no word of this tree", Node("IN:A", children=(Node("SL:B"),)), aligned=False),
    Example("call mom's phone", Node("IN:A", children=(Node("SL:B", ((5, 8), (11, 16))), Node("SL:C", ((8, 10),))))),
)


class TestCharacterNoise(AugmentationConformance):
    augmentation = CharacterNoise()
    config = CharacterNoiseConfig(rate=0.3)
    examples = ROWS


class TestCodeSwitch(AugmentationConformance):
    augmentation = CodeSwitch()
    config = CodeSwitchConfig(dictionaries=("en-de.txt", "en-hi.txt"), word_share=0.9)
    examples = ROWS
    folder = Path(__file__).parent / "dictionaries"


class TestParallelSwitch(AugmentationConformance):
    augmentation = ParallelSwitch()
    config = ParallelSwitchConfig(order_share=0.5)
    examples = (*ROWS, Example("Snooze", "alarm", "en", "2"), Example("Schlummern", "alarm", "de", "2"))


@pytest.mark.usefixtures("bigrams")
class TestMaskedReplacement(AugmentationConformance):
    augmentation = MaskedReplacement()
    config = MaskedReplacementConfig({"name": "bigrams"}, "suggestions.jsonl", word_share=0.9)
    examples = ROWS

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        type(self).folder = tmp_path


@pytest.mark.usefixtures("bigrams")
class TestEmbeddingReplacement(AugmentationConformance):
    augmentation = EmbeddingReplacement()
    config = EmbeddingReplacementConfig({"name": "bigrams"}, word_share=0.9)
    examples = ROWS
