"""What is another value now, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

_SHOWN: Final = 60
"""Characters, at most, of a value."""


def differences(before: Any, now: Any, key: str = "") -> Iterator[str]:
    """Of nested tables and lists of plain values each value that differs, with its dotted key."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in before | now:
            yield from differences(before.get(name), now.get(name), f"{key}.{name}".removeprefix("."))
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, pair in enumerate(zip(before, now, strict=True)):
            yield from differences(*pair, f"{key}.{number}")
    elif before != now:
        yield f"{key} was {_shown(before)} and is {_shown(now)} now"


def _shown(value: Any) -> str:
    return "not set" if value is None else repr(value)[:_SHOWN]
