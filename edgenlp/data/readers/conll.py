"""Intents and slots word by word in columns, as xSID has them (van der Goot et al. 2021), and its training table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

from edgenlp.data.bio import TagError, slots
from edgenlp.data.lines import first_line, no_rows, numbered_lines, place
from edgenlp.data.options import settle
from edgenlp.data.readers.language import of_name
from edgenlp.data.readers.whole_tokens import leaves
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Node, Reader, Span

COMMENT: Final = re.compile(r"# *([\w-]+) *[=:] ?(.*)")
TEXT, ENGLISH, INTENT = "text", "text-en", "intent"
COLUMNS: Final = 4
TABLE_COLUMNS: Final = 3


class Word(NamedTuple):
    """One word and where it was read."""

    line: int
    text: str
    intent: str
    tag: str


@dataclass(slots=True)
class Block:
    """The lines of one utterance, from `line` on."""

    line: int
    comments: dict[str, str] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)


class ConllReader(Reader):
    """Blocks between blank lines, or a table of one row an utterance; the first line tells which.

    - A block has comments (`# text = ...`, `# text-en = ...`, `# intent = ...`; others, such as `# newpar`, are not
      looked at) and behind them a line for each word, with its number, the word, the intent and a BIO tag between
      tabs. Without the comment `text` the words stand with a space between them; without `intent` the first word's
      counts.
    - The table has three columns between tabs: intent, words and tags, each with spaces between them.

    Tags are read as seqeval reads them: an `I-` behind another label begins a slot of its own. A tag that begins
    with `O` is outside whatever follows (xSID's English training data hold `Orecurring_datetime`), and a word that is
    empty and outside is none (its Chinese data have one).

    Slots are taken as whole tokens: the words of xSID's Swiss German data part an article or a preposition from its
    noun where the text has one token (`d` and `Sunne` of `dSunne`). A token is that slot's which has most of it, and a
    slot without a token of its own is left out, as no model could answer with it.

    A row's id is the English text that it translates, `text-en`; without that, its own text. The language is presumed
    to be the first part of the file's name, as in `de-st.valid.conll`, where that is a tag.

    Options:
        rename: other names for labels, such as `GetWeather=weather/find,reference-part=reference`.
        language: a BCP 47 tag for all rows.
    """

    name: ClassVar[str] = "conll"

    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Stream the examples; each has a tree of its intent and slots.

        Raises:
            DataError: naming file, line and field.
        """
        settled = settle(self.name, options, rename="", language="")
        names = _names(settled["rename"])
        language = settled["language"] or of_name(path)
        blocks = _rows(path) if _is_table(first_line(path)) else _blocks(path)
        empty = True
        for block in blocks:
            empty = False
            yield _example(block, names, language, path)
        if empty:
            raise no_rows(path)

    def recognises(self, path: Path) -> bool:
        """True where the first line is a field's comment, a row of the table, or a word, this behind comments too."""
        line = first_line(path)
        if _is_comment(line):
            return COMMENT.match(line) is not None or _is_word(_first_behind_comments(path))
        return _is_word(line) or _is_table(line)


def _names(rename: str) -> dict[str, str]:
    names = {}
    for pair in rename.split(",") if rename else []:
        old, equals, new = pair.strip().partition("=")
        if not (old and equals and new):
            raise DataError(f"the reader 'conll' takes old=new pairs between commas for 'rename', not {pair!r}.")
        names[old] = new
    return names


def _is_table(line: str) -> bool:
    columns = line.split("\t")
    return len(columns) == TABLE_COLUMNS and re.match("[BIO]", columns[2]) is not None


def _is_comment(line: str) -> bool:
    return line.startswith("#") and ("\t" not in line or COMMENT.match(line) is not None)


def _first_behind_comments(path: Path) -> str:
    try:
        return next((line for _, line in numbered_lines(path) if line.strip() and not _is_comment(line)), "")
    except DataError:
        return ""


def _is_word(line: str) -> bool:
    columns = line.split("\t")
    return len(columns) == COLUMNS and columns[0].isdecimal()


def _blocks(path: Path) -> Iterator[Block]:
    block: Block | None = None
    for number, line in numbered_lines(path):
        if not line.strip():
            if block:
                yield block
            block = None
            continue
        block = block or Block(number)
        if _is_comment(line) and not block.words:
            if comment := COMMENT.match(line):
                block.comments[comment[1]] = comment[2].strip()
        else:
            _, word, intent, tag = _columns(line, COLUMNS, path, number)
            block.words.append(Word(number, word, intent, _tag(tag)))
    if block:
        yield block


def _rows(path: Path) -> Iterator[Block]:
    for number, line in numbered_lines(path):
        if line.strip():
            intent, words, tags = (column.split() for column in _columns(line, TABLE_COLUMNS, path, number))
            if len(words) != len(tags):
                raise DataError(f"{place(path, number, 'tags')}: found {len(tags)} tags for {len(words)} words.")
            label = " ".join(intent)
            pairs = zip(words, tags, strict=True)
            yield Block(number, words=[Word(number, word, label, _tag(tag)) for word, tag in pairs])


def _tag(tag: str) -> str:
    return "O" if tag.startswith("O") else tag


def _columns(line: str, count: int, path: Path, number: int) -> list[str]:
    columns = line.split("\t")
    if len(columns) != count:
        raise DataError(f"{place(path, number)}: found {len(columns)} columns between tabs instead of {count}.")
    return columns


def _example(block: Block, names: Mapping[str, str], language: str, path: Path) -> Example:
    words = [word for word in block.words if word.text.strip() or word.tag != "O"]
    if not words:
        raise DataError(f"{place(path, block.line)}: the block has no words.")
    text = block.comments.get(TEXT) or " ".join(word.text for word in words)
    intent = block.comments.get(INTENT) or block.words[0].intent
    if not intent:
        raise DataError(f"{place(path, block.line, INTENT)}: is empty.")
    try:
        found = slots(_spans(words, text, path, block.line), [word.tag for word in words])
    except TagError as error:
        raise DataError(f"{place(path, words[error.word].line, 'tag')}: {error}.") from error
    renamed = [(names.get(label, label), span) for label, span in found]
    root = Node(names.get(intent, intent), children=leaves(renamed, text))
    return Example(text, root, language, block.comments.get(ENGLISH) or text)


def _spans(words: Sequence[Word], text: str, path: Path, line: int) -> list[Span]:
    """Where the words stand in the text, one after the other with nothing but white space between them."""
    spans = []
    end = 0
    for word in words:
        start = text.find(word.text, end)
        if not word.text.strip() or start < 0 or text[end:start].strip():
            raise DataError(
                f"{place(path, word.line, 'word')}: {word.text!r} does not come next in the text {text[:60]!r}."
            )
        end = start + len(word.text)
        spans.append((start, end))
    if text[end:].strip():
        raise DataError(f"{place(path, line, TEXT)}: {text[end:].strip()[:60]!r} is in none of the words.")
    return spans
