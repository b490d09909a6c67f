"""Cutting a text into tokens, by spans of the caller's own string (docs/text-spec.md, Segmentation)."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final, Literal

from edgenlp.text.table import table

Segmentation = Literal["unicode", "whitespace"]
"""`unicode` cuts by script, `whitespace` only at separators, for text that is cut into words already."""

_TOKENS: Final[dict[str, re.Pattern[str]]] = {
    # Over class letters, one for each code point of the text, never over the text itself.
    "unicode": re.compile(
        r"[ula][ulaxjb]*"  # letters
        r"|d[dxjb]*"  # digits
        r"|(?:v*c|v+)[xjb]*(?:(?<=b)c[xjb]*)*"  # Thai, Lao, Khmer, Myanmar: one orthographic cluster
        r"|h[xjb]*"  # ideographs and hiragana, one by one
        r"|k[kxjb]*"  # katakana
        r"|rr?[xjb]*"  # flags
        r"|o[xjb]*(?:(?<=j)o[xjb]*)*"  # signs and emoji, joined ones as one
        r"|[xjb]+"  # marks with nothing before them
    ),
    "whitespace": re.compile(r"[^s]+"),
}

_FIRST_WINDOW: Final = 512


def segment(text: str, limit: int, how: Segmentation = "unicode") -> tuple[list[tuple[int, int]], bool]:
    """Cut `text` into its first `limit` tokens.

    A long text is read only as far as these need: a window of it is cut and made four times as long until it holds
    one token more. That the last token of the window may be cut short does no harm, since it is the one too many.

    Args:
        text: any string; lone surrogates are signs like others.
        limit: the most tokens that are wanted, 0 or more.
        how: the way of cutting.

    Returns:
        The tokens' spans, ascending and without overlap, in code points of `text`; and whether there were more.
    """
    classes = table().classes
    pattern = _TOKENS[how]
    window = _FIRST_WINDOW
    while True:
        found = pattern.finditer(text[:window].translate(classes))
        spans = [match.span() for match in islice(found, limit + 1)]
        if len(spans) > limit:
            return spans[:limit], True
        if window >= len(text):
            return spans, False
        window *= 4
