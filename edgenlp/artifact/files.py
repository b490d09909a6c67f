"""Files are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from edgenlp.errors import EdgeNLPError


def check_place(path: Path) -> None:
    """Tell before any work that a file cannot be written there.

    Raises:
        EdgeNLPError: it is a folder or a device, or in no folder, or in one that is not writable.
    """
    if path.is_dir():
        raise EdgeNLPError(f"{path} is a folder: name a file.")
    if path.exists() and not path.is_file():
        raise EdgeNLPError(f"{path} is no ordinary file, but a device, a pipe or a socket: name a file.")
    folder = _behind_links(path).parent
    if not folder.is_dir():
        raise EdgeNLPError(f"{path} could not be written: {folder} is no folder.")
    if not os.access(folder, os.W_OK):
        raise EdgeNLPError(f"{path} could not be written: {folder} is not writable.")


def _behind_links(path: Path) -> Path:
    """Where a file is written, so that a link to it stays one."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def check_folder(path: Path, whose: str) -> None:
    """Raise what would keep a folder from being made, before the work that fills it.

    Raises:
        EdgeNLPError: it, or what it would lie in, is a file; the message says whose folder it was to be.
    """
    nearest = next(place for place in (path, *path.parents) if place.exists())
    if not nearest.is_dir():
        raise EdgeNLPError(f"{nearest} is a file: name a folder for {whose}")


def make_folder(path: Path) -> None:
    """Make a folder, and those that it is in, where it is not there yet.

    Raises:
        EdgeNLPError: a file is in the way, or it may not be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EdgeNLPError(f"{path} could not be made a folder ({error.strerror}): name another one.") from error


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is in such a context for the folder; what is locked is the folder itself."""
    import fcntl  # of POSIX alone, and devices' side needs none

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`; on any failure what was there before is still there, and nothing else is left.

    Where `path` is a link, what it leads to is written, and it stays one.

    Raises:
        EdgeNLPError: the disk is full, or `check_place` refuses the place.
    """
    with open_atomically(path) as file:
        file.write(content)


@contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """A file to write, for what should not lie in memory whole; it is at `path` when the context ends without error.

    Raises:
        EdgeNLPError: as `write_atomically`.
    """
    check_place(path)
    place = _behind_links(path)
    scratch = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with scratch.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(place)
    except OSError as error:
        raise EdgeNLPError(f"{path} could not be written ({error.strerror}): nothing was changed.") from error
    finally:
        with suppress(OSError):
            scratch.unlink()
