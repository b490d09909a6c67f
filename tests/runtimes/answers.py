"""Prints what a model makes of each row of some files, as one JSON document; run by the Python of each runtime.

A model of pairs gets each row with the one after it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import edgenlp
from edgenlp.evaluation.golden import digest
from edgenlp.plugins import plugins


def answer(model, text):
    """The digest of the features, the decoded result, and its probability (of a value its share of the range)."""
    tokens = model.tokenize(text)
    length, signature = model.signature_for(tokens)
    features = model.features(tokens, length)
    prediction = model.decode(model.network.run(signature, features), tokens)
    result = prediction.to_dict()
    result.pop("scores", None)
    score = result.pop("score") if result.pop("value", None) is None else prediction.share
    return {"features": digest(features), "score": score, "result": result}


def rows(file):
    """Of the reader that knows the file."""
    readers = (item.component for item in plugins().registrations() if item.kind == "reader")
    return next(reader for reader in readers if reader.recognises(file)).read(file)


if __name__ == "__main__":
    model = edgenlp.load(Path(sys.argv[1]))
    files = map(Path, sys.argv[2:])
    texts = [row.text for file in files for row in rows(file)]
    inputs = texts if model.head.sequences == 1 else zip(texts, [*texts[1:], texts[0]], strict=True)
    answers = [answer(model, text) for text in inputs]
    json.dump({"runtime": str(model.network.runtime), "answers": answers}, sys.stdout)
