"""The task-head contract: one name, two halves.

The *decoder* turns logits into a prediction on every device: pure, no TensorFlow.
The *network* half holds the layers and the losses, in the workshop.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from edgenlp.interfaces.encoder import Arrays, Assets
from edgenlp.interfaces.types import Example, Prediction, Tokens

if TYPE_CHECKING:
    import keras


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
        primary_metric: the metric (higher is better) that selects checkpoints and gates quantization.
    """

    name: ClassVar[str]
    sequences: ClassVar[int] = 1
    Config: ClassVar[type[Any]]
    primary_metric: ClassVar[str]

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
        """The workshop half: a Keras layer with two methods.

        - `call(encoded, training)`: takes one encoder result (or two, for pairs) and returns a dict of logits;
        - `loss(logits, targets, encoded)`: float32 [batch], the loss of each example.
        """

    @abstractmethod
    def evaluate(self, examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, float]:
        """The task's metrics, each a fraction of 1.

        Raises:
            DataError: gold labels are not of this task.
        """

    def labels(self, assets: Assets) -> list[str]:  # noqa: ARG002
        """The labels in the order of the first classification output, for TFLite Metadata; none by default."""
        return []
