"""The settings of the CMOW encoder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from edgenlp.interfaces import check_setting
from edgenlp.text.vocabulary.unigram import SIZES, SIZES_IN_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class CMOWConfig:
    """Settings of the CMOW encoder.

    Raises:
        RecipeError: a setting is out of range; the message names it.

    Attributes:
        vocabulary_file: a vocabulary that `edgenlp vocab` wrote, or the folder of a BERT-family model, from the working
            folder; where empty, a unigram vocabulary is trained on the training texts.
        vocabulary_size: pieces of the vocabulary that is trained.
        matrix_size: rows, and columns, of a token's matrices; 0 for vectors alone (CBOW).
        vector_size: numbers of a token's vector; 0 for matrices alone (CMOW).
        bidirectional: whether a token has a matrix for each direction.
        rank: of a matrix's difference from the identity, to which a diagonal is added; 0 for a full matrix.
        embedding_dropout: share of a distinct token's numbers that training zeroes: a matrix's come nearer to the
            identity by it.
        token_dropout: share of distinct tokens that training hides wholly.
    """

    vocabulary_file: str = ""
    vocabulary_size: int = 8_000
    matrix_size: int = 20
    vector_size: int = 400
    bidirectional: bool = True
    rank: int = 0
    embedding_dropout: float = 0.1
    token_dropout: float = 0.0

    def __post_init__(self) -> None:
        check = partial(check_setting, "encoder", self)
        check("vocabulary_size", self.vocabulary_size in SIZES, SIZES_IN_WORDS)
        for name in ("matrix_size", "vector_size", "rank"):
            check(name, getattr(self, name) >= 0, "at least 0")
        check("vector_size", self.vector_size + self.matrix_size > 0, "above 0 where matrix_size is 0")
        check("rank", 2 * self.rank < max(1, self.matrix_size), "below half of matrix_size")
        for name in ("embedding_dropout", "token_dropout"):
            check(name, 0 <= getattr(self, name) < 1, "from 0 to below 1")

    @property
    def directions(self) -> int:
        """How many matrices a token has."""
        return (1 + self.bidirectional) * (self.matrix_size > 0)

    @property
    def widths(self) -> tuple[int, ...]:
        """How many numbers a token's row has for its vector and its forward and backward matrices, if it has them."""
        size = self.matrix_size
        matrix = (2 * self.rank + 1) * size if self.rank else size**2
        return (*[self.vector_size] * (self.vector_size > 0), *[matrix] * self.directions)
