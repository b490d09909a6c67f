"""Augmentation by neighbours: words give way to the training texts' words of the nearest embeddings.

TinyBERT (Jiao et al., Findings of EMNLP 2020, algorithm 1) does so with words that its language model cuts into pieces,
by GloVe vectors; here the vectors are a teacher's, of each word as a text of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from edgenlp.data.edits import words
from edgenlp.evaluation.progress import Progress
from edgenlp.interfaces import Augment, Augmentation, Example, Span, Teacher, parts
from edgenlp.text import normalize
from edgenlp_augmentation.config import EmbeddingReplacementConfig
from edgenlp_augmentation.replacement import replace_words
from edgenlp_augmentation.spelling import spellings
from edgenlp_augmentation.suggestions import is_word
from edgenlp_augmentation.teachers import find_teacher

WHAT: Final = "sentence_embedding"
ROWS: Final = 1024
"""Words that are compared with all others at once."""


class EmbeddingReplacement(Augmentation):
    """Words give way to words of the training texts that a teacher holds alike, whatever stands around them."""

    name: ClassVar[str] = "embedding_replacement"
    Config: ClassVar[type[Any]] = EmbeddingReplacementConfig

    def fit(self, examples: Sequence[Example], config: EmbeddingReplacementConfig, folder: Path) -> Augment:  # noqa: ARG002
        """Ask the teacher for the embedding of every word of the rows; any rows will do.

        Raises:
            RecipeError: the teacher is not named.
            EdgeNLPError: it does not embed sentences.
        """
        teacher, teacher_config = find_teacher(self.name, config.teacher, WHAT)
        vocabulary = _vocabulary(examples)
        written = list(vocabulary.values())
        near = (
            nearest(embed(written, teacher, teacher_config), config.candidates)
            if written
            else np.zeros((0, 0), np.int64)
        )
        numbers = {word: number for number, word in enumerate(vocabulary)}

        def draw(text: str, span: Span, rng: np.random.Generator) -> str | None:
            number = numbers.get(normalize(text[slice(*span)]))
            if number is None or not near.shape[1]:
                return None
            return written[int(near[number, rng.integers(near.shape[1])])]

        return lambda example, rng: replace_words(example, config.word_share, draw, rng)


def embed(texts: Sequence[str], teacher: Teacher, config: Any) -> NDArray[np.float32]:
    """A teacher's embedding of each text by itself.

    Returns:
        float32 [texts, width].
    """
    embeddings = []
    with Progress("embedding words", show=True) as progress:
        for answer in teacher.label(texts, [WHAT], config):
            embeddings.append(answer[WHAT])
            progress.advance()
    return np.array(embeddings, np.float32)


def unit(embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row at length 1; a row of zeros stays."""
    exact = embeddings.astype(np.float64)  # in which the squares of no float32 are lost
    lengths = np.linalg.norm(exact, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = (exact / np.where(lengths, lengths, 1)).astype(np.float32)
    return scaled


def nearest(embeddings: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """The rows of greatest cosine to each row, itself left out.

    Args:
        embeddings: float32 [words, width].
        count: how many for each.

    Returns:
        int64 [words, min(count, words - 1)], ascending: which of two is nearer may hang on a last bit.
    """
    scaled = unit(embeddings)
    count = min(count, len(scaled) - 1)
    near = np.zeros((len(scaled), count), np.int64)
    for start in range(0, len(scaled), ROWS):
        cosines = scaled[start : start + ROWS] @ scaled.T
        rows = np.arange(len(cosines))
        cosines[rows, start + rows] = -np.inf
        near[start : start + ROWS] = np.argpartition(-cosines, max(count - 1, 0), axis=1)[:, :count]
    near.sort(axis=1)
    return near


def _vocabulary(examples: Sequence[Example]) -> dict[str, str]:
    """The words of letters by their normalised forms, each as it is written most often."""
    found = spellings(
        text[slice(*span)]
        for example in examples
        for text in parts(example.text)
        for span in words(text, example.target)
    )
    return {word: found[word] for word in sorted(found) if is_word(word)}
