"""Writes the small vocabularies under `tests/golden/vocabulary`, on which all bindings are tested.

They are made of texts in the public domain alone: the golden strings, `tests/text/words` and the utterances of
`tests/data/snips`. Needs sentencepiece. `make_vocabulary_vectors.py` must run after it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final

from edgenlp.data.vocabulary import count_words, train_unigram
from edgenlp.text import golden_texts, normalize, table
from edgenlp.text.vocabulary import MASK, PADDING, UNKNOWN, WordPiece, wordpiece_asset

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "tests" / "golden" / "vocabulary"

SPECIAL: Final = (PADDING, UNKNOWN, "[CLS]", "[SEP]", MASK)
WORDS: Final = 600
ENDINGS: Final = 600
ENDING_LENGTHS: Final = range(2, 6)
UNIGRAM_PIECES: Final = 4_000


def texts() -> list[str]:
    """All lines that vocabularies are made of, without those that are no UTF-8."""
    files = [*sorted((ROOT / "tests" / "text" / "words").glob("*.txt")), ROOT / "tests" / "data" / "snips" / "seq.in"]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    golden = (entry.text for entry in golden_texts() if not entry.script.startswith("Lone"))
    return [*golden, *lines]


def bert_words(lines: Iterable[str]) -> Counter[str]:
    """BERT's words as they are written, and folded."""
    bare = WordPiece((PADDING, UNKNOWN), lowercase=False)
    words: Counter[str] = Counter()
    for line in lines:
        for start, end in bare.tokenize(line, len(line)).spans:
            word = line[start:end]
            words[word] += 1
            words["".join(char for char in normalize(word) if ord(char) not in table().combining)] += 1
    return words


def wordpieces(words: Counter[str]) -> list[str]:
    """Special pieces, characters, frequent words and frequent endings."""
    ranked = sorted(words, key=lambda word: (-words[word], word))
    endings: Counter[str] = Counter()
    for word, count in words.items():
        for length in ENDING_LENGTHS:
            if length < len(word) <= 2 * WORDS:
                endings[word[-length:]] += count
    frequent = sorted(endings, key=lambda ending: (-endings[ending], ending))
    characters = sorted({char for word in islice(ranked, 3 * WORDS) for char in word})
    pieces = [
        *SPECIAL,
        *characters,
        *(word for word in ranked[:WORDS] if len(word) > 1),
        *(f"##{char}" for char in characters),
        *(f"##{ending}" for ending in frequent[:ENDINGS]),
    ]
    return list(dict.fromkeys(pieces))


def main() -> None:
    """Write all three."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    TARGET.mkdir(exist_ok=True)
    pieces = wordpieces(bert_words(texts()))
    (TARGET / "uncased").write_bytes(wordpiece_asset(pieces, lowercase=True))
    (TARGET / "cased").write_bytes(wordpiece_asset(pieces, lowercase=False))
    (TARGET / "unigram").write_bytes(train_unigram(count_words(texts()), UNIGRAM_PIECES))


if __name__ == "__main__":
    main()
