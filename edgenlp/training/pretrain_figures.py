"""How well a student guesses hidden words, as a whole and by language."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edgenlp.errors import EdgeNLPError
from edgenlp.evaluation import Evaluation
from edgenlp.evaluation.evaluate import UNKNOWN_LANGUAGE
from edgenlp.interfaces import Featurizer
from edgenlp.training.dataset import Batch, batches
from edgenlp.training.pretrain_rows import WordRows
from edgenlp.training.pretrain_student import WordStudent

METRIC: Final = "log_likelihood"
"""The mean logarithm of a hidden word's probability; perplexity is e to its negative."""

BATCH_SIZE: Final = 64

MOST_SURPRISE: Final = 700.0
"""In nats; of more there is no perplexity that a float holds."""

Measure = Callable[[], Evaluation]


def word_measure(student: WordStudent, rows: WordRows, featurizer: Featurizer) -> Measure:
    """A function that measures rows with the student's present weights; what it hides is the same each time.

    Its metrics are `log_likelihood`, `perplexity` and `accuracy`.
    """
    read = rows.epoch(0)
    languages = np.array([language or UNKNOWN_LANGUAGE for language in rows.languages])
    compiled: dict[int, Callable[..., tuple[tf.Tensor, ...]]] = {}

    def guess(batch: Batch) -> Iterator[NDArray[Any]]:
        call = compiled.setdefault(batch.length, tf.function(student.guess, reduce_retracing=True))
        return map(np.asarray, call(batch.inputs, batch.targets))

    def measure() -> Evaluation:
        found = [
            (np.asarray(positions)[row], loss, right)
            for positions, batch in batches(read, BATCH_SIZE, featurizer)
            for row, loss, right in [guess(batch)]
        ]
        positions, losses, right = map(np.concatenate, zip(*found, strict=True))
        whole = _evaluation(len(read), losses, right)
        several = np.unique(languages)
        if len(several) > 1:
            for language in several:
                own = languages[positions] == language
                rows_of_it = int((languages == language).sum())
                whole.languages[str(language)] = _evaluation(rows_of_it, losses[own], right[own])
        return whole

    return measure


def record(found: Evaluation) -> dict[str, float]:
    """Figures as a run's history holds them: those of a language have its tag behind."""
    own = {f"{name}_{tag}": value for tag, part in found.languages.items() for name, value in part.metrics.items()}
    return found.metrics | {name: value for name, value in own.items() if not name.startswith(METRIC)}


def describe(figures: dict[str, float]) -> str:
    """Perplexity and accuracy for a person."""
    start = "perplexity_"
    own = [f"{name.removeprefix(start)} {value:.1f}" for name, value in figures.items() if name.startswith(start)]
    languages = f" ({', '.join(own)})" if own else ""
    return f"perplexity {figures['perplexity']:.2f}{languages}, accuracy {figures['accuracy']:.4f}"


def _evaluation(rows: int, losses: NDArray[np.float32], right: NDArray[np.bool_]) -> Evaluation:
    mean = float(losses.mean(dtype=np.float64))
    if mean > MOST_SURPRISE:
        raise EdgeNLPError(
            f"the words that are looked at are a surprise of {mean:.0f} nats each, so training has diverged: lower "
            "training.learning_rate or training.clip_norm, and start again"
        )
    return Evaluation(rows, {METRIC: -mean, "perplexity": math.exp(mean), "accuracy": float(right.mean())})
