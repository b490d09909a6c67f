"""Do two words ever get the same features? Distinct tokens of raw text against distinct hashes and feature rows.

pQRNN has no vocabulary: a word is what its features say. Counted are normal forms (folded, and cut where the
features stop looking), since their spellings are to share features. `hashes` are the 64-bit hashes that seed the
whole-word features, `word rows` those features, `rows` everything that the network sees of a word. No collision:
all four columns are equal.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from edgenlp.errors import DataError
from edgenlp.text import normalize, segment
from edgenlp_pqrnn.config import PQRNNConfig
from edgenlp_pqrnn.featurizer import PQRNNFeaturizer
from edgenlp_pqrnn.projection import MAX_CODE_POINTS, hash_bytes
from report import Promise, Report, parser, run
from samples import text_files

LANGUAGES: Final = ("en", "de", "hi", "th", "ar", "ja", "zh")
ALL: Final = "all"
TOGETHER: Final = 4096
"""Forms that are featurized at a time."""


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    return parser(__doc__, data=True)


def measure(options: argparse.Namespace) -> Report:
    """Each language, and all of them together."""
    config = PQRNNConfig()
    files = {language: text_files(language, options.data) for language in LANGUAGES}
    words = {language: set(_tokens(paths)) for language, paths in files.items() if paths}
    if not words:
        raise DataError(f"there is no raw text in {options.data}: it should hold raw_text/SOURCE/LANGUAGE.txt.")
    words[ALL] = set().union(*words.values())
    figures: dict[str, dict[str, int]] = {language: _counts(found, config) for language, found in words.items()}
    table = [
        ("language", *(name.replace("_", " ") for name in figures[ALL])),
        *((language, *counts.values()) for language, counts in figures.items()),
    ]
    notes = (
        f"{config.features} features a word: {config.word_features} of the whole, {config.ngram_features} of n-grams",
    )
    lost = figures[ALL]["normal_forms"] - figures[ALL]["rows"]
    return Report(figures, table, notes, [Promise("words that share all features with another", lost, "at most", 0)])


def _tokens(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                spans, _ = segment(line, len(line))
                yield from (line[start:end] for start, end in spans)


def _counts(tokens: set[str], config: PQRNNConfig) -> dict[str, int]:
    forms = sorted({normalize(token)[:MAX_CODE_POINTS] for token in tokens})
    featurizer = PQRNNFeaturizer(config)
    word_rows: set[bytes] = set()
    rows: set[bytes] = set()
    for start in range(0, len(forms), TOGETHER):
        for row in featurizer.features(forms[start : start + TOGETHER]):
            word_rows.add(_digest(row[: config.word_features]))
            rows.add(_digest(row))
    return {
        "tokens": len(tokens),
        "normal_forms": len(forms),
        "hashes": len({hash_bytes(form.encode("utf-8", "surrogatepass")) for form in forms}),
        "word_rows": len(word_rows),
        "rows": len(rows),
    }


def _digest(row: Any) -> bytes:
    """Stands for a row of hundreds of bytes; 128 bits do not collide by chance."""
    return hashlib.blake2b(row.tobytes(), digest_size=16).digest()


if __name__ == "__main__":
    run(arguments(), measure)
