"""A run's folder: what was trained, from what, and what came out.

run.json            the recipe as it was used, digests of the data and the versions of what ran it
assets/             associated files of the encoder and of the head
checkpoint.npz      everything that training needs to go on
weights.npz         the weights that were kept; with patience, best.npz until training has ended
metrics.json        figures on the dev rows, which chose nothing
history.jsonl       one line an epoch;  learning_curve.png draws it, tensorboard/ logs it
"""

from __future__ import annotations

import hashlib
import json
import platform
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgenlp.artifact.files import check_folder, make_folder, open_atomically, write_atomically
from edgenlp.data.pretrained import quoted
from edgenlp.differences import differences
from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Assets, Decoder, Encoder, Featurizer, TaskHead, parts
from edgenlp.settings import validated
from edgenlp.text.golden import golden_texts
from edgenlp.training.recipe import Recipe
from edgenlp.training.splits import Splits, digest, read_splits
from edgenlp.training.student import Student, build_student

_WEIGHTS: Final = "weights.npz"
_BEST: Final = "best.npz"
_STUMBLES: Final = (LookupError, TypeError, ValueError, AttributeError, EOFError, RuntimeError)
"""What reading a damaged file raises; a machine out of memory is told otherwise."""

_SHOWN: Final = 60
"""Characters, at most, of a value in a message."""

_OTHER_VERSION: Final = "damaged or of another version of edgenlp (train it again, or use the edgenlp that made it)"
_ANOTHER: Final = "name another folder, or go back to what it was started with"

PARTS = ("encoder", "head")
"""Of a student, each with weights of its own in weights.npz: `encoder.0`, `encoder.1`, ..., `head.0`, ..."""


@dataclass(frozen=True)
class Run:
    """A trained or training student and where it lies.

    Attributes:
        folder: the run's folder.
        recipe: as it was used, overrides included.
        provenance: digests and row counts of the data, versions of what ran it.
        encoder_assets: associated files of the encoder.
        head_assets: associated files of the head.
    """

    folder: Path
    recipe: Recipe
    provenance: dict[str, Any]
    encoder_assets: Assets
    head_assets: Assets

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder's plugin."""
        return self.recipe.encoder_plugin()[0]

    @cached_property
    def encoder_config(self) -> Any:
        """The encoder's validated settings."""
        return self.recipe.encoder_plugin()[1]

    @cached_property
    def head(self) -> TaskHead:
        """The head's plugin."""
        return self.recipe.head_plugin()[0]

    @cached_property
    def head_config(self) -> Any:
        """The head's validated settings."""
        return self.recipe.head_plugin()[1]

    def featurizer(self) -> Featurizer:
        """The encoder's device-side half; raises as `reading` does."""
        with self.reading("encoder"):
            return self.encoder.featurizer(self.encoder_config, self.encoder_assets)

    def decoder(self) -> Decoder:
        """The head's device-side half; raises as `reading` does."""
        with self.reading("head"):
            return self.head.decoder(self.head_config, self.head_assets)

    def labels(self, what: str = "task_logits") -> list[str]:
        """What the last dimension of some of the head's logits stands for; raises as `reading` does."""
        with self.reading("head"):
            return self.head.labels(self.head_assets, what)

    def new_student(self) -> Student:
        """A student with fresh weights, drawn from the recipe's seed; raises as `reading` does."""
        featurizer = self.featurizer()
        with self.reading(""):
            return build_student(
                self.encoder,
                self.encoder_config,
                self.head,
                self.head_config,
                (self.encoder_assets, self.head_assets),
                featurizer,
                self.recipe.seed,
            )

    @contextmanager
    def reading(self, part: str) -> Iterator[None]:
        """A plugin reads associated files here, of one part or of both (""): what it stumbles over is one sentence.

        Raises:
            RecipeError: they come from the run's folder and are damaged.
        """
        try:
            yield
        except _STUMBLES as error:
            if not isinstance(self.encoder_assets, _Kept):
                raise
            raise RecipeError(
                f"the files in {self.folder / 'assets' / part} are damaged ({type(error).__name__}: {quoted(error)}): "
                "train the run again, or take a copy of them"
            ) from error

    @property
    def longest(self) -> int:
        """Tokens at which a text is cut: of a model for devices by its largest graph, of a teacher as in training."""
        return max(self.recipe.export.lengths) if self.encoder.on_device else self.recipe.training.max_tokens

    def student(self) -> Student:
        """The trained student.

        Raises:
            RecipeError: training has not finished.
        """
        student = self.new_student()
        self.load_weights(student)
        return student

    def load_weights(self, student: Student) -> None:
        """Give `student` the weights that were kept; raises as `student()` does."""
        for part in PARTS:
            self._load_part(part, getattr(student, part))

    def load_start(self, student: Student) -> None:
        """Give `student` what its training starts from: the recipe's `start`, or what the encoder's plugin has.

        Raises:
            RecipeError: the encoder of the run that `start` names is another one, reads texts differently, or has no
                weights yet.
        """
        if not self.recipe.start:
            self.encoder.load_pretrained(student.encoder, self.encoder_config)
            return
        start = start_of(self.recipe)
        start._load_part("encoder", student.encoder)
        if not _read_alike(start.featurizer(), self.featurizer()):
            raise RecipeError(f"the encoder in {start.folder} has other settings: it reads texts differently")

    def _load_part(self, part: str, layer: Any) -> None:
        with self.read_arrays(self._weights.name) as weights:
            count = sum(name.startswith(f"{part}.") for name in weights)
            if count != len(layer.weights):
                raise RecipeError(
                    f"the {part} in {self.folder} has other settings: {count} weights, not {len(layer.weights)}"
                )
            for number, weight in enumerate(layer.weights):
                kept = weights[f"{part}.{number}"]
                if kept.shape != tuple(weight.shape):
                    raise RecipeError(
                        f"the {part} in {self.folder} has other settings: its weight {weight.path!r} is "
                        f"{list(kept.shape)}, not {list(weight.shape)}"
                    )
                weight.assign(kept)

    def save_weights(self, student: Student) -> None:
        """Keep the weights that `student` has now."""
        self.write_arrays(_WEIGHTS, _arrays_of(student))

    def save_best(self, student: Student) -> None:
        """Keep the weights that `student` has now until training ends or finds better ones."""
        self.write_arrays(_BEST, _arrays_of(student))

    def keep_best(self) -> None:
        """Training has ended: keep the best weights."""
        if (self.folder / _BEST).exists():  # else they have been kept before
            (self.folder / _BEST).replace(self.folder / _WEIGHTS)

    def weights_digest(self) -> str:
        """SHA-256 of the weights that were kept; raises as `student()` does."""
        return hashlib.sha256(self._weights.read_bytes()).hexdigest()

    @property
    def weights_written(self) -> int:
        """When they were written, in nanoseconds; raises as `student()` does."""
        return self._weights.stat().st_mtime_ns

    @property
    def has_checkpoint(self) -> bool:
        """Whether training has begun, and goes on."""
        return all((self.folder / name).is_file() for name in ("run.json", "checkpoint.npz"))

    @property
    def _weights(self) -> Path:
        path = self.folder / _WEIGHTS
        if not path.is_file():
            raise RecipeError(
                f"{self.folder} holds no trained weights yet: go on with it by --resume (in Python resume=True)"
            )
        return path

    @property
    def metrics(self) -> dict[str, Any]:
        """Figures on the dev rows, empty where the recipe names none."""
        path = self.folder / "metrics.json"
        if not path.is_file():
            return {}
        with _undamaged(path):
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def save(self) -> None:
        """Write run.json and the assets; what killed processes have left half written goes."""
        for left in self.folder.glob(".*.part"):
            left.unlink(missing_ok=True)
        for part, assets in (("encoder", self.encoder_assets), ("head", self.head_assets)):
            folder = self.folder / "assets" / part
            make_folder(folder)
            for name, content in assets.items():
                write_atomically(folder / name, content)
        self.write_json("run.json", {"recipe": self.recipe.model_dump(mode="json"), "provenance": self.provenance})

    @contextmanager
    def read_arrays(self, name: str) -> Iterator[Any]:
        """An .npz file of the run's folder, open.

        Raises:
            RecipeError: it is damaged.
        """
        path = self.folder / name
        with _undamaged(path), path.open("rb") as file, np.load(file) as arrays:
            yield arrays

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON document into the run's folder."""
        write_atomically(self.folder / name, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())

    def write_arrays(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        """Write an .npz file into the run's folder."""
        with open_atomically(self.folder / name) as file:
            np.savez(file, allow_pickle=False, **arrays)


def new_run(recipe: Recipe, base: Path, folder: Path, splits: Splits) -> Run:
    """A run that has not begun; nothing is written.

    Args:
        recipe: as it is used.
        base: the folder that its paths start from.
        folder: of the run.
        splits: its rows; encoder and head learn their associated files from those to train on.

    Raises:
        DataError: the rows are not of the head's task.
    """
    encoder, encoder_config = recipe.encoder_plugin()
    texts = [text for row in splits.train for text in parts(row.text)]
    start = start_of(recipe) if recipe.start else None
    # weights and vocabulary belong together
    kept = start.encoder_assets if start else encoder.fit(texts, encoder_config)
    labels: Assets = {}
    if not recipe.pretraining:
        head, head_config = recipe.head_plugin()
        labels = head.fit(splits.train, head_config)
    digest_of_start = start.weights_digest() if start else ""
    return Run(folder, recipe, provenance(recipe, base, splits, digest_of_start), kept, labels)


def open_run(recipe: Recipe, base: Path, folder: Path, splits: Splits, resume: bool) -> Run:
    """A new run, or the one that the folder holds; nothing is written.

    Args:
        recipe: as for `new_run`.
        base: as for `new_run`.
        folder: as for `new_run`.
        splits: as for `new_run`.
        resume: whether the folder may hold a run already.

    Raises:
        RecipeError: it holds a run and may not, or one of another recipe, of other data, or that has yet to start from
            a run that is another one now.
        DataError: as `new_run`.
        EdgeNLPError: it, or what it would lie in, is a file.
    """
    check_folder(folder, "the run")
    if not (folder / "run.json").exists():
        return new_run(recipe, base, folder, splits)
    if not resume:
        raise RecipeError(
            f"{folder} holds a run already: go on with it by --resume (in Python resume=True), or name another folder"
        )
    run = load_run(folder)
    if changed := next(differences(run.recipe.model_dump(mode="json"), recipe.model_dump(mode="json")), ""):
        raise RecipeError(f"{folder} was started with another recipe ({changed}), so it cannot be resumed: {_ANOTHER}")
    now = provenance(recipe, base, splits, run.provenance.get("start", ""))
    known = run.provenance["data"]
    if known != now["data"]:
        counted = differences({name: known.get(name) for name in splits.counts}, splits.counts)
        changed = next(counted, "its files have changed, or are parted in another way")
        raise RecipeError(f"{folder} was started with other data ({changed}), so it cannot be resumed: {_ANOTHER}")
    if recipe.start and not run.has_checkpoint and start_of(recipe).weights_digest() != run.provenance["start"]:
        raise RecipeError(f"{recipe.start} has been trained anew since {folder} was started: name another folder")
    return replace(run, provenance=run.provenance | now)


def provenance(recipe: Recipe, base: Path, splits: Splits, start: str) -> dict[str, Any]:
    """What a run is made from: digests and numbers of its rows, versions of what runs it, and where the data lie.

    Args:
        recipe: as it is used.
        base: the folder that its paths start from.
        splits: its rows.
        start: the digest of the weights that it started from; empty for none.
    """
    names = ("edgenlp", "tensorflow", "keras", "numpy")
    versions = {"python": platform.python_version(), **{name: version(name) for name in names}}
    digests = {"sha256": digest(recipe, base), "measured": splits.digest, "reported": splits.reported_digest}
    made = {"data": {**digests, **splits.counts}, "versions": versions, "folder": str(base.resolve())}
    return made | ({"start": start} if start else {})


def rows_of(run: Run) -> Splits:
    """The rows that a run has learnt and is measured with, read again.

    Raises:
        DataError: the data are not what it learnt, are parted in another way, or are no longer where they were.
    """
    base, known = Path(run.provenance["folder"]), run.provenance["data"]
    try:
        # a changed file may not even be readable any more
        splits = read_splits(run.recipe, base) if digest(run.recipe, base) == known["sha256"] else None
    except DataError:
        splits = None
    if splits is None or splits.digest != known.get("measured"):
        raise DataError(
            f"the data in {base} is missing or has changed since {run.folder} was trained, or this edgenlp parts it in "
            "another way: it is needed to measure, so train the run again where it cannot be had as it was"
        )
    return splits


def load_run(folder: Path | str) -> Run:
    """Read a run's folder.

    Raises:
        RecipeError: it is not one.
        PluginError: the encoder or the head is not installed.
    """
    folder = Path(folder)
    path = folder / "run.json"
    if not path.is_file():
        raise RecipeError(f"{folder} is not a run: it holds no run.json; edgenlp train --out makes one")
    with _undamaged(path):
        match json.loads(path.read_text(encoding="utf-8")):
            case {"recipe": dict(values), "provenance": {"data": {"sha256": str()}} as recorded}:
                recipe: Recipe = validated(Recipe, values, f"{path} is {_OTHER_VERSION}")
            case _:
                raise ValueError("it does not say what was trained from what")
    return Run(folder, recipe, recorded, _Kept(folder / "assets/encoder"), _Kept(folder / "assets/head"))


@contextmanager
def _undamaged(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise RecipeError(
            f"{path} is damaged ({quoted(error)}): train the run again, or take a copy of the file"
        ) from error


def start_of(recipe: Recipe) -> Run:
    """The run that a recipe starts from.

    Raises:
        RecipeError: it is none, or has another encoder.
    """
    start = load_run(Path(recipe.start))
    own, theirs = recipe.encoder.get("name"), start.recipe.encoder.get("name")
    if own != theirs:
        raise RecipeError(f"the recipe starts from {start.folder}, whose encoder is {theirs!r}, not {own!r}")
    return start


class _Kept(dict[str, bytes]):
    """Associated files from a run's folder, where one may have been lost."""

    def __init__(self, folder: Path) -> None:
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        # hidden files are not the run's: they are a desktop's, or of a write that was cut off
        super().__init__((path.name, path.read_bytes()) for path in found if not path.name.startswith("."))
        self._folder = folder

    def __missing__(self, name: str) -> bytes:
        raise RecipeError(f"{self._folder} lacks {name}: train the run again, or take a copy of the file")


def _arrays_of(student: Student) -> dict[str, np.ndarray]:
    return {
        f"{part}.{number}": weight.numpy()
        for part in PARTS
        for number, weight in enumerate(getattr(student, part).weights)
    }


def _read_alike(one: Featurizer, other: Featurizer) -> bool:
    """Whether two featurizers of the same encoder make the same arrays of texts in many scripts."""
    length = 16
    batches = []
    for featurizer in (one, other):
        texts = [featurizer.tokenize(golden.text, length) for golden in golden_texts()]
        batches.append(featurizer.batch([tokens for tokens in texts if len(tokens)], length))
    return all(np.array_equal(batches[0][name], batches[1][name]) for name in batches[0])
