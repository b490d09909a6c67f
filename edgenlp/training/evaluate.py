"""What a student in training says: its logits, and its predictions through the device's own decoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from edgenlp.interfaces import Arrays, Decoder, Example, Featurizer, Prediction
from edgenlp.training.dataset import Row, batches, tokenize
from edgenlp.training.student import Student

BATCH_SIZE = 256

Predictor = Callable[[Sequence[Example]], list[Prediction]]
LogitsReader = Callable[[Sequence[Row]], Iterator[tuple[int, Arrays]]]


def logits_reader(student: Student, featurizer: Featurizer, batch_size: int = BATCH_SIZE) -> LogitsReader:
    """A function from rows to their logits with the student's present weights.

    It gives a row's place and its float32 logits by name, without the batch dimension and with padding behind; rows of
    similar length come together, so they are not in order.
    """
    compiled: dict[int, Callable[..., dict[str, tf.Tensor]]] = {}

    def read(rows: Sequence[Row]) -> Iterator[tuple[int, Arrays]]:
        for positions, batch in batches(rows, batch_size, featurizer):
            call = compiled.setdefault(
                batch.length, tf.function(lambda inputs: student(inputs, training=False), reduce_retracing=True)
            )
            logits = {name: value.numpy() for name, value in call(batch.inputs).items()}
            for number, position in enumerate(positions):
                yield position, {name: np.asarray(value[number], np.float32) for name, value in logits.items()}

    return read


def predictor(student: Student, featurizer: Featurizer, decoder: Decoder, limit: int) -> Predictor:
    """A function that predicts examples with the student's present weights.

    Args:
        student: float weights.
        featurizer: its encoder's.
        decoder: its head's.
        limit: longer texts are cut at this many tokens, as on the device.
    """
    read = logits_reader(student, featurizer)

    def predict(examples: Sequence[Example]) -> list[Prediction]:
        rows = [Row(tokenize(example, featurizer, limit), {}) for example in examples]
        predictions = {position: decoder.decode(logits, rows[position].tokens) for position, logits in read(rows)}
        return [predictions[position] for position in range(len(rows))]

    return predict
