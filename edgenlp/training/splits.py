"""Which rows a run learns from and which it is measured on: none of one meaning on both sides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from edgenlp.data import read_examples
from edgenlp.data.meanings import connected, keys_of, meanings, text_key
from edgenlp.data.readers.language import settle_language
from edgenlp.errors import DataError
from edgenlp.interfaces import Example
from edgenlp.training.recipe import Data, Recipe, Source


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
        choosing: number of the dev rows that mean the same as a tuning row: a recipe may name rows as both.
    """

    train: list[Example]
    unlabelled: list[Example]
    tuning: list[Example]
    dev: list[Example]
    dropped: int
    known: int
    choosing: int

    @cached_property
    def measured(self) -> frozenset[str]:
        """The texts of the tuning and the dev rows, as `text_key` has them, which no varied training row may say."""
        return frozenset(text_key(example.text) for example in (*self.tuning, *self.dev))

    @property
    def digest(self) -> str:
        """SHA-256 over what measures: by another way to part the same data, it is another one."""
        return _sha256([[row.text for row in rows] for rows in (self.tuning, self.dev)])

    @property
    def reported_digest(self) -> str:
        """SHA-256 over the rows that figures are of, the dev rows or else the tuning rows, with their gold answers.

        Figures of runs compare where it is the same, wherever the rows lie and whatever else is read. Empty where
        there are no such rows.
        """
        rows = self.dev or self.tuning
        return _sha256([[row.text, repr(row.target)] for row in rows]) if rows else ""

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
            **({"choosing_dev_rows": self.choosing} if self.choosing else {}),
        }


def read_splits(recipe: Recipe, base: Path) -> Splits:
    """Read all that the recipe names and part it, by meanings alone.

    The recipe's seed has no say, nor has, but for a row or two, what else is read: a student is measured on rows that
    its teacher has not learnt either.

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
    keys = [keys_of(example) for example in answered]
    names = connected(keys)
    rows = [
        _Row(example, folded, name, min(own)) for (folded, example), name, own in zip(read, names, keys, strict=False)
    ]
    folds = _smallest_keys(row for row in rows if row.folded)
    held_out = {name for name, key in folds.items() if _is_held_out(key, data)}
    measured = held_out.union(names[len(read) :])
    learnable = [row for row in rows if not (row.folded and row.meaning in held_out)]
    kept = [row for row in learnable if row.meaning not in measured]
    if not kept:
        raise DataError(
            f"there is nothing to learn: each of the {len(read)} training rows means the same as a row that measures"
        )
    new = _new(unlabelled, answered)
    tuned = set(names[len(read) + len(dev) :])
    held_out_rows = [row for row in rows if row.folded and row.meaning in held_out]
    measuring = [*names[len(read) :][: len(dev)], *(row.meaning for row in held_out_rows)]
    drawn = set() if tuning else _drawn(_smallest_keys(kept), data.tuning_share)
    train = [row.example for row in kept if row.meaning not in drawn]
    if not train:
        raise DataError(
            f"there is nothing to learn: data.tuning_share = {data.tuning_share} holds out all of the {len(kept)} "
            "training rows; take a smaller one"
        )
    return Splits(
        train=train,
        unlabelled=new,
        tuning=tuning or [row.example for row in kept if row.meaning in drawn],
        dev=[*dev, *(row.example for row in held_out_rows)],
        dropped=len(learnable) - len(kept),
        known=len(unlabelled) - len(new),
        choosing=sum(name in tuned for name in measuring),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row under `data.train`: whether its source is folded, its meaning's name, and the smallest of its own keys."""

    example: Example
    folded: bool
    meaning: str
    key: str


def _smallest_keys(rows: Iterable[_Row]) -> dict[str, str]:
    """A key for each meaning of these rows, which others of that meaning do not change."""
    found: dict[str, str] = {}
    for row in rows:
        found[row.meaning] = min(row.key, found.get(row.meaning, row.key))
    return found


def _new(unlabelled: Sequence[Example], answered: Sequence[Example]) -> list[Example]:
    """Those of whose meaning there is no gold answer; of equal texts the first, translations all."""
    if not unlabelled:
        return []
    names = meanings([*answered, *unlabelled])
    known = set(names[: len(answered)])
    new: dict[str, Example] = {}
    for example, name in zip(unlabelled, names[len(answered) :], strict=True):
        if name not in known:
            new.setdefault(text_key(example.text), example)
    return list(new.values())


def _is_held_out(key: str, data: Data) -> bool:
    """By a hash, so that a meaning keeps its fold whatever else is read; always False where there are no folds."""
    return data.folds > 0 and _hash(key) % data.folds == data.fold


def _drawn(keys: Mapping[str, str], share: float) -> set[str]:
    """By a hash of its own, so that the same meanings are drawn, but for those at the brink, whatever else is read."""
    ordered = sorted(keys, key=lambda name: _hash(f"tuning {keys[name]}"))
    return set(ordered[: round(share * len(ordered))])


def _sha256(values: Any) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _hash(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _read(source: Source, base: Path) -> Iterator[Example]:
    for example in read_examples(_resolve(source.path, base), source.format, **source.options):
        # two data sets number their rows alike without meaning the same
        identity = f"{source.format} {example.id}" if example.id else ""
        yield replace(example, language=settle_language(example.language, source.language), id=identity)


def _resolve(name: str, base: Path) -> Path:
    path = base / name
    if not path.exists():
        raise DataError(
            f"there is no {path}; --data names the folder that the recipe's paths start from. A file that is made of "
            "other data is told of at the recipe's head"
        )
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
        for file in _files(path) if path.is_dir() else [path]:
            sha.update(hashlib.sha256(file.read_bytes()).digest())
    return sha.hexdigest()


def _files(folder: Path) -> list[Path]:
    """All files in a folder but hidden ones, which are a desktop's."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts))
