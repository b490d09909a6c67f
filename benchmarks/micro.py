"""A model in tflite-micro's interpreter: what it answers there, and the memory that it needs.

The interpreter is that of another environment (`make test-micro` has one), in which edgenlp, the model's plugins,
ai-edge-litert and the package tflite-micro are installed. Each utterance goes to the graph that the model has for its
length, as in any runtime; a device that holds one length alone needs the memory of that graph.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any, Final

from edgenlp import artifact
from edgenlp.cli.loading import load_quietly
from edgenlp.errors import EdgeNLPError
from edgenlp.evaluation import evaluate
from edgenlp.runtime.catalogue import resolve
from report import ROOT, Promise, Report, parser, run
from samples import examples, mtop_file

ENVIRONMENT: Final = ROOT / ".venv-micro" / "bin" / "python"
MICRO: Final = ROOT / "tests" / "devices" / "micro.py"
INTERPRETER: Final = "tflite-micro"
METRIC: Final = "exact_match"
MOST_LOST: Final = 0.015


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, model=True, data=True)
    made.add_argument("--exact", metavar="MODEL", help="the same run exported with --quantize none, to compare with")
    made.add_argument("--python", type=Path, default=ENVIRONMENT, help="of the environment (default: .venv-micro's)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """Exact match on MTOP English dev in tflite-micro and in the usual runtime, and the arena of each length."""
    file = mtop_file("dev", options.data)
    found = _asked(options.python, resolve(options.model), file)
    arenas: dict[str, int] = found.pop("arena_bytes")
    quantization = artifact.read(resolve(options.model)).manifest.graph.quantization
    measured = {f"{quantization}, {runtime}": metrics for runtime, metrics in found.items()}
    promises = []
    if options.exact:
        exact = load_quietly(options.exact)
        metrics = evaluate(exact, examples(file)).metrics
        measured[f"{exact.manifest.graph.quantization}, {exact.network.runtime}"] = metrics
        lost = metrics[METRIC] - found[INTERPRETER][METRIC]
        promises.append(Promise(f"{METRIC} lost against float", lost, "at most", MOST_LOST))
    table = [
        ("", *next(iter(measured.values()))),
        *((name, *(f"{value:.4f}" for value in metrics.values())) for name, metrics in measured.items()),
    ]
    notes = [f"arena of {signature}: {size:,} bytes" for signature, size in arenas.items()]
    return Report({"metrics": measured, "arena_bytes": arenas}, table, notes, promises)


def _asked(python: Path, model: Path, file: Path) -> dict[str, Any]:
    """What `tests/devices/micro.py` says in the other environment."""
    try:
        done = subprocess.run([python, MICRO, model, "mtop", file], capture_output=True, text=True, check=True)
    except OSError as error:
        raise EdgeNLPError(f"{python} does not start ({error.strerror}): name another with --python.") from error
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().rpartition("\n")[2]
        raise EdgeNLPError(f"{python} cannot measure {model}: {last}") from error
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    run(arguments(), measure)
