"""Writes `tests/golden/decoding.jsonl`: random labels and logits, and the trees that they mean.

Every binding of edgenlp replays this file (docs/text-spec.md, Trees). It asks for more than models do: slots in several
pieces, deep nesting, equal totals, labels beyond the basic plane. A line has `labels` (as `labels.json`),
`unseen_path_penalty`, `intent` and `tags` (the logits), and `root` and `score` of the answer; token `t` stands at
(2 t, 2 t + 1) of `text`. Needs edgenlp and edgenlp-semantic-parsing.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgenlp.interfaces import Tokens
from edgenlp_semantic_parsing.decoder import TreeDecoder
from edgenlp_semantic_parsing.labels import Labels

TARGET: Final = Path(__file__).resolve().parent.parent / "tests" / "golden" / "decoding.jsonl"
VECTORS: Final = 400

SLOTS: Final = ("a", "b", "B", "ｚ", "𝒛")
"""The last two stand the other way round in the order of UTF-16 units."""
INTENTS: Final = ("IN:x", "IN:y", "IN:é")
DEPTHS: Final = (1, 1, 1, 3, 3, 5)


def path(draw: random.Random) -> tuple[str, ...]:
    """Slot, intent, slot, and so on; of few labels, so that paths have beginnings in common."""
    length = draw.choice(DEPTHS)
    return tuple(draw.choice(INTENTS if place % 2 else SLOTS) for place in range(length))


def labels(draw: random.Random) -> dict[str, Any]:
    """`labels.json` with up to six paths, most of which have all kinds of tags."""
    paths = list(dict.fromkeys(path(draw) for _ in range(draw.randint(1, 6))))
    kinds = [[kind for kind in "BIC" if draw.random() < 0.9] for _ in paths]
    tags = [[kind, *place] for place, kept in zip(paths, kinds, strict=True) for kind in kept]
    draw.shuffle(tags)
    intents = [f"IN:root {number}" for number in range(draw.randint(1, 4))]
    pairs = sorted({(place[-2], place[-1]) for place in paths if len(place) > 1})
    return {
        "intents": intents,
        "tags": [["O"], *tags],
        "legal": [[0, *(i for i in range(1, len(tags) + 1) if draw.random() < 0.8)] for _ in intents],
        "repeatable": [pair for pair in pairs if draw.random() < 0.3],
    }


def logits(draw: random.Random, count: int, ties: bool) -> list[float]:
    """Numbers that float32 holds exactly; few different ones where totals shall be equal."""
    return [draw.randint(-4, 4) / 2 if ties else draw.randint(-4096, 4096) / 512 for _ in range(count)]


def vector(draw: random.Random) -> dict[str, Any]:
    """One line."""
    inventory = labels(draw)
    penalty = draw.choice((None, None, 0.5, 4.0))
    tokens = draw.randint(1, 9)
    ties = draw.random() < 0.4
    intent = logits(draw, len(inventory["intents"]), ties)
    tags = [logits(draw, len(inventory["tags"]), ties) for _ in range(tokens)]
    text = " ".join("abcdefghi"[:tokens])
    outputs = {"intent": np.array(intent, np.float32), "tags": np.array(tags, np.float32)}
    read = Tokens(text, [(2 * token, 2 * token + 1) for token in range(tokens)])
    parse = TreeDecoder(Labels.from_bytes(json.dumps(inventory).encode()), penalty).decode(outputs, [read])
    return {
        "text": text,
        "labels": inventory,
        "unseen_path_penalty": penalty,
        "intent": intent,
        "tags": tags,
        "root": dataclasses.asdict(parse.root),
        "score": parse.score,
    }


def lines() -> list[str]:
    """The file's lines, ASCII only."""
    draw = random.Random(20)
    return [json.dumps(vector(draw), separators=(",", ":")) for _ in range(VECTORS)]


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", type=Path, nargs="?", default=TARGET, help="by default the repository's own")
    target = parser.parse_args().target
    target.write_text("".join(f"{line}\n" for line in lines()), encoding="ascii")


if __name__ == "__main__":
    main()
