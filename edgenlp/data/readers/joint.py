"""Joint intent and slot data as SNIPS and ATIS come: a folder with parallel files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import ClassVar, Final

from edgenlp.data.bio import TagError, slots
from edgenlp.data.lines import no_rows, numbered_lines, place
from edgenlp.data.options import choice, settle
from edgenlp.data.readers.whole_tokens import leaves
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Node, Reader, Target

WORDS: Final = "seq.in"
TAGS: Final = "seq.out"
LABELS: Final = "label"


class JointReader(Reader):
    """A folder of `seq.in` (words), `seq.out` (a BIO tag for each word) and `label` (the intent), line by line.

    A row that is blank in all of them is left out.

    Options:
        target: `tree` (default) makes a tree of intent and slots; `label` makes the intent alone, and needs no
            `seq.out`.
        language: a BCP 47 tag for all rows.

    Tags are read as seqeval reads them: an `I-` behind another label begins a slot of its own. Slots are taken as whole
    tokens, without the invisible separators, such as directional marks, that a word may begin or end with.
    """

    name: ClassVar[str] = "joint"

    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Stream the examples; a text is its line in `seq.in` without white space around it.

        Raises:
            DataError: naming file and line; also for a folder that lacks one of its files.
        """
        settled = settle(self.name, options, target="tree", language="")
        with_slots = choice(self.name, "target", settled["target"], ("tree", "label")) == "tree"
        names = [WORDS, LABELS, *([TAGS] if with_slots else [])]
        missing = [name for name in names if not (path / name).is_file()]
        if missing:
            hint = "; without slots, read it with target=label" if missing == [TAGS] else ""
            raise DataError(
                f"{path} lacks {' and '.join(missing)}: the format 'joint' is a folder of {', '.join(names)}{hint}."
            )
        empty = True
        for number, row in enumerate(zip_longest(*(_lines(path / name) for name in names)), 1):
            if not any(row):
                continue
            empty = False
            for name, line in zip(names, row, strict=True):
                if line is None:
                    raise DataError(f"{place(path / name, number)}: the file ends here, but the others go on.")
                if not line:
                    raise DataError(f"{place(path / name, number)}: is empty.")
            text, label, *tags = row
            target: Target = Node(label, children=_slots(text, tags[0], path / TAGS, number)) if with_slots else label
            yield Example(text, target, settled["language"])
        if empty:
            raise no_rows(path / WORDS)

    def recognises(self, path: Path) -> bool:
        """True for a folder with `seq.in`; what else it lacks, `read` tells."""
        return (path / WORDS).is_file()


def _lines(path: Path) -> Iterator[str]:
    return (line.strip() for _, line in numbered_lines(path))


def _slots(text: str, line: str, path: Path, number: int) -> tuple[Node, ...]:
    words = [match.span() for match in re.finditer(r"\S+", text)]
    tags = line.split()
    if len(words) != len(tags):
        raise DataError(f"{place(path, number)}: found {len(tags)} tags for {len(words)} words.")
    try:
        return leaves(slots(words, tags), text)
    except TagError as error:
        raise DataError(f"{place(path, number)}: {error}.") from error
