"""Facebook's multilingual task-oriented dialogs (Schuster et al. 2019): intents, and slots by character offsets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Final

from edgenlp.data.lines import first_line, no_rows, numbered_lines, place
from edgenlp.data.options import choice, settle
from edgenlp.data.readers.whole_tokens import leaves
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Node, Reader, Span
from edgenlp.text import segment

COLUMNS: Final = ("intent", "slots", "utterance", "locale", "tokens")
LOCALE: Final = re.compile("([a-z]{2,3})_[A-Z]{2}")
SLOT: Final = re.compile("([0-9]{1,9}):([0-9]{1,9}):(.+)")


class MtodReader(Reader):
    """Five columns between tabs: intent, slots, utterance, locale, tokens.

    Slots are `start:end:label` between commas, ascending and half-open, in code points of the utterance. They are
    taken as whole tokens: some offsets of the Spanish data are one or two off, behind accents, and some take in white
    space. Of slots that share a token one has it, as in `conll`. The language is that of the locale. Rows have no ids,
    although some are translations of others.

    Options:
        words: `as_written` (default), or `apart` to put a space between words that have none, as the tokens' offsets
            (`{"tokenizations": [{"tokenSpans": [{"start": 0, "length": 4}]}]}`) cut them: Thai as other data sets
            segment it. Elsewhere the column `tokens` is not looked at.
        language: a BCP 47 tag for all rows.
    """

    name: ClassVar[str] = "mtod"

    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Stream the examples; each has a tree of its intent and slots.

        Raises:
            DataError: naming file, line and field.
        """
        settled = settle(self.name, options, words="as_written", language="")
        apart = choice(self.name, "words", settled["words"], ("as_written", "apart")) == "apart"
        empty = True
        for number, line in numbered_lines(path):
            if line.strip():
                empty = False
                yield _example(line, apart, settled["language"], path, number)
        if empty:
            raise no_rows(path)

    def recognises(self, path: Path) -> bool:
        """True where the first line has five columns and the fourth is a locale."""
        columns = first_line(path).split("\t")
        return len(columns) == len(COLUMNS) and LOCALE.fullmatch(columns[3]) is not None


def _example(line: str, apart: bool, language: str, path: Path, number: int) -> Example:
    columns = line.split("\t")
    if len(columns) != len(COLUMNS):
        raise DataError(
            f"{place(path, number)}: found {len(columns)} columns between tabs instead of {len(COLUMNS)} "
            f"({', '.join(COLUMNS)})."
        )
    intent, slots, text, locale, tokens = columns
    for name, value in (("intent", intent), ("utterance", text)):
        if not value.strip():
            raise DataError(f"{place(path, number, name)}: is empty.")
    found = LOCALE.fullmatch(locale)
    if found is None:
        raise DataError(f"{place(path, number, 'locale')}: {locale!r} is not a locale such as 'es_XX'.")
    children = leaves(_slots(slots, text, place(path, number, "slots")), text)
    if apart:
        text, children = _put_apart(text, children, _ends(tokens, text, place(path, number, "tokens")))
    return Example(text, Node(intent, children=children), language or found[1])


def _slots(slots: str, text: str, where: str) -> list[tuple[str, Span]]:
    read = []
    end = 0
    for slot in slots.split(",") if slots else []:
        found = SLOT.fullmatch(slot)
        if found is None:
            raise DataError(f"{where}: {slot!r} is not start:end:label.")
        start, before, end = int(found[1]), end, int(found[2])
        if not before <= start < end <= len(text):
            raise DataError(
                f"{where}: {slot!r} is no part of the {len(text)} characters of the utterance, behind the slot before."
            )
        if not segment(text[start:end], 1)[0]:
            raise DataError(f"{where}: the slot {slot!r} holds no words.")
        read.append((found[3], (start, end)))
    return read


def _ends(tokens: str, text: str, where: str) -> list[int]:
    """Where a word ends at which the next one begins without a space."""
    try:
        spans = [_span(token, text) for token in json.loads(tokens)["tokenizations"][0]["tokenSpans"]]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise DataError(f"{where}: holds no token spans within the utterance.") from error
    return [end for (_, end), (start, _) in pairwise(spans) if start == end]


def _span(token: Any, text: str) -> Span:
    start, length = token["start"], token["length"]
    if not (isinstance(start, int) and isinstance(length, int) and 0 <= start < start + length <= len(text)):
        raise ValueError(token)
    return start, start + length


def _put_apart(text: str, slots: Sequence[Node], ends: Sequence[int]) -> tuple[str, tuple[Node, ...]]:
    """The text with a space at each of `ends`, and the slots where their words now stand."""

    def moved(start: int, end: int) -> Span:
        # a space at a slot's start stands before it, and one at its end behind it
        return start + sum(cut <= start for cut in ends), end + sum(cut < end for cut in ends)

    pieces = [text[start:end] for start, end in pairwise([0, *ends, len(text)])]
    return " ".join(pieces), tuple(Node(slot.label, tuple(moved(*span) for span in slot.spans)) for slot in slots)
