"""Where the subwords of a sentencepiece model stand in a text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import Any

from keras_hub.tokenizers import SentencePieceTokenizer
from sentencepiece import SentencePieceProcessor

from edgenlp_keras_hub.featurizer import Locate


def sentence_pieces(tokenizer: Any) -> Locate | None:
    """A sentencepiece tokenizer of KerasHub's that also says where its subwords begin; None of other kinds."""
    if not isinstance(tokenizer, SentencePieceTokenizer):
        return None
    processor = SentencePieceProcessor(model_proto=tokenizer.proto)
    # models number their subwords in ways of their own, which the tokenizer knows
    number = cache(tokenizer.token_to_id)

    def locate(text: str) -> tuple[Sequence[int], Sequence[int]]:
        pieces = processor.encode(text, return_type="proto").pieces
        # places in the proto are of bytes
        begins = accumulate((len(piece.surface) for piece in pieces), initial=0)
        return [number(piece.piece) for piece in pieces], list(begins)[: len(pieces)]

    return locate
