"""A pretrained model, loaded, and what it says about texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf
from keras_hub.tokenizers import WordPieceTokenizer
from numpy.typing import NDArray

from edgenlp.data.pretrained import read_pooling
from edgenlp.errors import RecipeError
from edgenlp.interfaces import Arrays
from edgenlp.text.vocabulary import MASK, WordPiece
from edgenlp_keras_hub import network, pretrained
from edgenlp_keras_hub.word_prediction import has_word_prediction, read_word_prediction

BATCH_SIZE: Final = 32
CHUNK: Final = 16 * BATCH_SIZE
"""Texts among which those of similar length are read together."""

POSITIONS_AT_ONCE: Final = 256
"""Whose words are predicted together: the table of all words is most of what is read for one text's few."""

SIGNATURE: Final = (tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32))
"""Padded rows of subwords, and how long each is."""

Subwords = tuple[list[int], list[tuple[int, int]]]
"""Numbers of a text's subwords, without marks, and where they stand in it."""


_Read = tuple[Subwords, NDArray[np.float32]]
"""A text's subwords and their hidden states, marks included."""


class PretrainedModel:
    """A model and all that it offers, loaded once.

    Args:
        folder: of the model.

    Attributes:
        tokenizer: KerasHub's.
        backbone: the whole network.
        body: the part of it that gives hidden states.
        vocabulary: the same subwords as the tokenizer, with their places in the text; None where it is not WordPiece.

    Raises:
        RecipeError: the model cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.tokenizer = pretrained.read_tokenizer(folder)
        self.backbone = pretrained.read_backbone(folder, load_weights=True)
        pretrained.check_vocabulary(folder, self.tokenizer, pretrained.rows(self.backbone))
        self.body = pretrained.hidden_states(self.backbone)
        self._pooling = read_pooling(folder)
        limit = self._pooling.limit if self._pooling else 0
        longest = self.backbone.max_sequence_length
        self._room = min(limit or longest, longest) - 2
        if self._room < 1:
            raise RecipeError(f"{folder} reads {self._room + 2} subwords at most, which leaves none beside the marks")
        # ours says where each subword stands; its numbers are the same, but of signs that KerasHub takes apart ("…")
        self.vocabulary = wordpiece(self.tokenizer)
        self._run = tf.function(lambda ids, count: network.run(self.body, ids, count), input_signature=SIGNATURE)
        self._predict: Callable[[NDArray[np.float32]], tf.Tensor] | None = None
        if self.vocabulary and has_word_prediction(folder):
            head = read_word_prediction(folder, self.backbone.hidden_dim, pretrained.rows(self.backbone))
            self._predict = tf.function(lambda hidden: head(hidden, self.embeddings), reduce_retracing=True)

    @property
    def embeddings(self) -> tf.Tensor:
        """The table of the subwords' vectors, float32 [vocabulary, width]."""
        return self.backbone.token_embedding.embeddings

    def answers(self, texts: Sequence[str], what: Collection[str]) -> Iterator[Arrays]:
        """What the model says about each text, as the teacher's contract has it.

        Args:
            texts: any number.
            what: some of what the model offers.
        """
        read = [self.subwords(text) for text in texts]
        pairs = zip(read, self.hidden_states([ids for ids, _ in read]), strict=True)
        for group in _groups(pairs):
            logits = self._words([hidden for _, hidden in group]) if "vocabulary_logits" in what else []
            for number, ((_, spans), hidden) in enumerate(group):
                answer: Arrays = {}
                if "sentence_embedding" in what and self._pooling:
                    answer["sentence_embedding"] = self._pooling(hidden)
                if logits:
                    answer["vocabulary_logits"] = logits[number]
                    answer["spans"] = np.array(spans, np.int32).reshape(-1, 2)
                yield answer

    def _words(self, states: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Of each text the logits of its subwords, float32 [subwords, vocabulary]; empty without a head for them."""
        if self._predict is None:
            return []
        within = [hidden[1:-1] for hidden in states]
        # the table may have rows behind the vocabulary's, to a round number
        logits = self._predict(np.concatenate(within)).numpy()[:, : self.tokenizer.vocabulary_size()]
        return np.split(logits, np.cumsum([len(part) for part in within[:-1]]))

    def subwords(self, text: str) -> Subwords:
        """The subwords of a text as the model cuts it; `[MASK]` is a subword that it is to guess.

        Positions in the text are empty for vocabularies other than WordPiece.
        """
        if self.vocabulary is None:
            return list(map(int, self.tokenizer([text.encode("utf-8", "replace").decode()])[0]))[: self._room], []
        ids: list[int] = []
        spans: list[tuple[int, int]] = []
        begin = 0
        for part in re.split(f"({re.escape(MASK)})", text):
            if part == MASK and self.vocabulary.mask is not None:
                ids.append(self.vocabulary.mask)
                spans.append((begin, begin + len(part)))
            else:
                pieces = self.vocabulary.tokenize(part, self._room)
                ids += pieces.ids
                spans += [(begin + start, begin + end) for start, end in pieces.spans]
            begin += len(part)
        return ids[: self._room], spans[: self._room]

    def hidden_states(self, texts: Sequence[list[int]]) -> Iterator[NDArray[np.float32]]:
        """The last layer's vectors of each text's subwords, float32 [subwords + 2, width], marks included."""
        pending = iter(texts)
        while chunk := list(islice(pending, CHUNK)):
            states: dict[int, NDArray[np.float32]] = {}
            order = sorted(range(len(chunk)), key=lambda number: len(chunk[number]))
            for start in range(0, len(order), BATCH_SIZE):
                numbers = order[start : start + BATCH_SIZE]
                rows = [self.marked(chunk[number]) for number in numbers]
                hidden = self._run(*self.padded(rows)).numpy()
                states |= {n: part[: len(row)] for n, part, row in zip(numbers, hidden, rows, strict=True)}
            yield from (states[number] for number in range(len(chunk)))

    def marked(self, ids: list[int]) -> list[int]:
        """Subwords between the marks of a text's beginning and end."""
        return [self.tokenizer.start_token_id, *ids, self.tokenizer.end_token_id]

    def padded(self, rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Rows as int32 [rows, positions], and their lengths, int32 [rows]."""
        count = np.array([len(row) for row in rows], np.int32)
        ids = np.full((len(rows), count.max()), self.tokenizer.pad_token_id, np.int32)
        for target, row in zip(ids, rows, strict=True):
            target[: len(row)] = row
        return ids, count


def _groups(read: Iterator[_Read]) -> Iterator[list[_Read]]:
    """Texts one after the other, as many together as there are positions at once."""
    group: list[_Read] = []
    positions = 0
    for text, hidden in read:
        group.append((text, hidden))
        positions += len(hidden)
        if positions >= POSITIONS_AT_ONCE:
            yield group
            group, positions = [], 0
    if group:
        yield group


def wordpiece(tokenizer: Any) -> WordPiece | None:
    """A WordPiece tokenizer of KerasHub's as a vocabulary that knows where its pieces stand; None of other kinds."""
    if not isinstance(tokenizer, WordPieceTokenizer):
        return None
    return WordPiece(list(tokenizer.get_vocabulary()), bool(tokenizer.lowercase))
