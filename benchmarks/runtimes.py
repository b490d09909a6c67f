"""One model file on two TFLite runtimes: do they decode the same, and how fast is each?

The one runtime is this process's, the other that of another environment, such as tflite-runtime 2.14 with numpy 1
as `make test` installs it in .venv-tflite; edgenlp and the model's plugins have to be installed there. Blocks of
predictions run in turn in the two processes. Two results are the same where they differ in their scores at most.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from edgenlp.cli.arguments import positive
from edgenlp.cli.loading import load_quietly
from edgenlp.errors import EdgeNLPError
from edgenlp.runtime import Model
from edgenlp.runtime.catalogue import resolve
from report import ROOT, Promise, Report, parser, run
from samples import distinct, examples, mtop_file
from serve import about, answer
from timing import BLOCKS, CALLS, ratio

OTHER: Final = ROOT / ".venv-tflite" / "bin" / "python"
LEAST_SAME: Final = 0.995
UNTIMED: Final = 20
SCORES: Final = ("score", "scores")


class Server:
    """The model in another environment's process (`serve.py`).

    Raises:
        EdgeNLPError: by every method, where that process cannot go on.
    """

    def __init__(self, python: Path, model: Path) -> None:
        script = Path(__file__).with_name("serve.py")
        try:
            self._process = subprocess.Popen(
                [python, script, model.absolute()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        except OSError as error:
            raise EdgeNLPError(f"{python} does not start ({error.strerror}): name another with --other.") from error
        self.about: dict[str, str] = self._read()

    def answer(self, texts: Sequence[str]) -> dict[str, list[Any]]:
        """As `serve.answer`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(texts) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise EdgeNLPError(f"the other process ended with exit code {self._process.wait()}; see its message above.")
        answer: dict[str, Any] = json.loads(line)
        return answer


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, model=True)
    made.add_argument("--other", type=Path, default=OTHER, metavar="PYTHON", help="of the other environment")
    made.add_argument("--data", type=Path, default=mtop_file("dev", None), metavar="FILE", help="of MTOP's texts")
    made.add_argument("--blocks", type=positive, default=BLOCKS, help="of each process (default: %(default)s)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """Agreement on every text, then speed in paired blocks for each length of the model."""
    texts = distinct(str(example.text) for example in examples(options.data))
    model = load_quietly(options.model)
    server = Server(options.other, resolve(options.model))
    try:
        here, there = _plain(answer(model, texts)["predictions"]), server.answer(texts)["predictions"]
        speed = {length: _speed(model, server, own, options.blocks) for length, own in _by_length(model, texts).items()}
    finally:
        server.close()
    both = list(zip(here, there, strict=True))
    differing = [own["text"] for own, other in both if _decoded(own) != _decoded(other)]
    same = 1 - len(differing) / len(texts)
    furthest = max(abs(own.get("score", 0.0) - other.get("score", 0.0)) for own, other in both)
    figures: dict[str, Any] = {
        "texts": len(texts),
        "same": same,
        "differing": differing,
        "greatest_score_difference": furthest,
        "here": about(model),
        "there": server.about,
        "predict_ms": {str(length): found for length, found in speed.items()},
    }
    names = [f"{side['runtime']}, numpy {side['numpy']}, ms" for side in (about(model), server.about)]
    table = [
        ("predict, tokens", "texts", *names, "ratio", "least", "greatest"),
        *((length, *found.values()) for length, found in speed.items()),
    ]
    notes = [
        f"the same decoded result for {len(texts) - len(differing)} of {len(texts)} texts; "
        f"scores differ by at most {furthest:.4f}",
        *(f"differs: {text}" for text in differing[:10]),
        f"speed: medians of {options.blocks} paired warm blocks of {CALLS} predictions, one thread",
    ]
    return Report(figures, table, notes, [Promise("share of the same decoded results", same, "at least", LEAST_SAME)])


def _by_length(model: Model, texts: Sequence[str]) -> dict[int, list[str]]:
    """The texts by the length of the signature that they take."""
    groups: dict[int, list[str]] = {length: [] for length in model.signatures}
    for text in texts:
        groups[model.signature_for(model.tokenize(text))[0]].append(text)
    return {length: group for length, group in groups.items() if group}


def _speed(model: Model, server: Server, texts: Sequence[str], blocks: int) -> dict[str, Any]:
    endless = itertools.cycle(texts)
    here, there = [], []
    for _ in range(blocks):
        block = list(itertools.islice(endless, UNTIMED + CALLS))
        here.append(statistics.median(answer(model, block)["seconds"][UNTIMED:]))
        there.append(statistics.median(server.answer(block)["seconds"][UNTIMED:]))
    against = ratio(there, here)
    return {
        "texts": len(texts),
        "here": statistics.median(here) * 1e3,
        "there": statistics.median(there) * 1e3,
        "ratio": against.median,
        "least": against.least,
        "greatest": against.greatest,
    }


def _plain(predictions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """As they would come out of the other process."""
    plain: list[dict[str, Any]] = json.loads(json.dumps(predictions))
    return plain


def _decoded(prediction: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in prediction.items() if name not in SCORES}


if __name__ == "__main__":
    run(arguments(), measure)
