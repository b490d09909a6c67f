"""The Unicode table of every platform: classes, combining classes and foldings of code points, from one file.

The file is of Unicode 14.0 and is made by `tools/make_unicode_table.py`; nothing here asks the platform's own tables.
Its layout, and the meaning of the class letters, are in docs/text-spec.md.
"""

from __future__ import annotations

import struct
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final, NamedTuple

MAGIC: Final = b"EDGEUNI1"
CODE_POINTS: Final = 0x110000
_FILE: Final = Path(__file__).with_name("unicode.bin")


class Table(NamedTuple):
    """What the file holds.

    Attributes:
        classes: the class letter of every code point, 0x110000 letters; `str.translate` takes it as it is.
        combining: canonical combining classes other than 0, by code point.
        foldings: case and compatibility folding of the code points that change, fully decomposed; Hangul syllables,
            which are decomposed by arithmetic, are not in it.
    """

    classes: str
    combining: dict[int, int]
    foldings: dict[int, str]


class Sections:
    """Reads a table file's sections one after another."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._offset = len(MAGIC)

    def numbers(self) -> tuple[int, ...]:
        """A count, and as many numbers."""
        (count,) = struct.unpack_from("<I", self._content, self._offset)
        numbers = struct.unpack_from(f"<{count}I", self._content, self._offset + 4)
        self._offset += 4 * (count + 1)
        return numbers

    def keyed_bytes(self) -> tuple[tuple[int, ...], bytes]:
        """Numbers, and a byte for each."""
        keys = self.numbers()
        values = self._content[self._offset : self._offset + len(keys)]
        self._offset += len(keys)
        return keys, values

    def classes(self) -> str:
        """The class letter of every code point."""
        starts, letters = self.keyed_bytes()
        bounds = pairwise((*starts, CODE_POINTS))
        runs = (letters[i : i + 1] * (end - start) for i, (start, end) in enumerate(bounds))
        return b"".join(runs).decode("ascii")

    def strings(self) -> dict[int, str]:
        """What code points become: their lengths, and all of them one after another."""
        points, lengths = self.keyed_bytes()
        pool = "".join(map(chr, self.numbers()))
        bounds = pairwise(accumulate(lengths, initial=0))
        return {point: pool[start:end] for point, (start, end) in zip(points, bounds, strict=True)}


@cache
def table() -> Table:
    """The table, read once."""
    sections = Sections(_FILE.read_bytes())
    classes = sections.classes()
    starts, values = sections.keyed_bytes()
    combining = {
        point: value
        for value, (start, end) in zip(values, pairwise((*starts, CODE_POINTS)), strict=True)
        if value
        for point in range(start, end)
    }
    return Table(classes, combining, sections.strings())
