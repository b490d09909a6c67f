"""What a student in training predicts, through the device's own decoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from edgenlp.interfaces import Decoder, Example, Featurizer, Prediction
from edgenlp.training.dataset import Row, batches, tokenize
from edgenlp.training.student import Student

BATCH_SIZE = 256

Predictor = Callable[[Sequence[Example]], list[Prediction]]


def predictor(student: Student, featurizer: Featurizer, decoder: Decoder, limit: int) -> Predictor:
    """A function that predicts examples with the student's present weights.

    Args:
        student: float weights.
        featurizer: its encoder's.
        decoder: its head's.
        limit: longer texts are cut at this many tokens, as on the device.
    """
    compiled: dict[int, Callable[..., dict[str, tf.Tensor]]] = {}

    def predict(examples: Sequence[Example]) -> list[Prediction]:
        data = [Row(tokenize(example, featurizer, limit), {}) for example in examples]
        predictions: dict[int, Prediction] = {}
        for positions, batch in batches(data, BATCH_SIZE, featurizer):
            call = compiled.setdefault(
                batch.length, tf.function(lambda inputs: student(inputs, training=False), reduce_retracing=True)
            )
            logits = {name: value.numpy() for name, value in call(batch.inputs).items()}
            for number, position in enumerate(positions):
                outputs = {name: np.asarray(value[number], np.float32) for name, value in logits.items()}
                predictions[position] = decoder.decode(outputs, data[position].tokens)
        return [predictions[position] for position in range(len(data))]

    return predict
