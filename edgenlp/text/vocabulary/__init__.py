"""Text to the pieces of a fixed vocabulary: WordPiece as in BERT, and unigram (docs/text-spec.md, Vocabularies)."""

from edgenlp.text.vocabulary.asset import read_vocabulary, unigram_asset, wordpiece_asset
from edgenlp.text.vocabulary.unigram import Unigram
from edgenlp.text.vocabulary.vocabulary import MASK, PADDING, UNKNOWN, Pieces, Vocabulary
from edgenlp.text.vocabulary.wordpiece import WordPiece

__all__ = [
    "MASK",
    "PADDING",
    "UNKNOWN",
    "Pieces",
    "Unigram",
    "Vocabulary",
    "WordPiece",
    "read_vocabulary",
    "unigram_asset",
    "wordpiece_asset",
]
