"""Where the subwords of a sentencepiece model stand in a text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import Any

from keras_hub.tokenizers import SentencePieceTokenizer
from sentencepiece import SentencePieceProcessor

from edgenlp_keras_hub.featurizer import Locate


def cuts_texts(tokenizer: Any) -> bool:
    """Whether a tokenizer of KerasHub's is a sentencepiece model, which cuts whole texts and knows where."""
    return isinstance(tokenizer, SentencePieceTokenizer)


def sentence_pieces(tokenizer: Any) -> Locate:
    """A tokenizer that `cuts_texts`, saying of each subword where it begins."""
    processor = SentencePieceProcessor(model_proto=tokenizer.proto)
    # models number their subwords in ways of their own, which the tokenizer knows
    number = cache(lambda piece: tokenizer.token_to_id(processor.id_to_piece(piece)))

    def locate(text: str) -> tuple[Sequence[int], Sequence[int]]:
        pieces = processor.encode(text, return_type="proto").pieces
        if not pieces:
            return [], []
        # places in the proto are of bytes; what is dropped before the first subword belongs to none
        dropped = len(text.encode()[: pieces[0].begin].decode())
        begins = accumulate((len(piece.surface) for piece in pieces), initial=dropped)
        return [number(piece.id) for piece in pieces], list(begins)[: len(pieces)]

    return locate
