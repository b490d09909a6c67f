"""Prints what a model makes of each row of MTOP files, as one JSON document; run by the Python of each runtime."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import edgenlp
from edgenlp.evaluation.golden import digest
from edgenlp.interfaces import Reader
from edgenlp.plugins import plugins


def answer(model, text):
    """The digest of the features, the probability of the decoded result, and the rest of it."""
    tokens = model.tokenize(text)
    length, signature = model.signature_for(tokens)
    features = model.features(tokens, length)
    result = model.decode(model.network.run(signature, features), tokens).to_dict()
    result.pop("scores", None)
    return {"features": digest(features), "score": result.pop("score"), "result": result}


if __name__ == "__main__":
    model = edgenlp.load(Path(sys.argv[1]))
    reader = plugins().get(Reader, "mtop")
    rows = [row for path in sys.argv[2:] for row in reader.read(Path(path))]
    answers = [answer(model, row.text) for row in rows]
    json.dump({"runtime": str(model.network.runtime), "answers": answers}, sys.stdout)
