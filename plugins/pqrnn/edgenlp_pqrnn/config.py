"""The settings of the pQRNN encoder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from edgenlp.interfaces import check_setting
from edgenlp_pqrnn.projection import MAX_NGRAM_LENGTHS

SHAPE_FEATURES: Final = 10
"""How many features describe a token's case, kind and length."""
MAX_FEATURES: Final = 4096
MAX_NGRAM: Final = 48
"""More than devices read (docs/text-spec.md, Features of pQRNN)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PQRNNConfig:
    """Settings of the pQRNN encoder.

    Raises:
        RecipeError: a setting is out of range; the message names it.

    Attributes:
        segmentation: `unicode` cuts by script, `whitespace` takes words as they are given.
        word_features: ternary features of the whole token, a multiple of 4; 0 for none.
        ngram_features: features of the token's character n-grams, a multiple of 8; 0 for none.
        ngram_min: the shortest n-gram, in code points; a mark at each end of the token counts as one.
        ngram_max: the longest n-gram; at most 5 lengths.
        ngram_mode: `sum` keeps how far the n-grams agree on a feature, `sign` (SimHash) only which side has more.
        shape_features: whether case, kind and length of the token as written are features.
        bottleneck: width of the dense layer on the features.
        state_size: cells of a QRNN layer in each direction.
        layers: of the QRNN stack.
        input_dropout: share of the bottleneck's outputs that training zeroes.
        hidden_dropout: share of the outputs of every QRNN layer but the last.
        output_dropout: share of the last one's.
        zoneout: share of the first layer's cells that a training step carries on as they are; a deeper layer has this
            to the power of its number.
        word_dropout: share of tokens whose whole-word features training hides, so that their n-grams must carry.
        token_dropout: share of tokens that training hides wholly.
        quantization_aware: whether training feels what `export --quantize int8` makes of weights and values.
        training_dtype: of the matrix products in training; bfloat16 is faster on processors that have it.
    """

    segmentation: Literal["unicode", "whitespace"] = "unicode"
    word_features: int = 256
    ngram_features: int = 512
    ngram_min: int = 1
    ngram_max: int = 4
    ngram_mode: Literal["sum", "sign"] = "sum"
    shape_features: bool = True

    bottleneck: int = 256
    state_size: int = 128
    layers: int = 3
    input_dropout: float = 0.1
    hidden_dropout: float = 0.3
    output_dropout: float = 0.3
    zoneout: float = 0.0
    word_dropout: float = 0.2
    token_dropout: float = 0.03
    quantization_aware: bool = False
    training_dtype: Literal["float32", "bfloat16"] = "bfloat16"

    def __post_init__(self) -> None:
        check = partial(check_setting, "encoder", self)
        check("segmentation", self.segmentation in ("unicode", "whitespace"), "unicode or whitespace")
        for name, step in (("word_features", 4), ("ngram_features", 8)):
            count = getattr(self, name)
            right = isinstance(count, int) and 0 <= count <= MAX_FEATURES and count % step == 0
            check(name, right, f"a multiple of {step}, at most {MAX_FEATURES}")
        check("word_features", self.word_features + self.ngram_features > 0, "above 0 where ngram_features is 0")
        check("ngram_min", 1 <= self.ngram_min <= MAX_NGRAM, f"from 1 to {MAX_NGRAM}")
        longest = min(self.ngram_min + MAX_NGRAM_LENGTHS - 1, MAX_NGRAM)
        check("ngram_max", self.ngram_min <= self.ngram_max <= longest, f"from ngram_min to {longest}")
        check("ngram_mode", self.ngram_mode in ("sum", "sign"), "sum or sign")
        for name in ("bottleneck", "state_size", "layers"):
            check(name, getattr(self, name) >= 1, "at least 1")
        for name in ("input_dropout", "hidden_dropout", "output_dropout", "zoneout", "word_dropout", "token_dropout"):
            check(name, 0 <= getattr(self, name) < 1, "from 0 to below 1")
        check("training_dtype", self.training_dtype in ("float32", "bfloat16"), "float32 or bfloat16")

    @property
    def features(self) -> int:
        """How many features a token has: those of the word, of its n-grams, of its shape, in this order."""
        return self.word_features + self.ngram_features + SHAPE_FEATURES * self.shape_features
