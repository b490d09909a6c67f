"""Writes random and mutated Unicode strings with digests of what Python makes of them, for every binding to replay.

The strings are the golden strings, changed in random places, and strings of random code points: from the same seed
always the same, and as odd as text can be. The first line is a comment; each other line has six fields, one space
apart:

1. the text: its code points in hexadecimal, joined by `.`; `-` for the empty text;
2. `tokens`: the spans of pQRNN's tokens, for a limit of 32;
3. `features`: the rows of all tokens, with the settings of `tests/golden/features.jsonl`;
4. to 6. `uncased`, `cased`, `unigram`: the pieces of the vocabularies in `tests/golden/vocabulary`, for a limit of 48.

Fields 2 to 6 are CRC-32 (as in zip), 8 hexadecimal digits: of the int8 values for `features`; for `tokens` of
little-endian 32-bit numbers, the start and end of each span in code points and then 1 where the text was truncated,
otherwise 0; and for pieces of the id, start and end of each, and the same last number.

Needs edgenlp and edgenlp-pqrnn:

    python tools/make_fuzz.py build/fuzz.txt --count 100000 --seed 1
"""

from __future__ import annotations

import argparse
import random
import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Final

from edgenlp.text import golden_texts
from edgenlp.text.vocabulary import Vocabulary, read_vocabulary
from edgenlp_pqrnn.featurizer import PQRNNFeaturizer
from make_feature_vectors import CONFIG, LIMIT
from make_vocabulary_vectors import GOLDEN, KINDS, ODD
from make_vocabulary_vectors import LIMIT as PIECES

LONGEST: Final = 64
"""Code points of a random text, and of the part of a golden text that is changed."""

RANGES: Final = (
    (0x00, 0x7F),
    (0x00, 0x24F),
    (0x300, 0x36F),  # combining marks
    (0x370, 0x52F),  # Greek, Cyrillic
    (0x590, 0x6FF),  # Hebrew, Arabic
    (0x900, 0xDFF),  # Indic
    (0xE00, 0xEFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # conjoining Jamo
    (0x1780, 0x17FF),  # Khmer
    (0x1E00, 0x1FFF),
    (0x2000, 0x206F),  # spaces, bidi controls, joiners
    (0x2070, 0x2BFF),  # signs
    (0x3000, 0x33FF),  # kana, compatibility
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7FF),  # Hangul syllables
    (0xD800, 0xDFFF),  # lone surrogates
    (0xE000, 0xF8FF),  # private use
    (0xF900, 0xFFFF),  # compatibility, presentation forms, noncharacters
    (0x10000, 0x1FFFF),
    (0x1D400, 0x1D7FF),
    (0x1F1E6, 0x1F1FF),  # regional indicators
    (0x1F300, 0x1FAFF),  # emoji
    (0x20000, 0x3FFFF),
    (0xE0000, 0xE0FFF),  # tags, variation selectors
    (0x0, 0x10FFFF),
)
GLUE: Final = (0x20, 0x0A, 0x200B, 0x200C, 0x200D, 0x1039, 0x17D2, 0x301, 0x323, 0xFE0F, 0x202E, 0x2067, 0xFEFF, 0x00)
"""What joins, splits and hides other code points."""


def texts(generator: random.Random) -> Iterator[str]:
    """Endless strings, each as UTF-16 would have it: surrogates that make a pair are one code point."""
    golden = [*(golden.text for golden in golden_texts() if golden.text), *ODD]
    while True:
        text = _random(generator) if generator.random() < 0.4 else _mutated(generator, generator.choice(golden))
        yield text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _random(generator: random.Random) -> str:
    """Code points of one or two ranges, and glue."""
    ranges = generator.choices(RANGES, k=generator.randint(1, 2))
    return "".join(chr(_point(generator, ranges)) for _ in range(generator.randint(0, LONGEST)))


def _point(generator: random.Random, ranges: Sequence[tuple[int, int]]) -> int:
    if generator.random() < 0.2:
        return generator.choice(GLUE)
    return generator.randint(*generator.choice(ranges))


def _mutated(generator: random.Random, text: str) -> str:
    """A part of a golden text after one to eight changes."""
    start = generator.randrange(len(text))
    points = list(text[start : start + generator.randint(1, LONGEST)])
    for _ in range(generator.randint(1, 8)):
        place = generator.randint(0, len(points))
        change = generator.randrange(5)
        if change == 0:
            points.insert(place, chr(_point(generator, RANGES)))
        elif change == 1:
            points[place : place + 1] = chr(_point(generator, RANGES))
        elif change == 2:
            del points[place : place + 1]
        elif change == 3:
            points[place:place] = points[place : place + 1] * generator.randint(1, 64)
        else:
            points[place : place + 8] = "".join(points[place : place + 8]).swapcase()
    return "".join(points)


class Digests:
    """What Python makes of a text, as fields of a line."""

    def __init__(self) -> None:
        self._featurizer = PQRNNFeaturizer(CONFIG)
        self._vocabularies = [read_vocabulary((GOLDEN / "vocabulary" / kind).read_bytes()) for kind in KINDS]

    def line(self, text: str) -> str:
        """The line of a text."""
        tokens = self._featurizer.tokenize(text, LIMIT)
        fields = [
            _crc([*chain.from_iterable(tokens.spans), tokens.truncated]),
            zlib.crc32(self._featurizer.features(list(tokens)).tobytes()),
            *(_pieces(vocabulary, text) for vocabulary in self._vocabularies),
        ]
        written = ".".join(f"{ord(char):x}" for char in text) or "-"
        return " ".join([written, *(f"{field:08x}" for field in fields)])


def _pieces(vocabulary: Vocabulary, text: str) -> int:
    ids, spans, truncated = vocabulary.tokenize(text, PIECES)
    return _crc([*chain.from_iterable((number, *span) for number, span in zip(ids, spans, strict=True)), truncated])


def _crc(numbers: Sequence[int]) -> int:
    return zlib.crc32(struct.pack(f"<{len(numbers)}I", *numbers))


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    digests = Digests()
    arguments.target.parent.mkdir(parents=True, exist_ok=True)
    with arguments.target.open("w", encoding="ascii", newline="\n") as file:
        file.write(f"# edgenlp fuzz 1, seed {arguments.seed}: text tokens features {' '.join(KINDS)}\n")
        for text in islice(texts(random.Random(arguments.seed)), arguments.count):
            file.write(f"{digests.line(text)}\n")


if __name__ == "__main__":
    main()
