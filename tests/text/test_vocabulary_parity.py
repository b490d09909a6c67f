"""The same pieces as tensorflow-text and sentencepiece, on the bundled samples and on text made to differ.

`benchmarks/vocabularies.py` does the same on 100,000 raw lines.
"""

from __future__ import annotations

import importlib
import itertools
import random
import sys
from pathlib import Path

import pytest

from edgenlp.text import golden_texts
from edgenlp.text.vocabulary import Unigram, WordPiece, read_vocabulary

ROOT = Path(__file__).parents[2]
VOCABULARIES = ROOT / "tests" / "golden" / "vocabulary"
SAMPLES = ("tests/data/mtop", "tests/data/snips", "tests/data/xsid", "tests/text/words")
WORDS_A_FILE = 300


@pytest.fixture(scope="module")
def benchmark():
    """The script that compares."""
    folder = str(ROOT / "benchmarks")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("vocabularies")
    finally:
        sys.path.remove(folder)


def awkward():
    """Texts of code points that fold to nothing, to several or to signs, between ordinary ones."""
    draw = random.Random(7)
    few = [*" -abs#[]", *"ßéÉİŀ½…ﷺ´漢가กｱ😀", "\u0301", "\u00ad", "\u200d", "\u3000", "\u0345", "\0", "\u2028"]
    any_point = [*range(0x20, 0xD800), *range(0xE000, 0x11000), *range(0x1F000, 0x1FA00)]
    for _ in range(3_000):
        length = draw.randrange(1, 30)
        yield "".join(draw.choice(few) if draw.random() < 0.8 else chr(draw.choice(any_point)) for _ in range(length))
    for length in range(20, 110):
        yield from ("a" * length, "é" * length, "ก" * length)


@pytest.fixture(scope="module")
def lines(benchmark):
    files = sorted(path for sample in SAMPLES for path in (ROOT / sample).iterdir() if path.suffix != ".md")
    texts = [
        line for path in files for line in itertools.islice(path.read_text(encoding="utf-8").splitlines(), WORDS_A_FILE)
    ]
    return [*filter(benchmark.is_unicode, (golden.text for golden in golden_texts())), *texts]


def small(kind):
    return read_vocabulary((VOCABULARIES / kind).read_bytes())


@pytest.mark.parametrize("lowercase", [True, False])
def test_wordpiece_is_tensorflow_texts(benchmark, lines, lowercase):
    pytest.importorskip("tensorflow_text")
    assigned = (text for text in awkward() if not any(map(assigned_later, text)))
    found = benchmark.compare_wordpiece("", WordPiece(small("uncased").pieces, lowercase), [*lines, *assigned])
    assert found.differing == []
    assert found.equal == 1


def assigned_later(char):
    """Whether Unicode 14.0 has no such character: tensorflow-text's Unicode is newer."""
    import unicodedata

    return unicodedata.category(char) == "Cn"


def test_unigram_is_sentencepieces(benchmark, lines):
    pytest.importorskip("sentencepiece")
    found = benchmark.compare_unigram("", small("unigram"), [*lines, *awkward()])
    assert found.differing == []
    assert found.equal == 1


def test_ties_are_sentencepieces(benchmark):
    """Costs so alike that most words have several cheapest paths."""
    pytest.importorskip("sentencepiece")
    draw = random.Random(5)
    pieces = list(dict.fromkeys("".join(draw.choices("ab▁", k=draw.randrange(1, 5))) for _ in range(40)))
    words = ["".join(draw.choices("ab", k=draw.randrange(1, 20))) for _ in range(500)]
    alike = Unigram(["[PAD]", "[UNK]", *pieces], [0, 0, *(512 * len(piece) for piece in pieces)])
    found = benchmark.compare_unigram("", alike, words)
    assert found.differing == []
