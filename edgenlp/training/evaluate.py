"""What float weights say: their logits, and their predictions through the device's own decoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from edgenlp.errors import EmptyTextError, RecipeError, TextError
from edgenlp.interfaces import Arrays, Decoder, Example, Featurizer, Prediction, Text, parts
from edgenlp.training.dataset import Row, batches, tokenize
from edgenlp.training.loop import settle_tensorflow
from edgenlp.training.run import Run
from edgenlp.training.student import Student

BATCH_SIZE = 256

READ_AT_ONCE = 8 * BATCH_SIZE
"""Texts that are brought into order by length together."""

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


class RunAnswers:
    """The float weights of a finished run, a teacher's or a student's, as what is measured.

    Raises:
        RecipeError: the run has no head, or no weights yet.
    """

    def __init__(self, run: Run) -> None:
        if run.recipe.head is None:
            raise RecipeError(f"{run.folder} is a run of edgenlp pretrain, which knows no task: name one of a task")
        settle_tensorflow(run.recipe)
        self.name = str(run.folder)
        self.head = run.head
        self.labels = run.labels()
        self._featurizer = run.featurizer()
        self._predict = predictor(run.student(), self._featurizer, run.decoder(), run.longest)

    def answers(self, texts: Sequence[Text]) -> Iterator[Prediction | TextError]:
        """As `edgenlp.evaluation.Answerer` says; many texts are read at once."""
        for start in range(0, len(texts), READ_AT_ONCE):
            some = texts[start : start + READ_AT_ONCE]
            refused = [self._refused(text) for text in some]
            said = iter(self._predict([Example(text, "") for text, why in zip(some, refused, strict=True) if not why]))
            yield from (why or next(said) for why in refused)

    def _refused(self, text: Text) -> TextError | None:
        if len(parts(text)) != self.head.sequences:
            kinds = {1: "one text", 2: "a pair of texts"}
            return TextError(f"{self.name} takes {kinds[self.head.sequences]}, and this is {kinds[len(parts(text))]}.")
        if all(len(self._featurizer.tokenize(part, 1)) for part in parts(text)):
            return None
        return EmptyTextError("the text, or one of the pair, is empty or holds only white space.")
