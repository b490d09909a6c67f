"""How many gold trees of MTOP come back exactly from the semantic-parsing head's own encoding.

`encoding` turns each tree to tags and back. `labels` does it with the labels of the English training file alone,
and with the decoder that devices run: logits that say the gold answer must decode to it. A model can do no better
than `labels` on a file. A row whose gold tree holds words that its text does not is `unaligned`, and counts as not
coming back.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgenlp.interfaces import Example, Node, Parse, Tokens
from edgenlp.text import segment
from edgenlp_semantic_parsing.decoder import TreeDecoder
from edgenlp_semantic_parsing.encoding import canonical, decode, encode
from edgenlp_semantic_parsing.labels import Labels
from report import Promise, Report, parser, run
from samples import examples, mtop_file, mtop_files

LEAST: Final = 0.995
CERTAIN: Final = 100.0
"""A logit that leaves no doubt."""


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    return parser(__doc__, data=True)


def measure(options: argparse.Namespace) -> Report:
    """Every file of MTOP, all rows."""
    paths = mtop_files(options.data)
    labels = _labels(examples(paths[0]))
    counts = {path: _counts(path, labels) for path in paths}
    figures = {_name(path): found for path, found in counts.items()}
    table = [("file", *counts[paths[0]]), *((name, *found.values()) for name, found in figures.items())]
    promises = [
        Promise(f"gold trees back exactly, {_name(path)}", counts[path]["encoding"], "at least", LEAST)
        for path in (mtop_file("train", options.data), mtop_file("dev", options.data))
    ]
    notes = (f"labels of {paths[0].name}: {len(labels.intents)} intents, {len(labels.tags)} tags",)
    return Report(figures, table, notes, promises)


def _labels(rows: Sequence[Example]) -> Labels:
    return Labels.fit([(_tree(row), _tokens(row).spans) for row in rows if row.aligned])


def _counts(path: Path, labels: Labels) -> dict[str, float]:
    rows = examples(path)
    aligned = [row for row in rows if row.aligned]
    decoder = TreeDecoder(labels)
    return {
        "rows": len(rows),
        "unaligned": len(rows) - len(aligned),
        "encoding": sum(_comes_back(row, labels) for row in aligned) / len(rows),
        "labels": sum(_decodes(row, labels, decoder) for row in aligned) / len(rows),
    }


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _comes_back(row: Example, labels: Labels) -> bool:
    gold, spans = _tree(row), _tokens(row).spans
    tags = encode(gold, spans, labels.repeatable)
    return tags is not None and canonical(decode(gold.label, tags, spans, labels.repeatable)) == canonical(gold)


def _decodes(row: Example, labels: Labels, decoder: TreeDecoder) -> bool:
    gold, tokens = _tree(row), _tokens(row)
    tags = encode(gold, tokens.spans, labels.repeatable)
    if tags is None or gold.label not in labels.intents or not set(tags) <= set(labels.tags):
        return False
    outputs: dict[str, Any] = {
        "intent": np.zeros(len(labels.intents), np.float32),
        "tags": np.zeros((len(tags), len(labels.tags)), np.float32),
    }
    outputs["intent"][labels.number_of_intent[gold.label]] = CERTAIN
    outputs["tags"][range(len(tags)), [labels.number_of_tag[tag] for tag in tags]] = CERTAIN
    prediction: Parse = decoder.decode(outputs, [tokens])
    return canonical(prediction.root) == canonical(gold)


def _tree(row: Example) -> Node:
    assert isinstance(row.target, Node)  # the reader of MTOP gives trees
    return row.target


def _tokens(row: Example) -> Tokens:
    text = str(row.text)
    spans, _ = segment(text, len(text))
    return Tokens(text, spans)


if __name__ == "__main__":
    run(arguments(), measure)
