"""The objective contract: a part of what a student is trained for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import keras

Tensors = Mapping[str, Any]


LABELLED = "labelled"
"""Among the targets of a run with texts that nobody labelled: 1 for a row with a gold answer, else 0."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What an objective sees of a batch.

    Attributes:
        logits: what the student's head says, by name.
        encoded: what the student's encoder says (a tuple of two for a pair that it does not read together).
        targets: the gold answers, as the head's `targets` gives them, padded; in a run with texts that nobody labelled
            also `labelled`, float32 [batch], 0 for a row whose other targets mean nothing.
        taught: for each teacher what it said, float32, by name: `task_logits` [batch, labels], `token_logits`
            [batch, length, labels] on the student's own tokens, all 0 for one that the teacher has not read,
            `sentence_embedding` [batch, width].
        head: the head's network.

    In a lesson of words (`edgenlp pretrain`) some pieces are hidden from the encoder, and all is about the places at
    which the vocabulary is scored, those of all rows one after the other:

    - `logits`: `vocabulary` [places, vocabulary];
    - `targets`: `words` [places], the piece that stands there; `row` [places], whose it is; `hidden` [places], 1 where
      it is to be guessed and else 0; `stands_for` [places], of how many pieces it is a sample;
    - `taught`: `vocabulary_logits` [places, 64] and `vocabulary_ids`, int32 of the same shape, the likeliest pieces.
    """

    logits: Tensors
    encoded: Any
    targets: Tensors
    taught: Sequence[Tensors]
    head: Any


class Objective(ABC):
    """Something to learn from a batch. Register one instance through the hook `edgenlp_objectives`.

    Attributes:
        name: what recipes call it.
        Config: a frozen dataclass of its settings, like an encoder's.
        wants: what it takes from each teacher, as far as the teacher has it, one of these at least; nothing if it needs
            no teacher.
        lessons: of what it can learn: of a head's `answers`, of `words`, or of both.
    """

    name: ClassVar[str]
    Config: ClassVar[type[Any]]
    wants: ClassVar[frozenset[str]] = frozenset()
    lessons: ClassVar[frozenset[str]] = frozenset({"answers"})

    @abstractmethod
    def network(self, config: Any, widths: Mapping[str, Sequence[int]]) -> keras.layers.Layer:
        """A Keras layer with the method `loss(lesson)`: of a `Lesson`, the loss of each row, float32 [batch].

        Args:
            config: its settings.
            widths: one of the student's `pooled` vector, and of each thing that teachers say those of the teachers that
                say it, in their order; weights are to be made at once, for these.
        """
