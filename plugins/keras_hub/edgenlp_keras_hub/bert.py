"""A small BERT of one's own, with fresh weights: `edgenlp pretrain` makes a teacher of it where none can be had."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from edgenlp.interfaces import Assets, Encoder, check_setting
from edgenlp.text.vocabulary import Unigram, Vocabulary, read_vocabulary
from edgenlp.text.vocabulary.unigram import SIZES, SIZES_IN_WORDS
from edgenlp_keras_hub.featurizer import SubwordFeaturizer, TextFeaturizer, WordFeaturizer

if TYPE_CHECKING:
    import keras

FILE: Final = "vocabulary"


@dataclass(frozen=True, slots=True, kw_only=True)
class BertConfig:
    """Settings of a BERT with fresh weights.

    Raises:
        RecipeError: a setting is out of range; the message names it.

    Attributes:
        vocabulary_file: a vocabulary that `edgenlp vocab` wrote, or the folder of a BERT-family model, from the working
            folder; where empty, a unigram vocabulary is trained on the training texts.
        vocabulary_size: pieces of the vocabulary that is trained.
        layers: of the transformer.
        width: of its vectors; that of its inner layers is four times as much.
        heads: of its attention; they share the width.
        window: positions, two of which are the marks of a text's beginning and end.
        dropout: share of activations that training zeroes throughout the model.
        max_pieces: subwords of a token that the model reads, of a unigram vocabulary on the average of a text's tokens;
            those after them are dropped.
        dtype: of activations and products; bfloat16 is faster on processors that have it. Weights are float32.
    """

    vocabulary_file: str = ""
    vocabulary_size: int = 32_000
    layers: int = 6
    width: int = 384
    heads: int = 6
    window: int = 130
    dropout: float = 0.1
    max_pieces: int = 8
    dtype: Literal["float32", "bfloat16"] = "bfloat16"

    def __post_init__(self) -> None:
        check = partial(check_setting, "encoder", self)
        for name in ("layers", "width", "heads", "max_pieces"):
            check(name, getattr(self, name) >= 1, "at least 1")
        check("vocabulary_size", self.vocabulary_size in SIZES, SIZES_IN_WORDS)
        check("window", self.window >= 3, "at least 3")
        check("width", self.width % self.heads == 0, f"a multiple of heads, which is {self.heads}")
        check("dropout", 0 <= self.dropout < 1, "from 0 to below 1")


class BertEncoder(Encoder):
    """BERT (Devlin et al. 2019) of any size, on any vocabulary of edgenlp's; with every task head, without export."""

    name: ClassVar[str] = "bert"
    on_device: ClassVar[bool] = False
    Config: ClassVar[type[Any]] = BertConfig

    def fit(self, texts: Sequence[str], config: BertConfig) -> dict[str, bytes]:
        """`vocabulary`: the one that the settings name, or a unigram vocabulary trained on the texts.

        Raises:
            DataError: the file is no vocabulary, or the texts are too few or too many for the size that is asked for.
        """
        from edgenlp.data.vocabulary import fitted_vocabulary

        return {FILE: fitted_vocabulary(texts, config.vocabulary_file, config.vocabulary_size)}

    def featurizer(self, config: BertConfig, assets: Assets) -> SubwordFeaturizer:
        """Tokens as students have them, or as many together as share a piece, and their subwords."""
        vocabulary = read_vocabulary(assets[FILE])
        marks = (*_marks(vocabulary), vocabulary.padding)

        def subwords(words: list[str]) -> list[list[int]]:
            return [vocabulary.tokenize(word, config.max_pieces).ids for word in words]

        def located(text: str) -> tuple[list[int], list[int]]:
            ids, spans, _ = vocabulary.tokenize(text, sys.maxsize)
            return ids, [start for start, _ in spans]

        # pieces of Thai or Japanese hold several tokens: cut one by one, they would not be what raw text taught
        if isinstance(vocabulary, Unigram):
            return TextFeaturizer(located, marks, config.max_pieces, config.window, vocabulary)
        return WordFeaturizer(subwords, marks, config.max_pieces, config.window, vocabulary)

    def network(self, config: BertConfig, assets: Assets) -> keras.layers.Layer:
        """The model with random weights."""
        from keras_hub.models import BertBackbone

        from edgenlp_keras_hub.network import PretrainedNetwork
        from edgenlp_keras_hub.pretrained import policy

        vocabulary = read_vocabulary(assets[FILE])
        backbone = BertBackbone(
            vocabulary_size=max(_marks(vocabulary)) + 1,
            num_layers=config.layers,
            num_heads=config.heads,
            hidden_dim=config.width,
            intermediate_dim=4 * config.width,
            dropout=config.dropout,
            max_sequence_length=config.window,
            dtype=policy(config.dtype),
        )
        return PretrainedNetwork(backbone, vocabulary.padding, config.window)


def _marks(vocabulary: Vocabulary) -> tuple[int, int]:
    """Ids of a text's beginning and end, which are no pieces: they come after them."""
    return len(vocabulary.pieces), len(vocabulary.pieces) + 1
