"""The golden strings: texts of many scripts and every odd kind, on which all platforms must agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

_FILE: Final = Path(__file__).with_name("golden.json")


class GoldenText(NamedTuple):
    """One golden string.

    Attributes:
        script: the script, with the language after a comma where it matters; or what is odd about the text.
        text: the string; it may be empty, very long, or hold NUL and lone surrogates.
    """

    script: str
    text: str


def golden_texts() -> list[GoldenText]:
    """All golden strings, in a fixed order and each once.

    About a third are sentences of Mozilla Common Voice (CC0 1.0); the others were written for this purpose.
    """
    return [GoldenText(entry["script"], entry["text"]) for entry in json.loads(_FILE.read_text(encoding="utf-8"))]
