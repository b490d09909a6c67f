"""Raw text: a sentence or a paragraph a line, without answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from edgenlp.data.lines import no_rows, numbered_lines
from edgenlp.data.options import settle
from edgenlp.interfaces import Example, Reader


class LinesReader(Reader):
    """UTF-8 text, a sentence or a paragraph a line; lines of white space alone are skipped.

    The lines have no gold answers: they are for `edgenlp pretrain`.

    Options:
        language: a BCP 47 tag for all lines.
    """

    name: ClassVar[str] = "lines"

    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Stream the lines.

        Raises:
            DataError: naming the file and the line; also for a file without a single line.
        """
        language = settle(self.name, options, language="")["language"]
        empty = True
        for _, line in numbered_lines(path):
            if line.strip():
                yield Example(line, "", language)
                empty = False
        if empty:
            raise no_rows(path)

    def recognises(self, path: Path) -> bool:  # noqa: ARG002
        """Never: where there are no answers, nothing can be measured."""
        return False
