"""Labelled rows as the arrays that a student learns from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edgenlp.errors import DataError
from edgenlp.interfaces import Arrays, Augment, Example, Featurizer, Reader, Tokens, parts
from edgenlp.plugins import plugins
from edgenlp.training.recipe import Source

BUCKETS = (5, 7, 9, 11, 14, 18, 24, 32, 48, 64, 96, 128, 256)
"""Lengths to which batches are padded: few, because the training step is compiled once for each."""


@dataclass(frozen=True, slots=True)
class Row:
    """One example, cut into tokens, with its gold answer as arrays."""

    tokens: tuple[Tokens, ...]
    targets: Arrays

    def __len__(self) -> int:
        return max(len(tokens) for tokens in self.tokens)


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of several rows, padded to one length; `inputs` has an entry for each sequence of a row."""

    inputs: tuple[Arrays, ...]
    targets: Arrays
    length: int
    size: int


def read_sources(sources: Sequence[Source], base: Path) -> list[Example]:
    """All rows of the sources, in order.

    Raises:
        DataError: a file is missing or holds a row that cannot be read.
    """
    return [example for source in sources for example in _read_source(source, base)]


def _read_source(source: Source, base: Path) -> Iterator[Example]:
    path = _resolve(source, base)
    for example in plugins().get(Reader, source.format).read(path, **source.options):
        yield replace(example, language=source.language) if source.language and not example.language else example


def _resolve(source: Source, base: Path) -> Path:
    path = base / source.path
    if not path.exists():
        raise DataError(f"there is no {path}; --data names the folder that the recipe's paths start from")
    return path


def digest(sources: Sequence[Source], base: Path) -> str:
    """SHA-256 over the bytes of every source, in order."""
    sha = hashlib.sha256()
    for source in sources:
        path = _resolve(source, base)
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                sha.update(hashlib.sha256(file.read_bytes()).digest())
    return sha.hexdigest()


def split_tuning(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Training rows and the tuning rows held out of them, by a seeded draw.

    Rows of one text stay on one side, so that no tuning row has been learnt by heart.
    """
    texts = sorted({_key(example) for example in examples})
    count = round(share * len(texts))
    chosen = set(np.random.default_rng(seed).permutation(len(texts))[:count].tolist())
    held_out = {text for number, text in enumerate(texts) if number in chosen}
    train = [example for example in examples if _key(example) not in held_out]
    return train, [example for example in examples if _key(example) in held_out]


def _key(example: Example) -> str:
    return "\0".join(parts(example.text))


def tokenize(example: Example, featurizer: Featurizer, limit: int) -> tuple[Tokens, ...]:
    """The tokens of each sequence of an example."""
    return tuple(featurizer.tokenize(text, limit) for text in parts(example.text))


class TrainingRows:
    """Examples as rows, some of them varied anew in each epoch.

    Examples whose gold answer the head cannot express are left out.

    Args:
        examples: the training rows of the data.
        to_row: cuts an example into tokens and arrays; None where it cannot be learnt.
        augmentations: each with the share of rows that it varies.
        seed: of the variation.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        to_row: Callable[[Example], Row | None],
        augmentations: Sequence[tuple[Augment, float]],
        seed: int,
    ) -> None:
        self._to_row = to_row
        self._augmentations = augmentations
        self._seed = seed
        self._pairs = [(example, row) for example in examples if (row := to_row(example)) is not None]

    def __len__(self) -> int:
        return len(self._pairs)

    def epoch(self, number: int) -> list[Row]:
        """The rows of one epoch, from 0; the same for the same number."""
        rng = np.random.default_rng([self._seed, number])
        shares = [share for _, share in self._augmentations]
        varied = rng.random((len(self._pairs), len(shares))) < shares
        return [
            self._varied(example, chosen, rng) or row if chosen.any() else row
            for (example, row), chosen in zip(self._pairs, varied, strict=True)
        ]

    def _varied(self, example: Example, chosen: np.ndarray, rng: np.random.Generator) -> Row | None:
        for (augment, _), apply in zip(self._augmentations, chosen, strict=True):
            if apply:
                example = augment(example, rng)
        return self._to_row(example)


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
    return Batch(inputs, targets, length, len(data))


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
