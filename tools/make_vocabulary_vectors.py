"""Writes `tests/golden/vocabulary.jsonl`: ids and spans of the golden strings in three small vocabularies.

Every binding of edgenlp replays this file (docs/text-spec.md, Vocabularies). It changes only where the specification
or the vocabularies under `tests/golden/vocabulary` do.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, Final

from edgenlp.text import golden_texts
from edgenlp.text.vocabulary import Vocabulary, read_vocabulary

GOLDEN: Final = Path(__file__).resolve().parent.parent / "tests" / "golden"
TARGET: Final = GOLDEN / "vocabulary.jsonl"
KINDS: Final = ("uncased", "cased", "unigram")
LIMIT: Final = 48

ODD: Final = (
    "Straße STRASSE ẞ groß",
    "½ ¼ cup, 3⁄4; ŀ ŉ ﬁ ﬄ",
    "a\u0301\u0301b \u0301c -\u0301d e\u00adf g\u200dh",
    "\u2026\u2025 \ufdfa \u3300 \u2474 \u00b4a",
    "İstanbul ISPARTA ıslak ΟΔΥΣΣΕΥΣ ᾳ ᾼ",
    "don't \u2018quote\u2019 \u201cquote\u201d \u2013 \u2014 \u2212 [MASK] [UNK] ##ing ▁word",
    "1a 2024-05-06 7pm 3.14 $5 50% ٣٤ ४५ ๑๒",
    "x" * 100 + " " + "x" * 101 + " " + "é" * 50 + " " + "é" * 51 + " " + "ก" * 33 + " " + "ก" * 34,
    "ก" * 65 + "a" * 65 + "1" * 65,
    "각 한국어 \u1112\u1161\u11ab 漢字かなカナ｡ﾊﾝｶｸ",
    "\0a\0b\x1f\x85\ufeffc\ufffd\ud800d\udfff",
    "a " * 49,
)
"""What the golden strings lack: limits, one code point that becomes many, what looks like a special piece."""


def vector(vocabularies: dict[str, Vocabulary], text: str) -> dict[str, Any]:
    """What every binding must find for one text."""
    found = {kind: vocabulary.tokenize(text, LIMIT)._asdict() for kind, vocabulary in vocabularies.items()}
    return {"text": text, **found}


def lines() -> list[str]:
    """The file's lines, ASCII only: other characters, lone surrogates among them, are JSON escapes."""
    vocabularies = {kind: read_vocabulary((GOLDEN / "vocabulary" / kind).read_bytes()) for kind in KINDS}
    texts = dict.fromkeys([*(golden.text for golden in golden_texts()), *ODD])
    return [json.dumps(vector(vocabularies, text)) for text in texts]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path, nargs="?", default=TARGET, help="by default the repository's own")
    target = parser.parse_args().target
    target.write_text("".join(f"{line}\n" for line in lines()), encoding="ascii")


if __name__ == "__main__":
    main()
