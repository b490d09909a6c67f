"""The models that come with the package."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgenlp import artifact
from edgenlp.artifact import Manifest
from edgenlp.errors import ModelError

FOLDER: Final = Path(__file__).resolve().parent.parent / "models"
SUFFIX: Final = ".tflite"
SHOWN_CHARACTERS: Final = 60
"""Of a name that is none, which may be a whole text in the wrong place."""


@dataclass(frozen=True, slots=True)
class BundledModel:
    """A model that comes with the package.

    Attributes:
        name: what `load` and `predict` call it.
        path: the file.
        manifest: what it says about itself.
    """

    name: str
    path: Path
    manifest: Manifest

    @property
    def size_bytes(self) -> int:
        """Of the file."""
        return self.path.stat().st_size


def bundled_models() -> list[BundledModel]:
    """All of them, by name.

    Raises:
        ModelError: one is damaged.
    """
    return [BundledModel(path.stem, path, artifact.read(path).manifest) for path in _paths()]


def resolve(path_or_name: str | Path) -> Path:
    """The file that a bundled model's name, or a path, stands for.

    Raises:
        ModelError: a name that no bundled model has, where the message offers the near misses; or no name at all.
    """
    if not isinstance(path_or_name, str | Path):
        hint = "; a loaded model has a predict of its own" if hasattr(path_or_name, "predict") else ""
        raise ModelError(f"a model is a file's path or a name in quotes, and this is {shown_type(path_or_name)}{hint}.")
    path = Path(path_or_name)
    if isinstance(path_or_name, Path) or path.suffix == SUFFIX or path.parent != Path() or _is(Path.is_file, path):
        return path
    names = [known.stem for known in _paths()]
    if path_or_name in names:
        return FOLDER / f"{path_or_name}{SUFFIX}"
    if path_or_name and is_folder(path):
        return path  # who reads it is told that a folder is no model
    close = difflib.get_close_matches(path_or_name, names, 3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"the models are {', '.join(names) or 'none at all'}."
    shown = path_or_name[:SHOWN_CHARACTERS]
    raise ModelError(f"no model called {shown!r} comes with edgenlp, and there is no such file: {hint}")


def shown_type(value: object) -> str:
    """What is of another type than it should be, in words."""
    return "None" if value is None else f"of type {type(value).__name__}"


def is_folder(path: Path) -> bool:
    """Whether a folder is there; no path is too long to be asked about."""
    return _is(Path.is_dir, path)


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    try:
        return kind(path)
    except OSError:  # such as a name that is too long for the file system
        return False


def _paths() -> list[Path]:
    return sorted(FOLDER.glob(f"*{SUFFIX}"))
