"""The task-head contract: one name, two halves.

The *decoder* turns logits into a prediction on every device: pure, no TensorFlow.
The *network* half holds the layers and the losses, in the workshop.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edgenlp.errors import DataError
from edgenlp.interfaces.encoder import Arrays, Assets
from edgenlp.interfaces.types import Example, Node, Prediction, Span, Tokens

if TYPE_CHECKING:
    import keras


def of_another_task(example: Example, wanted: str) -> DataError:
    """What a head raises where an example's gold answer is not one of its kind.

    Args:
        example: whose answer it is.
        wanted: the kind, such as "a label".
    """
    answer = "a tree for an answer" if isinstance(example.target, Node) else f"the answer {example.target!r}"
    return DataError(
        f"the example {example.text!r} has {answer}, which is not {wanted}: these are data of another task."
    )


def check_label(label: str) -> None:
    """Raise where no file of a model could hold a label.

    Raises:
        DataError: it holds a lone surrogate, which is no UTF-8.
    """
    try:
        label.encode()
    except UnicodeEncodeError:
        raise DataError(
            f"the label {label!r} holds half a character, a lone surrogate: write it whole in the data."
        ) from None


class Decoder(ABC):
    """Device-side half of a head: logits to a prediction. Pure and deterministic."""

    @abstractmethod
    def decode(self, outputs: Mapping[str, NDArray[Any]], tokens: Sequence[Tokens]) -> Prediction:
        """The best prediction.

        Args:
            outputs: the graph's float32 outputs by name, each without the batch dimension; those over tokens
                may be longer than the text (padding).
            tokens: of the one text, or of both texts of a pair.
        """


class TaskHead(ABC):
    """A task. Register one instance through the hook `edgenlp_task_heads`.

    Attributes:
        name: what recipes and manifests call it.
        sequences: 1 or 2, the number of texts that an input holds.
        Config: a frozen dataclass of its settings, like an encoder's.
    """

    name: ClassVar[str]
    sequences: ClassVar[int] = 1
    Config: ClassVar[type[Any]]

    @abstractmethod
    def fit(self, examples: Sequence[Example], config: Any) -> dict[str, bytes]:
        """Associated files that describe the task's labels, from the training examples.

        Raises:
            DataError: the examples are not of this task.
        """

    @abstractmethod
    def decoder(self, config: Any, assets: Assets) -> Decoder:
        """The device-side half. Must import no TensorFlow."""

    @abstractmethod
    def targets(self, example: Example, tokens: Sequence[Tokens], config: Any, assets: Assets) -> Arrays | None:
        """The gold answer as arrays for the loss; a per-token array has the tokens' length, and is padded with 0.

        Returns None where the example cannot be expressed and is to be left out of training.
        """

    @abstractmethod
    def network(self, config: Any, assets: Assets) -> keras.layers.Layer:
        """The workshop half: a Keras layer with three methods.

        - `call(encoded, training)`: takes one encoder result (or two, for a pair that the encoder does not read
          together) and returns a dict of logits;
        - `loss(logits, targets, encoded)`: float32 [batch], the loss of each example against its gold answer;
        - `distillation_loss(logits, taught, encoded, divergence)`: the same against a teacher. `taught` holds
          `task_logits` and `token_logits` as far as the teacher has them, and `divergence(teacher, student)` says
          how far logits [..., labels] are apart, float32 [...].
        """

    @abstractmethod
    def primary_metric(self, config: Any) -> str:
        """The metric of `evaluate` (higher is better) that selects checkpoints and gates quantization."""

    @abstractmethod
    def evaluate(self, examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, float]:
        """The task's metrics, each at most 1: a fraction, or a correlation from -1 on.

        Raises:
            DataError: gold labels are not of this task.
        """

    def labels(self, assets: Assets, what: str = "task_logits") -> list[str]:  # noqa: ARG002
        """The labels in the order of the logits of a whole text (or `token_logits`); none by default.

        They stand in TFLite Metadata, and a teacher's must be the same.
        """
        return []

    def align(self, token_logits: NDArray[Any], spans: NDArray[Any], tokens: Tokens, assets: Assets) -> NDArray[Any]:  # noqa: ARG002
        """A teacher's logits of its own tokens as logits of a student's tokens.

        By default a student's token has those of the teacher's token that it overlaps most.

        Args:
            token_logits: [teacher's tokens, labels].
            spans: int32 [teacher's tokens, 2], ascending.
            tokens: the student's.
            assets: of this head.

        Returns:
            [student's tokens, labels]; zeros (nothing is known) where no teacher's token is.
        """
        if not len(spans):
            return np.zeros((len(tokens), token_logits.shape[1]), token_logits.dtype)
        chosen = most_overlapping(spans, tokens.spans)
        return np.where((chosen >= 0)[:, None], token_logits[chosen], np.zeros((), token_logits.dtype))


def most_overlapping(spans: NDArray[Any], others: Sequence[Span]) -> NDArray[Any]:
    """For each of `others` the place of the one of `spans` that it overlaps most, the first of equals; else -1.

    Args:
        spans: int32 [n, 2], ascending.
        others: the same for other tokens of the same text.

    Returns:
        int64 [len(others)].
    """
    theirs = np.asarray(others, np.int64).reshape(-1, 2)
    if not len(spans):
        return np.full(len(theirs), -1)
    overlap = np.minimum(theirs[:, None, 1], spans[None, :, 1]) - np.maximum(theirs[:, None, 0], spans[None, :, 0])
    best = overlap.argmax(1)
    return np.where(overlap.max(1) > 0, best, -1)
