"""Cutting a text into words by a pattern over class letters, no further than the caller reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_FIRST_WINDOW: Final = 512


def matches(text: str, classes: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where the pattern matches the class letters of `text`, from left to right.

    A long text is read window by window. A match that touches a window's end may go on behind it: it is sought again
    in a larger window that begins with it.

    Args:
        text: any string.
        classes: the class letter of every code point.
        pattern: over class letters; what it matches depends on nothing before the match.

    Yields:
        The spans, in code points of `text`.
    """
    start, window = 0, _FIRST_WINDOW
    while start < len(text):
        end = start + window
        last = end >= len(text)
        again = end
        for match in pattern.finditer(text[start:end].translate(classes)):
            first, behind = match.span()
            if behind == window and not last:
                again = start + first
                window *= 4
                break
            yield start + first, start + behind
        start = again
