"""Labelled rows as the arrays that a student learns from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edgenlp.interfaces import OF_TEXTS, Arrays, Augment, Example, Featurizer, Text, Tokens, parts

BUCKETS = (5, 7, 9, 11, 14, 18, 24, 32, 48, 64, 96, 128, 256)
"""Lengths to which batches are padded: few, because the training step is compiled once for each."""


@dataclass(frozen=True, slots=True)
class Row:
    """One example, cut into tokens, with its gold answer and what each teacher said as arrays."""

    tokens: tuple[Tokens, ...]
    targets: Arrays
    taught: tuple[Arrays, ...] = ()

    def __len__(self) -> int:
        return max(len(tokens) for tokens in self.tokens)

    @property
    def text(self) -> Text:
        """The text, or the pair."""
        texts = [tokens.text for tokens in self.tokens]
        return texts[0] if len(texts) == 1 else (texts[0], texts[1])


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of several rows, padded to one length; `inputs` has an entry for each sequence of a row."""

    inputs: tuple[Arrays, ...]
    targets: Arrays
    taught: tuple[Arrays, ...]
    length: int
    size: int


def tokenize(example: Example, featurizer: Featurizer, limit: int) -> tuple[Tokens, ...]:
    """The tokens of each sequence of an example."""
    return tuple(featurizer.tokenize(text, limit) for text in parts(example.text))


class Rows(Protocol):
    """What a trainer learns."""

    def __len__(self) -> int:
        """How many rows an epoch has."""

    def epoch(self, number: int) -> list[Row]:
        """The rows of one epoch, from 0; the same for the same number."""

    def texts(self) -> list[Text]:
        """Every text that may come, each once, in a set order."""


class TrainingRows:
    """Examples as rows, drawn by language and some of them varied, anew in each epoch or variant of one.

    Examples whose gold answer the head cannot express are left out.

    Args:
        examples: the training rows of the data.
        to_row: cuts an example into tokens and arrays; None where it cannot be learnt.
        augmentations: each with the share of rows that it varies.
        seed: of drawing and variation.
        temperature: of the draw, see `draw`.
        variants: how many epochs' labelled rows are different ones; they are kept, for the first come again after the
            last; None for no end of them.
        unlabelled: rows without gold answers, which are not varied.
        unlabelled_share: share of them that comes in an epoch; none comes again before all others have come.
        admits: whether a varied example may be learnt; one that may not gives way to what it was made of.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        to_row: Callable[[Example], Row | None],
        augmentations: Sequence[tuple[Augment, float]],
        seed: int,
        temperature: float = 1.0,
        variants: int | None = None,
        unlabelled: Sequence[Row] = (),
        unlabelled_share: float = 1.0,
        admits: Callable[[Example], bool] = lambda example: True,  # noqa: ARG005
    ) -> None:
        self._to_row = to_row
        self._augmentations = augmentations
        self._seed = seed
        self._temperature = temperature
        self._variants = variants
        self._kept: dict[int, list[Row]] = {}  # labelled rows that come again
        self._pairs = [(example, row) for example in examples if (row := to_row(example)) is not None]
        self._unlabelled = unlabelled
        self._admits = admits
        self._drawn_unlabelled = round(unlabelled_share * len(unlabelled))

    def __len__(self) -> int:
        # texts that only teachers answer are learnt beside labelled rows, never alone
        return self.labelled + self._drawn_unlabelled if self._pairs else 0

    @property
    def labelled(self) -> int:
        """How many rows of an epoch have a gold answer."""
        return len(self._pairs)

    def epoch(self, number: int) -> list[Row]:
        """The rows of one epoch, from 0; the same for the same number."""
        return self._labelled_rows(number) + self._unlabelled_rows(number)

    def _labelled_rows(self, number: int) -> list[Row]:
        if not self._variants:
            return self._drawn(number)
        number %= self._variants
        if number not in self._kept:
            self._kept[number] = self._drawn(number)
        return self._kept[number]

    def _drawn(self, number: int) -> list[Row]:
        rng = np.random.default_rng([self._seed, number])
        drawn = draw([example.language for example, _ in self._pairs], self._temperature, rng)
        shares = [share for _, share in self._augmentations]
        varied = rng.random((len(drawn), len(shares))) < shares
        return [
            self._varied(example, chosen, rng) or row if chosen.any() else row
            for (example, row), chosen in zip((self._pairs[place] for place in drawn), varied, strict=True)
        ]

    def _unlabelled_rows(self, number: int) -> list[Row]:
        start = number * self._drawn_unlabelled
        rounds = cache(lambda turn: np.random.default_rng([self._seed, turn]).permutation(len(self._unlabelled)))
        places = (divmod(place, len(self._unlabelled)) for place in range(start, start + self._drawn_unlabelled))
        return [self._unlabelled[rounds(turn)[place]] for turn, place in places]

    def texts(self) -> list[Text]:
        """Every text that may come, each once, for a limited number of variants; in a set order."""
        found = dict.fromkeys(row.text for row in chain((row for _, row in self._pairs), self._unlabelled))
        for number in range(self._variants or 0):
            found |= dict.fromkeys(row.text for row in self._drawn(number))
        return list(found)

    def _varied(self, example: Example, chosen: np.ndarray, rng: np.random.Generator) -> Row | None:
        for (augment, _), apply in zip(self._augmentations, chosen, strict=True):
            if apply:
                example = augment(example, rng)
        return self._to_row(example) if self._admits(example) else None


def draw(languages: Sequence[str], temperature: float, rng: np.random.Generator) -> NDArray[np.intp]:
    """Places of as many rows as there are, of language i a share in proportion to n_i ** (1 / temperature).

    So multilingual BERT (Devlin 2018) and XLM (Lample and Conneau 2019) sample; n_i is the number of its rows. No row
    comes again before all others of its language have come.

    Args:
        languages: of the rows.
        temperature: 1 draws every row once; the larger, the more alike are the languages' shares.
        rng: draws which rows come once more, and which not.

    Returns:
        Ascending, [rows].
    """
    _, language, sizes = np.unique(np.array(languages), return_inverse=True, return_counts=True)
    weights = sizes ** (1 / temperature)
    shares = weights / weights.sum() * len(languages)
    counts = shares.astype(int)
    # what rounding down has taken goes to the languages that lost most
    counts[np.argsort(counts - shares, kind="stable")[: len(languages) - counts.sum()]] += 1
    drawn = []
    for number, (count, size) in enumerate(zip(counts, sizes, strict=True)):
        rows = np.flatnonzero(language == number)
        drawn += [np.tile(rows, count // size), rng.choice(rows, count % size, replace=False)]
    return np.sort(np.concatenate(drawn))


def bucket(length: int) -> int:
    """The smallest bucket that holds `length` tokens."""
    return next((size for size in BUCKETS if size >= length), length)


def shuffled(data: Sequence[Row], batch_size: int, rng: np.random.Generator) -> list[list[Row]]:
    """One epoch: rows of similar length together, in a new order each time.

    All batches have one size, for which the step is compiled: the few rows that are left over, others in each epoch,
    wait for the next one.
    """
    size = min(batch_size, len(data))
    kept = rng.permutation(len(data))[: len(data) // size * size]
    lengths = np.array([bucket(len(data[i])) for i in kept])
    order = kept[np.argsort(lengths, kind="stable")]
    groups = [[data[i] for i in order[start : start + size]] for start in range(0, len(order), size)]
    return [groups[i] for i in rng.permutation(len(groups))]


def collate(data: Sequence[Row], featurizer: Featurizer, length: int) -> Batch:
    """One batch, padded to `length` tokens."""
    inputs = tuple(featurizer.batch(list(texts), length) for texts in zip(*(row.tokens for row in data), strict=True))
    targets = {name: _stack([row.targets[name] for row in data], length) for name in data[0].targets}
    taught = tuple(
        {what: _stack_taught(what, [answer[what] for answer in answers], length) for what in answers[0]}
        for answers in zip(*(row.taught for row in data), strict=True)
    )
    return Batch(inputs, targets, taught, length, len(data))


def _stack_taught(what: str, values: Sequence[np.ndarray], length: int) -> np.ndarray:
    return np.stack(values) if what in OF_TEXTS else _stack(values, length)


def _stack(values: Sequence[np.ndarray], length: int) -> np.ndarray:
    if values[0].ndim == 0:
        return np.stack(values)
    padded = np.zeros((len(values), length, *values[0].shape[1:]), values[0].dtype)
    for row, value in zip(padded, values, strict=True):
        row[: len(value)] = value
    return padded


def batches(data: Sequence[Row], size: int, featurizer: Featurizer) -> Iterator[tuple[list[int], Batch]]:
    """All rows once, by length, with their positions in `data`: for evaluation."""
    order = sorted(range(len(data)), key=lambda i: len(data[i]))
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        rows = [data[i] for i in chosen]
        yield chosen, collate(rows, featurizer, bucket(max(map(len, rows))))
