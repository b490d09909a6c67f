"""What runtimes log on stderr when they are set up says nothing to the user, and is left out."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

NOISE: Final = re.compile(
    rb"INFO: |[IW]\d{4} \d\d:\d\d:\d\d|[IW]0000 |WARNING: All log messages before absl|To enable the following instr"
)
"""How lines begin that TFLite and TensorFlow log when they are set up, with nothing to say to the user."""


@contextmanager
def quiet_runtime() -> Iterator[None]:
    """Leaves out what runtimes log on stderr when they are set up; anything else passes when this ends."""
    with ExitStack() as opened:
        with suppress(OSError):  # no stderr at all, or no place for a file: then nothing is left out
            opened.enter_context(_filtered_stderr())
        yield


@contextmanager
def _filtered_stderr() -> Iterator[None]:
    """Keeps what the process writes on stderr, whatever writes it, until this ends.

    Raises:
        OSError: there is no stderr, or no folder takes a file.
    """
    sys.stderr.flush()
    with os.fdopen(os.dup(2), "wb", buffering=0) as stderr, tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr.fileno(), 2)
            log.seek(0)
            kept = b"".join(line for line in log if not NOISE.match(line))
            if kept:
                stderr.write(kept)
