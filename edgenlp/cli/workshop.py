"""The door to the workshop: training and export need more than prediction does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from edgenlp.errors import MissingExtraError
from edgenlp.runtime.quiet import quiet_runtime

EXTRA: Final = ("tensorflow", "keras", "tensorboard", "pydantic", "rich", "matplotlib", "flatbuffers")


@contextmanager
def needs_workshop() -> Iterator[None]:
    """Tells how to install what `train` and `export` need, where it is missing.

    Raises:
        MissingExtraError: with the command.
    """
    # TensorFlow calls it an error that a machine has no GPU
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with quiet_runtime():
            import tensorflow  # noqa: F401, I001 - its first import logs for pages
            import tensorboard  # noqa: F401 - TensorFlow's summaries ask for it only when they are written
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in EXTRA:
            raise
        raise MissingExtraError(f'{missing} is not installed: pip install "edgenlp[train]"') from error
