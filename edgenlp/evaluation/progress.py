"""A line on stderr for work that takes its time."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from types import TracebackType
from typing import Final

QUIET_SECONDS: Final = 2.0
EVERY_SECONDS: Final = 0.5


class Progress:
    """Counts what is done; says so once `QUIET_SECONDS` have passed, if stderr is a terminal.

    Args:
        what: the verb, such as `evaluating`.
        show: False for none at all.
        total: of what there is to do, where it is known; the time left is shown then.
    """

    def __init__(self, what: str, show: bool, total: int = 0) -> None:
        self._what = what
        self._total = total
        self._show = show and sys.stderr.isatty()
        self._start = time.perf_counter()
        self._next = self._start + QUIET_SECONDS
        self._done = 0
        self._shown = False

    def advance(self) -> None:
        """One more is done."""
        self._done += 1
        if self._show and (now := time.perf_counter()) >= self._next:
            self._next = now + EVERY_SECONDS
            self._shown = True
            rate = self._done / (now - self._start)
            of, left = "", ""
            if self._total:
                of = f"/{self._total:,}"
                left = f", {timedelta(seconds=round((self._total - self._done) / rate))} left"
            sys.stderr.write(f"\r{self._what}: {self._done:,}{of} ({rate:,.0f} a second{left})\033[K")
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
