"""A model in a process of its own, such as one with another TFLite runtime: JSON lines in, JSON lines out.

`serve.py MODEL` first writes `{"python", "numpy", "runtime"}`. Then each line it reads is a list of texts, and the
line it answers with is `{"seconds": [...], "predictions": [...]}`, one of each for each text.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from edgenlp import EdgeNLPError, Model, load


def about(model: Model) -> dict[str, str]:
    """What the predictions are made with."""
    return {"python": platform.python_version(), "numpy": np.__version__, "runtime": str(model.network.runtime)}


def answer(model: Model, texts: Sequence[str]) -> dict[str, list[Any]]:
    """Each text's prediction, spans of all nodes included, and the seconds that it took."""
    seconds, predictions = [], []
    for text in texts:
        start = time.perf_counter()
        prediction = model.predict(text)
        seconds.append(time.perf_counter() - start)
        predictions.append(prediction)
    return {"seconds": seconds, "predictions": [dataclasses.asdict(prediction) for prediction in predictions]}  # type: ignore[call-overload]


def main() -> None:
    """Answer until there are no more lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help="name or file")
    arguments = parser.parse_args()
    try:
        model = load(arguments.model)
        print(json.dumps(about(model)), flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(model, json.loads(line))), flush=True)
    except EdgeNLPError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
