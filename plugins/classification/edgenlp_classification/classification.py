"""The heads `classification` and `pair_classification`: one label for a text, or for two."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from edgenlp.errors import DataError
from edgenlp.interfaces import (
    Arrays,
    Assets,
    Classification,
    Example,
    Prediction,
    TaskHead,
    Tokens,
    check_label,
    of_another_task,
)
from edgenlp_classification.config import ClassificationConfig
from edgenlp_classification.decoder import LabelDecoder
from edgenlp_classification.metrics import accuracy, f1, matthews

if TYPE_CHECKING:
    import keras

FILE: Final = "labels.txt"


class Classifier(TaskHead):
    """A label from the pooled vector."""

    name: ClassVar[str] = "classification"
    Config: ClassVar[type[Any]] = ClassificationConfig

    def fit(self, examples: Sequence[Example], config: ClassificationConfig) -> dict[str, bytes]:  # noqa: ARG002
        """`labels.txt`: a label a line, in code point order.

        Raises:
            DataError: a gold answer is not a label, a label is not text of one line, or there are fewer than two.
        """
        labels = sorted({_label(example) for example in examples})
        if len(labels) < 2:
            raise DataError(f"a classifier needs at least two labels, but the data have {len(labels)}.")
        for label in labels:
            if not label or label.splitlines() != [label]:
                raise DataError(f"the label {label!r} is empty or longer than a line.")
            check_label(label)
        return {FILE: "".join(f"{label}\n" for label in labels).encode()}

    def decoder(self, config: ClassificationConfig, assets: Assets) -> LabelDecoder:  # noqa: ARG002
        """Output `label` to the most probable label."""
        return LabelDecoder(self.labels(assets))

    def targets(
        self,
        example: Example,
        tokens: Sequence[Tokens],  # noqa: ARG002
        config: ClassificationConfig,  # noqa: ARG002
        assets: Assets,
    ) -> Arrays | None:
        """`label`, int32 scalar; None for a label not met in `fit`."""
        number = _numbers(assets[FILE]).get(_label(example))
        return None if number is None else {"label": np.array(number, np.int32)}

    def network(self, config: ClassificationConfig, assets: Assets) -> keras.layers.Layer:
        """Dense layers on the pooled vector."""
        from edgenlp_classification.network import ClassificationNetwork

        return ClassificationNetwork(config, len(_numbers(assets[FILE])))

    def primary_metric(self, config: ClassificationConfig) -> str:
        """As the settings say."""
        return config.metric

    def evaluate(self, examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, float]:
        """`accuracy`, `matthews` and `f1`, which the functions in `metrics` define.

        Raises:
            DataError: a gold answer is not a label.
        """
        gold = [_label(example) for example in examples]
        found = [prediction for prediction in predictions if isinstance(prediction, Classification)]
        predicted = [prediction.label for prediction in found]
        labels = {label for prediction in found for label in prediction.scores}
        return {
            "accuracy": accuracy(gold, predicted),
            "matthews": matthews(gold, predicted),
            "f1": f1(gold, predicted, labels),
        }

    def labels(self, assets: Assets, what: str = "task_logits") -> list[str]:
        """The labels, in the order of the output `label`."""
        return list(_numbers(assets[FILE])) if what == "task_logits" else []


class PairClassifier(Classifier):
    """A label from the pooled vectors of two texts."""

    name: ClassVar[str] = "pair_classification"
    sequences: ClassVar[int] = 2


@lru_cache(maxsize=8)
def _numbers(data: bytes) -> dict[str, int]:
    """The labels of `labels.txt` with their places."""
    return {label: number for number, label in enumerate(data.decode().splitlines())}


def _label(example: Example) -> str:
    if isinstance(example.target, str):
        return example.target
    raise of_another_task(example, "a label")
