"""Teachers' answers on disk: computed once, in a form that needs no framework to read.

labels.json         what the answers depend on: teachers, data, recipe and texts, each by digest; and how many texts
shard-00000.npz     the answers for 1,000 texts, the last shard's fewer; docs/distillation.md lists the arrays

A shard is written whole or not at all and depends on its own texts alone. So a filling that was killed goes on
where it stopped, several processes may fill one cache, and the finished cache is the same bytes in any case.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import operator
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from edgenlp.artifact.files import alone_in, make_folder, write_atomically
from edgenlp.differences import differences
from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import OF_TEXTS, Arrays, Text, parts

FORMAT_VERSION: Final = 1
MANIFEST: Final = "labels.json"
SHARD_SIZE: Final = 1_000
KEPT_OF_A_VOCABULARY: Final = 64
"""The most probable entries are kept of `vocabulary_logits`; of all else, everything."""

_LARGEST: Final = float(np.finfo(np.float16).max)

_KEY_BYTES: Final = 16
_WAIT_SECONDS: Final = 1.0

_BROKEN: Final = (LookupError, ValueError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged archive of arrays raises."""

Dimensions = Mapping[str, Sequence[str]]
"""Of each thing that a teacher says by name, what the last dimension stands for."""

Answer = Callable[[Sequence[Text]], Iterable[Sequence[Arrays]]]
"""What each teacher says about each text."""


@dataclass(frozen=True)
class Origin:
    """What the answers depend on.

    Attributes:
        teachers: of each its `name`, its `digest`, and the labels of each thing that it says by name.
        data: SHA-256 of the data files.
        recipe: the part of the recipe that decides which texts there are and what is asked about them, as JSON has it.
        texts: how many there are.
        keys: SHA-256 over what they are found by.
    """

    teachers: tuple[dict[str, Any], ...]
    data: str
    recipe: dict[str, Any]
    texts: int
    keys: str

    def differs(self, other: Origin) -> str:
        """In words, in what the other differs; empty where it does not."""
        if [teacher["digest"] for teacher in self.teachers] != [teacher["digest"] for teacher in other.teachers]:
            return "of another teacher"
        if self.data != other.data:
            return "of other data"
        if changed := next(differences(self.recipe, other.recipe), ""):
            return f"for another recipe ({changed})"
        return "" if self == other else "of other texts, such as a changed model varies them to"


class LabelCache:
    """A cache that is being filled.

    Args:
        folder: made where it is missing.
        origin: what the answers will depend on.

    Raises:
        RecipeError: the folder holds answers that depend on something else, or of which nothing says on what.
        DataError: what it says of its answers is damaged.
        EdgeNLPError: it cannot be made.
    """

    def __init__(self, folder: Path, origin: Origin) -> None:
        self._folder = folder
        self._texts = origin.texts
        make_folder(folder)
        with alone_in(folder):  # of two processes that begin together, one finds what the other wrote
            if (folder / MANIFEST).is_file():
                check_origin(folder, _read_origin(folder), origin)
            else:
                _check_unused(folder)
                manifest = {"format_version": FORMAT_VERSION, **asdict(origin)}
                content = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
                write_atomically(folder / MANIFEST, content.encode())

    @property
    def done(self) -> int:
        """How many texts are answered."""
        return self._texts - sum(min(SHARD_SIZE, self._texts - number * SHARD_SIZE) for number in self.missing)

    @property
    def missing(self) -> list[int]:
        """The shards that are still to be made."""
        return [number for number in range(_shards(self._texts)) if not _shard(self._folder, number).is_file()]

    def fill(self, texts: Sequence[Text], answer: Answer, report: Callable[[int], None]) -> None:
        """Make what is missing, leaving to other processes what they are making; return when all is there.

        Args:
            texts: all texts of the cache, in its order.
            answer: asks the teachers.
            report: called with the number of texts of each shard that came to be.
        """
        while missing := self.missing:
            made = [self._make(number, texts, answer, report) for number in missing]
            if not any(made):
                time.sleep(_WAIT_SECONDS)
        # what killed processes have left
        for pattern in ("shard-*.lock", ".*.part"):
            for left in self._folder.glob(pattern):
                left.unlink(missing_ok=True)

    def _make(self, number: int, texts: Sequence[Text], answer: Answer, report: Callable[[int], None]) -> bool:
        path = _shard(self._folder, number)
        with _lock(path.with_suffix(".lock")) as held:
            if not held or path.is_file():
                return False
            mine = texts[number * SHARD_SIZE : (number + 1) * SHARD_SIZE]
            write_atomically(path, _pack(mine, answer(mine)))
        report(len(mine))
        return True


class Labels:
    """Finished caches of the same texts in memory: what all their teachers said about each.

    Attributes:
        origin: what the answers depend on.
        folders: where they lie, in words.
    """

    def __init__(self, caches: Mapping[Path, Origin]) -> None:
        first, *_ = caches.values()
        self.origin = replace(first, teachers=tuple(itertools.chain(*(origin.teachers for origin in caches.values()))))
        self.folders = " and ".join(map(str, caches))
        self._answers = [_answers(folder, origin) for folder, origin in caches.items()]

    def of(self, text: Text) -> list[Arrays]:
        """Each teacher's answer.

        Returns:
            For each teacher the arrays of `Teacher.label`, float16; a vocabulary's come as `vocabulary_logits`
            [tokens, 64] beside `vocabulary_ids`, int32 of the same shape, the most probable first.

        Raises:
            DataError: the text was not labelled.
        """
        key = _key(text)
        try:
            return list(itertools.chain(*(answers[key] for answers in self._answers)))
        except KeyError:
            raise DataError(
                f"the labels in {self.folders} hold no answer for {str(text)[:60]!r}: "
                "make them again with edgenlp label and this recipe, in another folder"
            ) from None

    @property
    def widths(self) -> dict[str, list[int]]:
        """Of each thing that teachers say the widths of those that say it, in their order."""
        found: dict[str, list[int]] = {}
        for answer in itertools.chain(*(next(iter(answers.values())) for answers in self._answers)):
            for what, array in answer.items():
                if what != "spans":
                    found.setdefault(what, []).append(array.shape[-1])
        return found


def read_labels(*folders: Path) -> Labels:
    """Read finished caches, whose teachers follow each other in the order of the folders.

    Raises:
        DataError: one is none, or not finished.
        RecipeError: they are of different data, or for different recipes; or one is named twice.
    """
    caches = {folder: _finished(folder) for folder in folders}
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise RecipeError("a folder of labels is named twice: name one for each teacher")
    first, *others = caches
    for other in others:
        if replace(caches[other], teachers=()) != replace(caches[first], teachers=()):
            raise RecipeError(
                f"the labels in {first} and in {other} are not of the same texts: make both with one recipe"
            )
    return Labels(caches)


def check_origin(folder: Path | str, found: Origin, wanted: Origin) -> None:
    """Refuse a stale cache.

    Raises:
        RecipeError: it depends on something else than is wanted now.
    """
    difference = found.differs(wanted)
    if difference:
        raise RecipeError(f"the labels in {folder} are {difference}: name another folder, or make them again")


def _check_unused(folder: Path) -> None:
    """Raise where there are answers already: a shard does not say whose it is."""
    if any(folder.glob("shard-*.npz")):
        raise RecipeError(
            f"{folder} holds parts of labels but no {MANIFEST} that says whose: name another folder, or delete them"
        )


def _finished(folder: Path) -> Origin:
    origin = _read_origin(folder)
    missing = [number for number in range(_shards(origin.texts)) if not _shard(folder, number).is_file()]
    if missing:
        raise DataError(
            f"the labels in {folder} are not finished ({len(missing)} of {_shards(origin.texts)} parts are missing): "
            "go on with edgenlp label"
        )
    return origin


def _read_origin(folder: Path) -> Origin:
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        version = operator.index(values["format_version"])
        if version > FORMAT_VERSION:
            raise DataError(f"the labels in {folder} have format {version}, which is newer than this edgenlp knows")
        return _origin(values)
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{folder} holds no labels: edgenlp label makes them") from None
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{folder / MANIFEST} is damaged: take a copy of it, or make the labels again in another folder"
        ) from error


def _origin(values: Any) -> Origin:
    """What a manifest says.

    Raises:
        TypeError: it is none.
    """
    match values:
        case {
            "teachers": list(teachers),
            "data": str(data),
            "recipe": dict(recipe),
            "texts": int(texts),
            "keys": str(keys),
        }:
            if texts > 0:
                return Origin(tuple(map(_teacher, teachers)), data, recipe, texts, keys)
    raise TypeError("it is no object with teachers, data, recipe, texts and keys")


def _teacher(values: Any) -> dict[str, Any]:
    """A teacher as `Origin` has it.

    Raises:
        TypeError: it is none.
    """
    match values:
        case {"name": str(), "digest": str(), "labels": dict(labels)}:
            if all(isinstance(own, list) for own in labels.values()):
                return values
    raise TypeError("a teacher in it is no object with name, digest and labels")


def keys_digest(texts: Iterable[Text]) -> str:
    """`Origin.keys` of texts in their order."""
    return hashlib.sha256(b"".join(map(_key, texts))).hexdigest()


def _shards(texts: int) -> int:
    return -(-texts // SHARD_SIZE)


def _shard(folder: Path, number: int) -> Path:
    return folder / f"shard-{number:05d}.npz"


def _key(text: Text) -> bytes:
    """What a text is found by: the beginning of the SHA-256 of its UTF-8, the texts of a pair parted by a NUL."""
    return hashlib.sha256("\0".join(parts(text)).encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]


@contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """True where no other process holds it; the system lets go of the lock of a process that was killed."""
    import fcntl  # not every system has it, and answers are read without

    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)


def _pack(texts: Sequence[Text], answers: Iterable[Sequence[Arrays]]) -> bytes:
    columns: dict[str, list[NDArray[Any]]] = {}
    for text, answer in zip(texts, answers, strict=True):
        for number, arrays in enumerate(answer):
            _check_numbers(text, number, arrays)
            for name, array in _narrowed(arrays).items():
                columns.setdefault(f"{number}.{name}", []).append(array)
    packed = {"keys": np.frombuffer(b"".join(map(_key, texts)), np.uint8).reshape(-1, _KEY_BYTES)}
    for name, column in columns.items():
        if column[0].ndim == 1:
            packed[name] = np.stack(column)
        else:
            packed[name] = np.concatenate(column)
            teacher = name.partition(".")[0]
            packed[f"{teacher}.ends"] = np.cumsum([len(array) for array in column]).astype(np.int32)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **packed)
    return buffer.getvalue()


def _check_numbers(text: Text, teacher: int, arrays: Arrays) -> None:
    for name, array in arrays.items():
        if np.isnan(array).any():
            raise DataError(
                f"the {name} of the teacher at place {teacher + 1} for {text!r} are no numbers: its weights are damaged"
            )


def _narrowed(arrays: Arrays) -> Arrays:
    whole = ("spans", "vocabulary_logits")
    found = {name: array if name in whole else _half(array) for name, array in arrays.items()}
    if "vocabulary_logits" in found:
        logits = arrays["vocabulary_logits"]
        best = most_probable(logits, KEPT_OF_A_VOCABULARY)
        found["vocabulary_ids"] = best.astype(np.int32)
        found["vocabulary_logits"] = _half(np.take_along_axis(logits, best, 1))
    return found


def _half(values: NDArray[Any]) -> NDArray[np.float16]:
    """As float16, the largest one for what is larger: some teachers rule labels out by -1e9, or by minus infinity."""
    return np.clip(values, -_LARGEST, _LARGEST).astype(np.float16)


def most_probable(logits: NDArray[Any], count: int) -> NDArray[np.intp]:
    """Places of the `count` largest of each row, the largest first and of equals the first first.

    Sorting 30,000 logits of each token would take longer than the teacher takes to say them: all but those that reach
    what the best of `count` blocks have in common are left out before.
    """
    rows, size = logits.shape
    width = size // (4 * count)
    if width < 2:
        return np.argsort(-logits, axis=1, kind="stable")[:, :count]
    blocks = logits[:, : size // width * width].reshape(rows, size // width, width).max(2)
    bounds = np.partition(blocks, -count, axis=1)[:, -count]
    best = np.empty((rows, count), np.intp)
    for found, row, bound in zip(best, logits, bounds, strict=True):
        places = np.flatnonzero(row >= bound)
        found[:] = places[np.argsort(-row[places], kind="stable")[:count]]
    return best


def _answers(folder: Path, origin: Origin) -> dict[bytes, list[Arrays]]:
    labels = [teacher["labels"] for teacher in origin.teachers]
    answers: dict[bytes, list[Arrays]] = {}
    for number in range(_shards(origin.texts)):
        answers.update(_read_shard(_shard(folder, number), labels))
    if hashlib.sha256(b"".join(answers)).hexdigest() != origin.keys:
        raise DataError(
            f"the parts of the labels in {folder} are not those of its {MANIFEST}, each in its place: take a copy of "
            "them, or make the labels again in another folder"
        )
    return answers


def _read_shard(path: Path, labels: Sequence[Dimensions]) -> list[tuple[bytes, list[Arrays]]]:
    """The answers in a shard, by text.

    Args:
        path: of the shard.
        labels: of each teacher, what the last dimension of what it says stands for.

    Raises:
        DataError: it is damaged.
    """
    try:
        # np.load reads what is no archive too, and speaks of pickles where it cannot
        with path.open("rb") as file, NpzFile(file) as shard:
            return list(_unpack(dict(shard), labels))
    except _BROKEN as error:
        raise DataError(f"{path} is damaged ({error}): delete this file, and edgenlp label makes it again") from error


def _unpack(shard: Arrays, labels: Sequence[Dimensions]) -> Iterator[tuple[bytes, list[Arrays]]]:
    keys = shard["keys"]
    columns: list[dict[str, Sequence[NDArray[Any]]]] = []
    for number, theirs in enumerate(labels):
        own = {name.partition(".")[2]: array for name, array in shard.items() if name.partition(".")[0] == str(number)}
        ends = own.pop("ends", np.zeros(0, np.int32))
        _check_arrays(own, ends, theirs, len(keys))
        columns.append(
            {name: list(array) if name in OF_TEXTS else np.split(array, ends[:-1]) for name, array in own.items()}
        )
    for row, key in enumerate(keys):
        yield key.tobytes(), [{name: column[row] for name, column in own.items()} for own in columns]


def _check_arrays(own: Arrays, ends: NDArray[Any], labels: Dimensions, texts: int) -> None:
    """Raise where arrays are not what a teacher said of so many texts: a shard may be damaged and whole as an archive.

    Raises:
        ValueError: one is missing, of another shape, or no numbers.
    """
    widths = _widths(labels)
    if lacking := sorted({*labels, *widths} - own.keys()):
        raise ValueError(f"{lacking[0]} is missing")
    for name, array in own.items():
        rows = texts if name in OF_TEXTS else _tokens(ends, texts)
        expected = (rows, widths.get(name, array.shape[-1]))
        if array.shape != expected:
            raise ValueError(f"{name} is {list(array.shape)}, not {list(expected)}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds what is no number")


def _widths(labels: Dimensions) -> dict[str, int]:
    """The last dimension of the arrays that come of what a teacher says, as far as its labels tell."""
    widths = {what: len(own) for what, own in labels.items() if own}
    if not labels.keys() <= OF_TEXTS:
        widths["spans"] = 2
    if "vocabulary_logits" in widths:
        kept = min(KEPT_OF_A_VOCABULARY, widths["vocabulary_logits"])
        widths |= {"vocabulary_logits": kept, "vocabulary_ids": kept}
    return widths


def _tokens(ends: NDArray[Any], texts: int) -> int:
    """How many tokens all texts have, which end where `ends` says."""
    if ends.shape != (texts,) or (np.diff(ends, prepend=0) < 0).any():
        raise ValueError("it does not say which tokens are whose")
    return int(ends[-1])
