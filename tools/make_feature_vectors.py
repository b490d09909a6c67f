"""Writes `tests/golden/features.jsonl`: spans, normalised tokens and feature digests of the golden strings.

Every binding of edgenlp replays this file (docs/text-spec.md, Golden vectors). It changes only where the specification
does. Needs edgenlp and edgenlp-pqrnn.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any, Final

from edgenlp.text import golden_texts, normalize
from edgenlp_pqrnn.config import PQRNNConfig
from edgenlp_pqrnn.featurizer import PQRNNFeaturizer
from edgenlp_pqrnn.projection import MAX_CODE_POINTS

TARGET: Final = Path(__file__).resolve().parent.parent / "tests" / "golden" / "features.jsonl"

CONFIG: Final = PQRNNConfig(
    segmentation="unicode",
    word_features=128,
    ngram_features=128,
    ngram_min=1,
    ngram_max=4,
    ngram_mode="sum",
    shape_features=True,
)
"""Spelled out, so that new defaults leave the vectors alone."""

LIMIT: Final = 32


def vector(featurizer: PQRNNFeaturizer, text: str) -> dict[str, Any]:
    """What every binding must find for one text."""
    tokens = featurizer.tokenize(text, LIMIT)
    words = list(tokens)
    return {
        "text": text,
        "spans": tokens.spans,
        "truncated": tokens.truncated,
        "normalized": [normalize(word[:MAX_CODE_POINTS])[:MAX_CODE_POINTS] for word in words],
        "sha256": hashlib.sha256(featurizer.features(words).tobytes()).hexdigest(),
    }


def lines() -> list[str]:
    """The file's lines, ASCII only: other characters, lone surrogates among them, are JSON escapes."""
    featurizer = PQRNNFeaturizer(CONFIG)
    return [json.dumps(vector(featurizer, golden.text)) for golden in golden_texts()]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path, nargs="?", default=TARGET, help="by default the repository's own")
    target = parser.parse_args().target
    target.write_text("".join(f"{line}\n" for line in lines()), encoding="ascii")


if __name__ == "__main__":
    main()
