"""What a masked language model would say in the place of each word of a text, kept in a file.

The file has one JSON value a line: first `{"teacher": digest, "candidates": count}`, then for each text
`[text, [[start, end, [word, ...]], ...]]` with spans in code points.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgenlp.artifact.files import alone_in, check_place, write_atomically
from edgenlp.data.lines import numbered_lines, place
from edgenlp.errors import DataError
from edgenlp.evaluation.progress import Progress
from edgenlp.interfaces import Arrays, Span, Teacher
from edgenlp.text import normalize, table

WHAT: Final = "vocabulary_logits"
SAVE_EVERY_SECONDS: Final = 60.0

WORDPIECE_INNER, SENTENCEPIECE_FIRST, BYTE_LEVEL_FIRST = "##", "▁", "Ġ"
_PRINTED: Final = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
_OTHERS: Final = [byte for byte in range(0x100) if byte not in _PRINTED]
BYTES: Final = {chr(byte): byte for byte in _PRINTED} | {chr(0x100 + n): byte for n, byte in enumerate(_OTHERS)}
"""What characters of byte-level vocabularies (Radford et al. 2019) stand for: printed bytes have those of their number,
the others, such as a space, those from 0x100 on."""
LETTERS: Final = re.compile(r"[ulavckh][ulavckhxjb]*")
"""Over class letters: a word of letters alone; numbers and signs neither go nor come."""

Suggestions = Mapping[Span, Sequence[str]]
"""The likeliest other words for each word of a text, best first."""


class Suggester:
    """A teacher's suggestions for texts, kept in a file.

    Args:
        teacher: one that offers `vocabulary_logits`.
        config: its settings.
        candidates: the most words for a word's place.
        path: the file; it is read here where it exists.

    Raises:
        DataError: the file is damaged, or holds another teacher's suggestions.
    """

    def __init__(self, teacher: Teacher, config: Any, candidates: int, path: Path) -> None:
        self._teacher = teacher
        self._config = config
        self._candidates = candidates
        self._path = path
        self._header = {"teacher": teacher.digest(config), "candidates": candidates}
        self._known: dict[str, Suggestions] = self._read() if path.exists() else {}

    def __call__(self, texts: Sequence[str]) -> Mapping[str, Suggestions]:
        """Suggestions for each text; the teacher is asked about those that the file lacks, and they are added to it.

        What was asked before a break is in the file too, but for the last minute's.
        """
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._save()  # where the file cannot be written, say so before hours of work
            self._ask(missing)
            self._save()
        return self._known

    def _ask(self, texts: Sequence[str]) -> None:
        pieces = _whole_words(self._teacher.labels(WHAT, self._config))
        saved = time.monotonic()
        with Progress("suggesting words", show=True) as progress:
            answers = self._teacher.label(texts, [WHAT], self._config)
            for text, answer in zip(texts, answers, strict=True):
                self._known[text] = _likeliest(text, answer, pieces, self._candidates)
                progress.advance()
                if time.monotonic() - saved > SAVE_EVERY_SECONDS:
                    self._save()
                    saved = time.monotonic()

    def _save(self) -> None:
        """Write all that is known, here or by now in the file: another process may be asking, too."""
        check_place(self._path)
        with alone_in(self._path.parent):
            if self._path.exists():
                self._known = self._read() | self._known
            lines = [json.dumps(self._header)]
            for text, words in self._known.items():
                lines.append(json.dumps([text, [[*span, list(own)] for span, own in words.items()]]))
            write_atomically(self._path, ("\n".join(lines) + "\n").encode())

    def _read(self) -> dict[str, Suggestions]:
        lines = numbered_lines(self._path)
        self._check_header(next(lines, (1, ""))[1])
        known: dict[str, Suggestions] = {}
        number = 1
        try:
            for number, line in lines:  # noqa: B007 - the message names it
                text, words = json.loads(line)
                known[text] = {(start, end): own for start, end, own in words}
        except (ValueError, TypeError) as error:
            raise DataError(f"{place(self._path, number)}: this is no suggestion; delete the file.") from error
        return known

    def _check_header(self, line: str) -> None:
        """Raise where the file's first line is not ours; one without suggestions may be anything, even data."""
        try:
            header = json.loads(line)
        except ValueError:
            header = None
        if not isinstance(header, dict) or header.keys() != self._header.keys():
            raise DataError(f"{self._path} is no file of suggestions: name another one in augmentation.suggestions.")
        if header != self._header:
            raise DataError(
                f"{self._path} holds suggestions of another teacher, or another number of them: "
                "name another file in augmentation.suggestions, or delete this one."
            )


def _whole_words(pieces: Sequence[str]) -> dict[int, str]:
    """The pieces of a vocabulary that are whole words of letters, as words, by their numbers."""
    # any vocabulary may have the others' marks among its characters
    marks = (WORDPIECE_INNER, SENTENCEPIECE_FIRST, BYTE_LEVEL_FIRST)
    mark = max(marks, key=lambda mark: sum(piece.startswith(mark) for piece in pieces))
    words = {}
    for number, piece in enumerate(pieces):
        marked = piece.startswith(mark)
        word = piece.removeprefix(mark) if marked else piece
        word = _from_bytes(word) if mark == BYTE_LEVEL_FIRST else word
        if marked != (mark == WORDPIECE_INNER) and is_word(word):
            words[number] = word
    return words


def _from_bytes(piece: str) -> str:
    """What a piece of a byte-level vocabulary says; nothing where it is a part of a character."""
    try:
        return bytes(BYTES[character] for character in piece).decode()
    except (KeyError, UnicodeDecodeError):
        return ""


def is_word(word: str) -> bool:
    """Whether it is of letters alone."""
    return LETTERS.fullmatch(word.translate(table().classes)) is not None


def _likeliest(text: str, answer: Arrays, words: Mapping[int, str], count: int) -> Suggestions:
    """The `count` likeliest other words at each token of the text that is a word of letters."""
    numbers = np.fromiter(words, np.int64, len(words))
    found = {}
    for (start, end), logits in zip(answer["spans"].tolist(), answer[WHAT], strict=True):
        word = text[start:end]
        if is_word(word):
            found[start, end] = _others(normalize(word), logits[numbers], list(words.values()), count)
    return found


def _others(word: str, logits: NDArray[np.float32], words: Sequence[str], count: int) -> list[str]:
    # one spelling of the word itself in capitals and one without may be among them
    best = np.argpartition(-logits, min(2 * count + 2, len(logits) - 1))[: 2 * count + 2]
    order = best[np.argsort(-logits[best], kind="stable")]
    return list(islice((words[i] for i in order if normalize(words[i]) != word), count))
