"""A training step of CMOW with a large table against one with a small table, tables of 1,200 numbers a token.

Texts are the same number of words, drawn so that a word's frequency falls with its rank (Zipf), over the whole of
each vocabulary: the large one's batches hold more distinct words. Epochs of both run in turn, after one that compiles;
what counts is the median of the ratios of neighbouring epochs. Everything that the trainer does is in it: making
batches, gradients, AdamW, averages. Needs `pip install "edgenlp[train]"`.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from edgenlp.cli.arguments import positive
from edgenlp.cli.workshop import needs_workshop
from edgenlp.runtime.quiet import quiet_runtime
from report import Promise, Report, parser, run
from timing import ratio

LARGE: Final = 30_522
SMALL: Final = 3_000
LABELS: Final = 150
MOST: Final = 1.3


@dataclass(frozen=True, slots=True)
class Contender:
    """A trainer and what its batches hold.

    Attributes:
        trainer: with a table of one size.
        distinct: the mean number of distinct words in a batch.
    """

    trainer: Any
    distinct: float

    def milliseconds(self) -> float:
        """Of a step, over one epoch."""
        steps: list[int] = []
        start = time.perf_counter()
        self.trainer.train_epoch(lambda utterances, _: steps.append(utterances))
        return (time.perf_counter() - start) * 1e3 / len(steps)


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__)
    made.add_argument("--words", type=positive, default=14, help="of a text (default: %(default)s)")
    made.add_argument("--batch", type=positive, default=128, help="texts in a step (default: %(default)s)")
    made.add_argument("--steps", type=positive, default=20, help="of an epoch (default: %(default)s)")
    made.add_argument("--epochs", type=positive, default=7, help="of each, timed (default: %(default)s)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """Both tables, epoch by epoch in turn."""
    with needs_workshop(), quiet_runtime():
        large, small = (_contender(size, options) for size in (LARGE, SMALL))
        large.milliseconds(), small.milliseconds()
        times = [(large.milliseconds(), small.milliseconds()) for _ in range(options.epochs)]
    large_ms, small_ms = zip(*times, strict=True)
    against = ratio(large_ms, small_ms)
    medians = [statistics.median(taken) for taken in (large_ms, small_ms)]
    figures: dict[str, Any] = {
        "batch": options.batch,
        "words": options.words,
        "tables": {
            str(size): {"step_ms": median, "distinct_words": contender.distinct}
            for size, median, contender in zip((LARGE, SMALL), medians, (large, small), strict=True)
        },
        "ratio": {"median": against.median, "least": against.least, "greatest": against.greatest},
    }
    table = [
        ("tokens in the table", "distinct words of a batch", "step ms"),
        (f"{LARGE:,}", f"{large.distinct:.0f}", medians[0]),
        (f"{SMALL:,}", f"{small.distinct:.0f}", medians[1]),
    ]
    note = f"batches of {options.batch} texts of {options.words} words; ratio {against} over {options.epochs} epochs"
    return Report(figures, table, (note,), [Promise("large table / small table", against.median, "at most", MOST)])


def _contender(size: int, options: argparse.Namespace) -> Contender:
    from edgenlp.distillation.objectives import HardLabels, NoSettings
    from edgenlp.interfaces import Example
    from edgenlp.text.vocabulary import wordpiece_asset
    from edgenlp.training.dataset import Row, TrainingRows
    from edgenlp.training.objectives import Goal
    from edgenlp.training.recipe import Training
    from edgenlp.training.student import build_student
    from edgenlp.training.trainer import Trainer
    from edgenlp_classification.classification import Classifier
    from edgenlp_cmow import CMOWEncoder
    from edgenlp_cmow.config import CMOWConfig

    encoder, head = CMOWEncoder(), Classifier()
    config, head_config = CMOWConfig(), head.Config()
    pieces = ["[PAD]", "[UNK]", *(f"w{number}" for number in range(size - 2))]
    assets = {"vocabulary": wordpiece_asset(pieces, lowercase=False)}
    labels = head.fit([Example("", f"label{number}") for number in range(LABELS)], head_config)
    featurizer = encoder.featurizer(config, assets)
    words = _draw(size - 2, (options.batch * options.steps, options.words))

    def to_row(example: Example) -> Row:
        tokens = (featurizer.tokenize(str(example.text), options.words),)
        targets = head.targets(example, tokens, head_config, labels)
        assert targets is not None
        return Row(tokens, targets)

    texts = [" ".join(f"w{number}" for number in row) for row in words]
    examples = [Example(text, f"label{number % LABELS}") for number, text in enumerate(texts)]
    rows = TrainingRows(examples, to_row, (), seed=1)
    student = build_student(encoder, config, head, head_config, (assets, labels), featurizer, seed=1)
    settings = Training(epochs=1 + options.epochs, batch_size=options.batch)
    objectives = [Goal("hard_labels", 1.0, HardLabels().network(NoSettings(), {}))]
    distinct = np.mean([len(np.unique(part)) for part in np.split(words, options.steps)])
    return Contender(Trainer(student, objectives, settings, 1, rows, featurizer), float(distinct))


def _draw(size: int, shape: tuple[int, int]) -> np.ndarray:
    weights = 1 / np.arange(1, size + 1)
    return np.random.default_rng(1).choice(size, size=shape, p=weights / weights.sum())


if __name__ == "__main__":
    run(arguments(), measure)
