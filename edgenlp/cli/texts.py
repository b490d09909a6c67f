"""Lines of text as inputs of a model."""

from __future__ import annotations

from typing import Final

from edgenlp.errors import TextError
from edgenlp.interfaces import Text

SEPARATOR: Final = "\t"


def read_text(line: str) -> Text:
    """The text of a line; two that are parted by TABs are a pair, and blank ones do not count.

    Raises:
        TextError: there are more than two.
    """
    texts = [text for text in line.split(SEPARATOR) if text.strip()]
    if len(texts) < 2:
        return line
    if len(texts) > 2:
        raise TextError(f"{len(texts)} texts are parted by TABs here, and no model takes more than two.")
    return texts[0], texts[1]
