"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from edgenlp.errors import EdgeNLPError


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`; on any failure what was there before is still there, and nothing else is left.

    Raises:
        EdgeNLPError: the disk is full, or the folder is missing or read-only.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with scratch.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        raise EdgeNLPError(f"{path} could not be written ({error.strerror}): nothing was changed.") from error
    finally:
        scratch.unlink(missing_ok=True)
