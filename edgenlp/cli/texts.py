"""Lines of text as inputs of a model."""

from __future__ import annotations

from typing import Final

from edgenlp.errors import TextError
from edgenlp.interfaces import Text

SEPARATOR: Final = "\t"


def read_text(line: str) -> Text:
    """The text of a line; two that are parted by a TAB are a pair.

    Raises:
        TextError: there are more than two.
    """
    texts = line.split(SEPARATOR)
    if sum(bool(text.strip()) for text in texts) < 2:
        return line
    if len(texts) > 2:
        raise TextError(f"{len(texts)} texts are parted by TABs here, and no model takes more than two.")
    return texts[0], texts[1]
