"""Lines of text as inputs of a model."""

from __future__ import annotations

from typing import Final

from edgenlp.errors import TextError
from edgenlp.interfaces import Text

SEPARATOR: Final = "\t"


def read_text(line: str, pair: bool = False) -> Text:
    """The text of a line; two that are parted by TABs are a pair, and blank ones do not count.

    Args:
        line: without its end.
        pair: whether only a pair will do: beside a TAB a blank one counts then.

    Raises:
        TextError: there are more than two, or there is no pair where only one will do.
    """
    texts = [text for text in line.split(SEPARATOR) if text.strip()]
    if len(texts) > 2:
        raise TextError(f"{len(texts)} texts are parted by TABs here, and no model takes more than two.")
    if len(texts) == 2:
        return texts[0], texts[1]
    if not pair:
        return line
    first, tab, second = line.partition(SEPARATOR)
    if not tab:
        raise TextError("the model takes a pair of texts, and this is one text: a TAB parts the two.")
    return first, second
