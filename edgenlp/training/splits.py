"""Which rows a run learns from and which it is measured on: none of one meaning on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Reader, parts
from edgenlp.plugins import plugins
from edgenlp.text import normalize, segment
from edgenlp.training.recipe import Data, Recipe, Source

_DRAW: Final = 1
"""The seed of the tuning rows' draw."""


@dataclass(frozen=True)
class Splits:
    """The rows of a run.

    Attributes:
        train: to learn from.
        unlabelled: to learn from, too, by teachers' answers alone.
        tuning: to gate quantization and, with `patience`, to choose the checkpoint.
        dev: that the reported figures come from.
        dropped: number of training rows that were left out because a tuning or a dev row means the same.
        known: number of texts that nobody labelled and that were left out because a labelled row means the same, or one
            of them says the same.
    """

    train: list[Example]
    unlabelled: list[Example]
    tuning: list[Example]
    dev: list[Example]
    dropped: int
    known: int

    @cached_property
    def measured(self) -> frozenset[str]:
        """The texts of the tuning and the dev rows, as `text_key` has them, which no varied training row may say."""
        return frozenset(text_key(example) for example in (*self.tuning, *self.dev))

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of rows, as a run's provenance holds them."""
        return {
            "train_rows": len(self.train),
            "unlabelled_rows": len(self.unlabelled),
            "known_unlabelled_rows": self.known,
            "tuning_rows": len(self.tuning),
            "dev_rows": len(self.dev),
            "dropped_rows": self.dropped,
        }


def read_splits(recipe: Recipe, base: Path) -> Splits:
    """Read all that the recipe names and part it, by meanings alone.

    The recipe's seed has no say: a student of any seed is measured on rows that its teacher has not learnt either.

    Args:
        recipe: its section `data`.
        base: the folder that paths start from.

    Raises:
        DataError: a file is missing or holds a row that cannot be read, or no row is left to learn from.
    """
    data = recipe.data
    read = [(source.folded, example) for source in data.train for example in _read(source, base)]
    dev = [example for source in data.dev for example in _read(source, base)]
    tuning = [example for source in data.tuning for example in _read(source, base)]
    unlabelled = [example for source in data.unlabelled for example in _read(source, base)]
    answered = [*(example for _, example in read), *dev, *tuning]
    # what nobody labelled moves no row between the splits: a teacher that was taught without it has the same ones
    names = meanings(answered)
    learnable = []
    measured = set(names[len(read) :])
    for (folded, example), name in zip(read, names, strict=False):
        if folded and _is_held_out(name, data):
            dev.append(example)
            measured.add(name)
        else:
            learnable.append((example, name))
    kept = [(example, name) for example, name in learnable if name not in measured]
    if not kept:
        raise DataError(
            f"there is nothing to learn: each of the {len(read)} training rows means the same as a row that measures"
        )
    new = _new(unlabelled, answered)
    held_out = set() if tuning else _drawn({name for _, name in kept}, data.tuning_share)
    return Splits(
        train=[example for example, name in kept if name not in held_out],
        unlabelled=new,
        tuning=tuning or [example for example, name in kept if name in held_out],
        dev=dev,
        dropped=len(learnable) - len(kept),
        known=len(unlabelled) - len(new),
    )


def meanings(examples: Sequence[Example]) -> list[str]:
    """A name for each row's meaning.

    Rows of one text (token by token, as normalised) mean the same, and so do rows of one id, and rows that others
    connect in this way: a translation of a text that stands in the data twice, under two ids, belongs to both.
    """
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        parents.setdefault(key, key)
        while parents[key] != key:
            parents[key] = key = parents[parents[key]]
        return key

    texts = ["text " + text_key(example) for example in examples]
    for text, example in zip(texts, examples, strict=True):
        first, second = sorted((root(text), root(f"id {example.id}" if example.id else text)))
        parents[second] = first
    return [root(text) for text in texts]


def _new(unlabelled: Sequence[Example], answered: Sequence[Example]) -> list[Example]:
    """Those of whose meaning there is no gold answer; of equal texts the first, translations all."""
    if not unlabelled:
        return []
    names = meanings([*answered, *unlabelled])
    known = set(names[: len(answered)])
    new: dict[str, Example] = {}
    for example, name in zip(unlabelled, names[len(answered) :], strict=True):
        if name not in known:
            new.setdefault(text_key(example), example)
    return list(new.values())


def text_key(example: Example) -> str:
    """The same for texts that say the same: their tokens, as normalised."""
    return "\0".join(
        " ".join(normalize(text[start:end]) for start, end in segment(text, len(text))[0])
        for text in parts(example.text)
    )


def _is_held_out(meaning: str, data: Data) -> bool:
    """By a hash, so that a meaning keeps its fold whatever else is read; always False where there are no folds."""
    digest = hashlib.sha256(meaning.encode("utf-8", "surrogatepass")).digest()
    return data.folds > 0 and int.from_bytes(digest[:8], "big") % data.folds == data.fold


def _drawn(names: set[str], share: float) -> set[str]:
    ordered = sorted(names)
    chosen = np.random.default_rng(_DRAW).permutation(len(ordered))[: round(share * len(ordered))]
    return {ordered[number] for number in chosen}


def _read(source: Source, base: Path) -> Iterator[Example]:
    for example in plugins().get(Reader, source.format).read(_resolve(source.path, base), **source.options):
        # two data sets number their rows alike without meaning the same
        identity = f"{source.format} {example.id}" if example.id else ""
        yield replace(example, language=example.language or source.language, id=identity)


def _resolve(name: str, base: Path) -> Path:
    path = base / name
    if not path.exists():
        raise DataError(f"there is no {path}; --data names the folder that the recipe's paths start from")
    return path


def digest(recipe: Recipe, base: Path) -> str:
    """SHA-256 over the bytes of everything that the recipe reads, in order.

    Raises:
        DataError: a file is missing.
    """
    sha = hashlib.sha256()
    varied = [file for variation in recipe.augmentation for file in variation.files()]
    for name in [*(source.path for source in recipe.data.sources), *varied]:
        path = _resolve(name, base)
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                sha.update(hashlib.sha256(file.read_bytes()).digest())
    return sha.hexdigest()
