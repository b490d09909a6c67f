"""Real trees of MTOP: bundled samples, and the whole of it where EDGENLP_DATA names a folder with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgenlp.data.readers import READERS

SAMPLES = Path(__file__).parents[3] / "tests" / "data" / "mtop"
FULL = Path(os.environ.get("EDGENLP_DATA", "")) / "mtop"


def read(path):
    (mtop,) = [reader for reader in READERS if reader.name == "mtop"]
    return list(mtop.read(path))


@pytest.fixture(scope="session")
def train():
    return read(SAMPLES / "en.train.jsonl")


@pytest.fixture(scope="session")
def dev():
    return read(SAMPLES / "en.dev.jsonl")


@pytest.fixture(scope="session", params=["en", "de", "es", "fr", "hi", "th"])
def parallel(request):
    """40 rows of a language."""
    return read(SAMPLES / f"{request.param}.dev.tsv")


@pytest.fixture(scope="session")
def full():
    """MTOP English, train and dev."""
    if not (FULL / "en_symgen").is_dir():
        pytest.skip("EDGENLP_DATA names no folder with mtop/en_symgen")
    return [read(FULL / "en_symgen" / f"{split}.jsonl") for split in ("train", "dev")]
