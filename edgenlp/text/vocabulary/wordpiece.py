"""BERT's tokenizer: words by whitespace and punctuation, then the longest pieces of each from left to right.

Ids and offsets are those of tensorflow-text's `FastBertTokenizer` (docs/text-spec.md, WordPiece).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from edgenlp.text.normalisation import normalize
from edgenlp.text.table import Sections
from edgenlp.text.vocabulary.vocabulary import Span, Vocabulary
from edgenlp.text.vocabulary.words import matches

MAX_WORD_BYTES: Final = 100
"""A longer word, folded and in UTF-8, is unknown as a whole."""

_CONTINUATION: Final = "##"
_FILE: Final = Path(__file__).parent.with_name("bert.bin")

# Over class letters: `w` letter, `p` sign that is a word, `m` several kinds at once, `e` nothing, `s` separator.
_RUNS: Final = re.compile("[wm][wme]*|pe*")
_WORDS: Final = re.compile("w+|p")


class _Table(NamedTuple):
    cased: str
    uncased: str
    forms: dict[int, str]


@cache
def _table() -> _Table:
    sections = Sections(_FILE.read_bytes())
    return _Table(sections.classes(), sections.classes(), sections.strings())


class _Folded(dict[str, str]):
    """What code points become in an uncased vocabulary, worked out when first asked for."""

    def __missing__(self, char: str) -> str:
        table = _table()
        form = table.forms.get(ord(char))
        if form is None:
            form = "".join(c for c in normalize(char) if table.uncased[ord(c)] != "e")
        self[char] = form
        return form


@cache
def _folded() -> _Folded:
    return _Folded()


class WordPiece(Vocabulary):
    """A WordPiece vocabulary with BERT's word cutting.

    Attributes:
        lowercase: whether case and accents are folded before pieces are looked up.
    """

    def __init__(self, pieces: Sequence[str], lowercase: bool) -> None:
        """Take the pieces as `vocab.txt` has them, `##` before those that continue a word.

        Args:
            pieces: distinct; `[PAD]` and `[UNK]` among them.
            lowercase: BERT's `do_lower_case`.
        """
        super().__init__(pieces)
        self.lowercase = lowercase
        self._classes = _table().uncased if lowercase else _table().cased
        numbered = list(enumerate(self.pieces))
        self._initial = {piece: number for number, piece in numbered}
        self._continuing = {
            piece.removeprefix(_CONTINUATION): number for number, piece in numbered if piece.startswith(_CONTINUATION)
        }
        self._longest = max(map(len, self.pieces))

    def _words(self, text: str) -> Iterator[Span]:
        return matches(text, self._classes, _RUNS)

    def _cut(self, word: str) -> tuple[list[int], list[Span]]:
        if self.lowercase:
            folded = _folded()
            forms = [folded[char] for char in word]
            written = "".join(forms)
            sources = [number for number, form in enumerate(forms) for _ in form]
        else:
            written, sources = word, list(range(len(word)))
        sources.append(len(word))
        ids: list[int] = []
        spans: list[Span] = []
        for match in _WORDS.finditer(written.translate(self._classes)):
            start, end = match.span()
            for number, length in self._longest_pieces(written[start:end]):
                ids.append(number)
                spans.append((sources[start], sources[start + length]))
                start += length
        return ids, spans

    def _longest_pieces(self, word: str) -> list[tuple[int, int]]:
        """Each piece's id and length in code points; the unknown piece alone where some part of the word is in none."""
        length = len(word)
        whole = self._initial.get(word)
        unknown = [(self.unknown, length)]
        if length * 4 > MAX_WORD_BYTES and len(word.encode("utf-8", "surrogatepass")) > MAX_WORD_BYTES:
            return unknown
        if whole is not None:
            return [(whole, length)]
        found = []
        start, pieces = 0, self._initial
        while start < length:
            for end in range(min(length, start + self._longest), start, -1):
                number = pieces.get(word[start:end])
                if number is not None:
                    break
            else:
                return unknown
            found.append((number, end - start))
            start, pieces = end, self._continuing
        return found
