"""What a model is asked about: one text or a pair, with a token in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from edgenlp.errors import EmptyTextError, TextError
from edgenlp.interfaces import Tokens
from edgenlp.runtime.catalogue import shown_type

ONE_TEXT, PAIR = "one text", "a pair of texts"
FORMS: Final = {1: ONE_TEXT, 2: PAIR}
"""By how many texts a head takes."""


def check_form(text: object, sequences: int, name: str) -> None:
    """Raise where something is not what a model takes.

    Args:
        text: what it was given.
        sequences: how many texts its head takes.
        name: the model's.

    Raises:
        TextError: saying what it takes, and what this is.
    """
    given = _form(text)
    if given != FORMS[sequences]:
        several = isinstance(text, Iterable) and not isinstance(text, str | bytes | tuple | list | Mapping)
        hint = ": several texts are given as a list, such as list(texts)." if several else "."
        raise TextError(f"the model {name!r} takes {FORMS[sequences]}, and this is {given}{hint}")


def check_tokens(tokenized: Sequence[Tokens]) -> None:
    """Raise where a text, or one of a pair, holds no token.

    Raises:
        EmptyTextError: saying which.
    """
    for which, tokens in zip(("first", "second"), tokenized, strict=False):
        if not len(tokens):
            text = "text" if len(tokenized) == 1 else f"{which} text of the pair"
            raise EmptyTextError(f"the {text} is empty or holds only white space.")


def _form(value: object) -> str:
    """What a caller gave, in words."""
    if isinstance(value, str):
        return ONE_TEXT
    if isinstance(value, tuple):
        texts = len(value) == 2 and all(isinstance(part, str) for part in value)
        return PAIR if texts else "a tuple of something else"
    return shown_type(value)
