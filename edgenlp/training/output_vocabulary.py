"""What may stand at a hidden place of raw text: a piece of the encoder's vocabulary, or a frequent word."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Example, Featurizer, PieceTokens, SpelledTokens, Text, Tokens, parts
from edgenlp.text import normalize
from edgenlp.text.vocabulary import MASK, UNKNOWN, Vocabulary

if TYPE_CHECKING:
    from edgenlp.training.run import Run

Ids = NDArray[np.int32]


class OutputVocabulary(ABC):
    """The classes of word prediction, and how an encoder is shown one in another's place.

    Attributes:
        pieces: all of them, by id.
        unknown: the id of what is none of them: it is not asked for.
        mask: the id of what hides.
        ordinary: ids of those that may stand in a text.
        remedy: what to do about a teacher of words that has another one.
    """

    pieces: Sequence[str]
    unknown: int
    mask: int
    ordinary: NDArray[Any]
    remedy: ClassVar[str]

    @abstractmethod
    def tokenize(self, text: str, limit: int) -> Tokens:
        """At most `limit` tokens, each of which is one class."""

    @abstractmethod
    def ids(self, tokens: Tokens) -> Ids:
        """The classes of tokens, [tokens]."""

    @abstractmethod
    def show(self, tokens: Tokens, own: Ids, ids: Ids) -> Tokens:
        """The tokens with the classes `ids` in their places; a place that keeps its own class keeps its token."""

    def rows(self, text: Text, limit: int) -> Iterator[Tokens]:
        """A line as rows of at most `limit` tokens, cut at spaces where there are any."""
        for rest in parts(text):
            while (tokens := self.tokenize(rest, limit)).truncated:
                end = max(1, tokens.spans[-1][1])
                space = rest.rfind(" ", 0, end + 1)
                cut = space if space > end // 2 else end
                yield self.tokenize(rest[:cut], limit)
                rest = rest[cut:].lstrip()
            if tokens:
                yield tokens


class EncoderPieces(OutputVocabulary):
    """The pieces that the encoder reads.

    Args:
        featurizer: the encoder's.
        vocabulary: the featurizer's, with a piece that hides.
    """

    remedy: ClassVar[str] = "name the teacher's folder as encoder.vocabulary_file"

    def __init__(self, featurizer: Featurizer, vocabulary: Vocabulary) -> None:
        assert vocabulary.mask is not None
        self.pieces, self.unknown, self.mask = vocabulary.pieces, vocabulary.unknown, vocabulary.mask
        self.ordinary = np.setdiff1d(np.arange(len(self.pieces)), [vocabulary.padding, self.unknown, self.mask])
        self._featurizer = featurizer

    def tokenize(self, text: str, limit: int) -> PieceTokens:
        """The text's pieces."""
        return self._featurizer.pieces(text, limit)

    def ids(self, tokens: Tokens) -> Ids:
        """The pieces' ids."""
        assert isinstance(tokens, PieceTokens)
        return np.array(tokens.ids, np.int32)

    def show(self, tokens: Tokens, own: Ids, ids: Ids) -> PieceTokens:  # noqa: ARG002
        """The tokens with other ids."""
        assert isinstance(tokens, PieceTokens)
        return replace(tokens, ids=ids)


class FrequentWords(OutputVocabulary):
    """The most frequent words of a text, for an encoder that reads how words are spelled.

    Spellings that normalize alike are one word.

    Args:
        featurizer: the encoder's.
        texts: whose words are counted.
        size: the most words.
    """

    remedy: ClassVar[str] = "it reads spelling and can have no teacher's pieces, so leave out the objective soft_words"

    def __init__(self, featurizer: Featurizer, texts: Iterable[Text], size: int) -> None:
        self._featurizer = featurizer
        spelled = Counter(chain.from_iterable(self.tokenize(part, len(part)) for text in texts for part in parts(text)))
        counted: Counter[str] = Counter()
        for word, count in spelled.items():
            counted[normalize(word)] += count
        # words as frequent as each other come in the order of their letters, whatever order the text has
        words = sorted(counted, key=lambda word: (-counted[word], word))[:size]
        self.pieces = (UNKNOWN, MASK, *words)
        self.unknown, self.mask = 0, 1
        self.ordinary = np.arange(2, len(self.pieces))
        known = {word: number for number, word in enumerate(self.pieces)}
        self._id = cache(lambda word: known.get(normalize(word), self.unknown))

    def tokenize(self, text: str, limit: int) -> Tokens:
        """The text's words."""
        return self._featurizer.tokenize(text, limit)

    def ids(self, tokens: Tokens) -> Ids:
        """The words' places among the frequent ones."""
        return np.fromiter(map(self._id, tokens), np.int32, len(tokens))

    def show(self, tokens: Tokens, own: Ids, ids: Ids) -> SpelledTokens:
        """The text with other words."""
        words = [
            word if known == shown else self.pieces[shown] for word, known, shown in zip(tokens, own, ids, strict=True)
        ]
        return SpelledTokens(tokens.text, tokens.spans, tokens.truncated, words)


def output_vocabulary(run: Run, examples: Sequence[Example]) -> OutputVocabulary:
    """What a run's encoder is asked for.

    Args:
        run: its recipe and its encoder.
        examples: the training text, whose words are counted for an encoder without a vocabulary.

    Raises:
        RecipeError: nothing can be hidden from the encoder.
        DataError: the text has no words.
    """
    featurizer, recipe = run.featurizer(), run.recipe
    assert recipe.pretraining is not None
    vocabulary = featurizer.vocabulary
    if vocabulary is not None and vocabulary.mask is not None:
        return EncoderPieces(featurizer, vocabulary)
    if vocabulary is None and featurizer.reads_spelling:
        found = FrequentWords(featurizer, (example.text for example in examples), recipe.pretraining.words)
        if not len(found.ordinary):
            raise DataError(f"the {len(examples)} training lines have no words to learn")
        return found
    what = "reads no pieces of a vocabulary" if vocabulary is None else f"has a vocabulary without {MASK}"
    raise RecipeError(
        f"the encoder {recipe.encoder['name']!r} {what}: none can be hidden from it, so word prediction cannot train it"
    )
