"""Real texts to measure with: MTOP and raw text from a data folder, or the samples that come with the project."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edgenlp.data import read_examples
from edgenlp.interfaces import Example
from report import ROOT

_FULL: Final = "mtop/en_symgen/{split}.jsonl"
_SAMPLE: Final = ROOT / "tests" / "data" / "mtop"
_QUICKSTART: Final = ROOT / "recipes" / "data" / "quickstart"
_WORDS: Final = ROOT / "tests" / "text" / "words"


def mtop_file(split: str, data: Path | None) -> Path:
    """MTOP English, `train` or `dev`: the whole of it in the folder `data`, or the sample."""
    return data / _FULL.format(split=split) if data else _SAMPLE / f"en.{split}.jsonl"


def mtop_files(data: Path | None) -> list[Path]:
    """Every file of MTOP that is there, all languages; English `train` first."""
    train = mtop_file("train", data)
    others = (data / "mtop").rglob("*dev.*") if data else _SAMPLE.glob("*.dev.*")
    return [train, *sorted(others)]


def examples(path: Path) -> list[Example]:
    """The rows of a file of MTOP.

    Raises:
        DataError: the file cannot be read.
    """
    return read_examples(path, "mtop")


def utterances(split: str, data: Path | None) -> list[str]:
    """The distinct utterances of MTOP English, in the files' order."""
    files = [mtop_file(split, data), *([] if data else [_QUICKSTART / f"{split}.jsonl"])]
    return distinct(str(example.text) for path in files for example in examples(path))


def distinct(texts: Iterable[str]) -> list[str]:
    """Each text once, in order."""
    return list(dict.fromkeys(texts))


def text_files(language: str, data: Path | None) -> list[Path]:
    """Files of raw text in a language, one sentence or word a line; there may be none."""
    return sorted((data / "raw_text").glob(f"*/{language}*.txt") if data else _WORDS.glob(f"{language}.txt"))
