"""Turns a dictionary of FreeDict's into word pairs for the augmentation `code_switch`.

FreeDict's dictionaries are free (most GPL-2.0-or-later) and packaged by Debian as `dict-freedict-eng-deu` and so on,
in dictd's form: an index of headwords, and a compressed text of what they mean.

    apt-get install dict-freedict-eng-deu
    python tools/freedict.py /usr/share/dictd/freedict-eng-deu --out en-de.txt --text de.txt...

Of a word's translations those are kept, without what stands in brackets, whose words are the most frequent in texts of
their language: "play" has many in German, few of which anyone says.
"""

from __future__ import annotations

import argparse
import gzip
import re
import string
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from edgenlp.artifact.files import check_place
from edgenlp.cli.arguments import positive
from edgenlp.data.lines import numbered_lines, place, read_bytes
from edgenlp.errors import DataError, EdgeNLPError
from edgenlp.text import normalize
from edgenlp_augmentation.suggestions import is_word
from texts import frequencies, read, write

DIGITS: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
BRACKETS: Final = re.compile(r"<[^>]*>|\[[^]]*\]|\([^)]*\)|\{[^}]*\}|^\d+\.\s*")
APOSTROPHE: Final = re.compile("['’]")
MOST_WORDS: Final = 3


def number(digits: str) -> int:
    """A number as dictd's index writes it, in base 64."""
    value = 0
    for digit in digits:
        value = value * len(DIGITS) + DIGITS.index(digit)
    return value


def entries(path: Path) -> Iterator[tuple[str, str]]:
    """Headwords of one word, and what stands under each, in the index's order.

    Raises:
        DataError: a file is missing or damaged.
    """
    packed, index = Path(f"{path}.dict.dz"), Path(f"{path}.index")
    try:
        content = gzip.decompress(read_bytes(packed))
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{packed} is damaged: {error}.") from error
    for line_number, line in numbered_lines(index):
        try:
            word, begin, length = line.split("\t")[:3]
            start, size = number(begin), number(length)
        except ValueError:
            raise DataError(f"{place(index, line_number)}: this is no headword and its place.") from None
        if is_one_word(word.lower()):
            yield word.lower(), content[start : start + size].decode("utf-8", "replace")


def is_one_word(headword: str) -> bool:
    """Whether it is of letters alone, in any script, but for one apostrophe within."""
    pieces = APOSTROPHE.split(headword)
    return len(pieces) <= 2 and all(map(is_word, pieces))


def translations(entry: str) -> Iterator[str]:
    """What an entry's lines give in the place of its headword, the first senses first."""
    for line in entry.split("\n")[1:]:
        # examples, notes and references are indented or say what they are
        if not line or line[0].isspace() or line.startswith("see:"):
            continue
        for part in re.split(r"[,;]", BRACKETS.sub("", line).replace("~", " ")):
            if 0 < len(part.split()) <= MOST_WORDS and not any(sign in part for sign in '"/…!?'):
                yield " ".join(part.split())


def most_said(found: Iterable[str], counts: Counter[str], most: int) -> list[str]:
    """Those whose rarest word is the most frequent; none with a word that no text has."""
    rarest = {other: min(counts[normalize(word)] for word in other.split()) for other in found}
    return sorted((other for other in rarest if rarest[other]), key=rarest.__getitem__, reverse=True)[:most]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dictionary", type=Path, help="path without .index and .dict.dz")
    parser.add_argument("--out", type=Path, required=True, help="named after the languages, such as en-de.txt")
    parser.add_argument("--text", type=Path, nargs="+", required=True, metavar="FILE", help="of the other language")
    parser.add_argument("--most", type=positive, default=3, help="translations of a word (default: %(default)s)")
    arguments = parser.parse_args()
    found: dict[str, dict[str, None]] = {}
    try:
        check_place(arguments.out)
        for word, entry in entries(arguments.dictionary):
            found.setdefault(word, {}).update(dict.fromkeys(translations(entry)))
        counts = frequencies(read(f"lines:{file}" for file in arguments.text))
        pairs = [(word, other) for word, others in found.items() for other in most_said(others, counts, arguments.most)]
        write(arguments.out, map("\t".join, pairs))
    except EdgeNLPError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{arguments.out}: {len(pairs):,} pairs of {len(found):,} words")


if __name__ == "__main__":
    main()
