"""Slots as tags of words: B begins one, I goes on with it, O stands outside."""

from __future__ import annotations

from collections.abc import Sequence

from edgenlp.interfaces import Span


class TagError(ValueError):
    """A tag is none of BIO; the text continues a sentence that names the place.

    Attributes:
        word: number of the word that has it, from 0.
    """

    def __init__(self, tag: str, word: int) -> None:
        super().__init__(f"{tag!r} is not a BIO tag (O, B-name or I-name)")
        self.word = word


def slots(spans: Sequence[Span], tags: Sequence[str]) -> list[tuple[str, Span]]:
    """The slots of words with their labels, as seqeval reads tags: an `I-` behind another label begins one of its own.

    Args:
        spans: of the words.
        tags: one for each word.

    Raises:
        TagError: a tag is none of O, B-name and I-name.
    """
    found: list[tuple[str, Span]] = []
    current = ""
    for word, ((start, end), tag) in enumerate(zip(spans, tags, strict=True)):
        kind, _, label = tag.partition("-")
        if kind not in ("B", "I", "O") or bool(label) == (kind == "O"):
            raise TagError(tag, word)
        if kind == "I" and label == current:
            found[-1] = (label, (found[-1][1][0], end))
        elif kind != "O":
            found.append((label, (start, end)))
        current = label
    return found
