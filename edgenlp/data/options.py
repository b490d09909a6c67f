"""Options of a reader, as they come from a recipe: names and strings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from edgenlp.errors import DataError


def settle(reader: str, options: Mapping[str, str], **defaults: str) -> dict[str, str]:
    """The options with defaults filled in.

    Raises:
        DataError: an option that the reader does not have; names the nearest one.
    """
    for name in options:
        if name not in defaults:
            close = difflib.get_close_matches(name, defaults, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(defaults) or 'none'}."
            raise DataError(f"the reader {reader!r} has no option {name!r}: {hint}")
    return {**defaults, **options}


def choice(reader: str, name: str, value: str, choices: Sequence[str]) -> str:
    """The value, where it is one of the choices.

    Raises:
        DataError: it is not.
    """
    if value not in choices:
        raise DataError(f"the reader {reader!r} takes {' or '.join(choices)} for {name!r}, not {value!r}.")
    return value
