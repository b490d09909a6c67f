"""What the tools that make texts and dictionaries read, rows of files and the words in them, and how they write."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from edgenlp.artifact.files import write_atomically
from edgenlp.data import read_examples
from edgenlp.data.edits import words
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, parts
from edgenlp.text import normalize
from edgenlp_augmentation.suggestions import is_word


def read(sources: Iterable[str]) -> list[Example]:
    """The rows of files that are named with their readers.

    Args:
        sources: `READER:FILE` each; a reader's options stand behind its name, as in `clinc,split=val:FILE`.

    Raises:
        SystemExit: a file is named alone, or an option is no `KEY=VALUE`.
        EdgeNLPError: there is no such reader, or it has no such option, or a file cannot be read.
    """
    rows: list[Example] = []
    for source in sources:
        named, _, file = source.partition(":")
        reader, *options = named.split(",")
        if not file:
            raise SystemExit(f"error: {source}: name what reads it, such as mtop:{source}.")
        if wrong := next((option for option in options if "=" not in option), None):
            raise SystemExit(f"error: {source}: {wrong} is no option KEY=VALUE of the reader {reader}.")
        rows += read_examples(file, reader, **dict(option.split("=", 1) for option in options))
    return rows


def encode(lines: Iterable[str]) -> bytes:
    """The lines as a file has them.

    Raises:
        DataError: one holds a lone surrogate, which is no UTF-8.
    """
    encoded = bytearray()
    for line in lines:
        try:
            encoded += f"{line}\n".encode()
        except UnicodeEncodeError:
            raise DataError(
                f"the line {line!r:.60} holds half a character, a lone surrogate: write it whole in the data."
            ) from None
    return bytes(encoded)


def write(path: Path, lines: Iterable[str]) -> None:
    """Put the lines at `path`, whole or not at all.

    Raises:
        DataError: as `encode`.
        EdgeNLPError: the disk is full, or the folder is missing or read-only.
    """
    write_atomically(path, encode(lines))


def words_of(rows: Iterable[Example]) -> Iterator[str]:
    """All words of the rows' texts, as they are written."""
    return (text[slice(*span)] for row in rows for text in parts(row.text) for span in words(text, row.target))


def frequencies(rows: Iterable[Example]) -> Counter[str]:
    """How often each word stands in the rows' texts, normalised."""
    return Counter(map(normalize, words_of(rows)))


def common_words(counts: Counter[str], share: float) -> frozenset[str]:
    """Those that are more than a share of all words."""
    most = share * counts.total()
    return frozenset(word for word, count in counts.items() if count > most)


def vocabulary(rows: Iterable[Example], most: int) -> list[str]:
    """The most frequent words of letters alone, each as it is written most often, the most frequent first."""
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, count in Counter(words_of(rows)).items():
        if is_word(normalize(word)):
            written[normalize(word)][word] += count
    frequent = sorted(written.values(), key=Counter.total, reverse=True)[:most]
    return [forms.most_common(1)[0][0] for forms in frequent]
