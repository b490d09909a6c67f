"""Intents and slots, an utterance a line, each word with its tag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import ClassVar, Final

from edgenlp.data.bio import TagError, slots
from edgenlp.data.lines import first_line, no_rows, numbered_lines, place
from edgenlp.data.options import settle
from edgenlp.data.readers.whole_tokens import leaves
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Node, Reader, Span

ARROW: Final = " <=> "
SHAPE: Final = f"word:tag word:tag ...{ARROW}intent"


class TaggedReader(Reader):
    """Lines such as `wake:O me:O at:O nine:B-time <=> alarm_set`, one of the forms in which MASSIVE is passed on.

    A text is its words with a space between them; what stands behind a word's last colon is its BIO tag, read as
    seqeval reads it: an `I-` behind another label begins a slot of its own. Slots are taken as whole tokens, without
    the invisible separators, such as directional marks, that a word may begin or end with.

    Blank lines are left out.

    Options:
        language: a BCP 47 tag for all rows.
    """

    name: ClassVar[str] = "tagged"

    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Stream the examples.

        Raises:
            DataError: naming the file and the line; also for a file without a single line.
        """
        language = settle(self.name, options, language="")["language"]
        empty = True
        for number, line in numbered_lines(path):
            if not line.strip():
                continue
            empty = False
            tagged, arrow, intent = line.rpartition(ARROW)
            parted = [word.rpartition(":") for word in tagged.split()]
            if not arrow or not intent.strip() or not all(word and tag for word, _, tag in parted) or not parted:
                raise DataError(f"{place(path, number)}: {line!r:.60} is not of the form {SHAPE!r}.")
            words = [word for word, _, _ in parted]
            try:
                found = slots(_spans(words), [tag for _, _, tag in parted])
            except TagError as error:
                raise DataError(f"{place(path, number)}: {error}.") from error
            text = " ".join(words)
            yield Example(text, Node(intent.strip(), children=leaves(found, text)), language)
        if empty:
            raise no_rows(path)

    def recognises(self, path: Path) -> bool:
        """True where the first line has an arrow and tags before it."""
        tagged, arrow, _ = first_line(path).rpartition(ARROW)
        return bool(arrow) and all(":" in word for word in tagged.split())


def _spans(words: Sequence[str]) -> list[Span]:
    """Where the words stand with one space between them."""
    ends = accumulate(len(word) + 1 for word in words)
    return [(end - 1 - len(word), end - 1) for word, end in zip(words, ends, strict=True)]
