"""Utterances a second of the whole `edgenlp train` command, everything included, and of its epochs in steady state.

The command runs as a user runs it, in a process of its own. The whole counts start-up, reading, compiling, the
looks at the tuning rows, checkpoints and the figures on dev, so few epochs give a lower figure than a recipe's own
number. The steady state is the median epoch, by when each epoch's line comes into `history.jsonl`, the first left
out.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from edgenlp.cli.arguments import positive
from edgenlp.errors import EdgeNLPError
from report import ROOT, Promise, Report, parser, run

RECIPE: Final = ROOT / "recipes" / "mtop-en-pqrnn.toml"
SAMPLE_RECIPE: Final = ROOT / "recipes" / "quickstart.toml"
LEAST: Final = 1500.0
LOOK_EVERY_SECONDS: Final = 0.02


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, data=True)
    made.add_argument(
        "recipe", nargs="?", type=Path, help="a TOML file (default: mtop-en-pqrnn, or quickstart without --data)"
    )
    made.add_argument("--epochs", type=positive, metavar="N", help="other than the recipe's")
    made.add_argument(
        "--cores", type=positive, default=2, metavar="N", help="that training may use (default: %(default)s)"
    )
    return made


def measure(options: argparse.Namespace) -> Report:
    """One run into a folder that is thrown away."""
    recipe = options.recipe or (RECIPE if options.data else SAMPLE_RECIPE)
    cores = _take_cores(options.cores)
    with tempfile.TemporaryDirectory() as scratch:
        history = Path(scratch) / "run" / "history.jsonl"
        whole, ends = _train(_command(recipe, history.parent, options), history)
        utterances = _learnt(history)
    epochs = [end - start for start, end in itertools.pairwise(ends)]
    figures: dict[str, Any] = {
        "recipe": recipe.name,
        "cores": cores,
        "epochs": len(ends),
        "utterances": utterances,
        "whole_seconds": whole,
        "first_epoch_ended_at_seconds": ends[0],
        "whole_utterances_per_second": len(ends) * utterances / whole,
        "steady_utterances_per_second": utterances / statistics.median(epochs) if epochs else None,
        "epoch_seconds": epochs,
    }
    table = [
        (recipe.name, ""),
        ("training utterances", utterances),
        ("epochs", len(ends)),
        ("whole command s", f"{whole:.1f}"),
        ("until the first epoch's end s", f"{ends[0]:.1f}"),
        ("median epoch s", f"{statistics.median(epochs):.2f}" if epochs else "-"),
        ("after the last epoch s", f"{whole - ends[-1]:.1f}"),
        ("utterances/s, whole", f"{figures['whole_utterances_per_second']:,.0f}"),
        ("utterances/s, steady", f"{figures['steady_utterances_per_second']:,.0f}" if epochs else "-"),
    ]
    promise = Promise("utterances a second, all included", figures["whole_utterances_per_second"], "at least", LEAST)
    promised = recipe.name == RECIPE.name and not options.epochs
    return Report(figures, table, (f"on {cores} cores",), [promise] if promised else ())


def _take_cores(wanted: int) -> int:
    """Keep this process and its children to so many cores, where the system lets it; how many they may use."""
    if not hasattr(os, "sched_setaffinity"):
        return os.cpu_count() or 1
    taken = sorted(os.sched_getaffinity(0))[:wanted]
    os.sched_setaffinity(0, taken)
    return len(taken)


def _command(recipe: Path, folder: Path, options: argparse.Namespace) -> list[str]:
    command = [sys.executable, "-m", "edgenlp.cli", "train", str(recipe), "--out", str(folder)]
    command += ["--data", str(options.data)] if options.data else []
    return command + (["--set", f"training.epochs={options.epochs}"] if options.epochs else [])


def _train(command: list[str], history: Path) -> tuple[float, list[float]]:
    """Seconds of the whole command, and when each epoch ended since its start.

    Raises:
        EdgeNLPError: the command failed; its own message stands above.
    """
    ends: list[float] = []
    start = time.perf_counter()
    process = subprocess.Popen(command)
    while process.poll() is None:
        ends += [time.perf_counter() - start] * (_lines(history) - len(ends))
        time.sleep(LOOK_EVERY_SECONDS)
    whole = time.perf_counter() - start
    if process.returncode:
        raise EdgeNLPError(f"the training ended with exit code {process.returncode}; see its message above.")
    return whole, ends


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def _learnt(history: Path) -> int:
    """How many utterances an epoch learns."""
    first = history.read_text(encoding="utf-8").splitlines()[0]
    return int(json.loads(first)["utterances"])


if __name__ == "__main__":
    run(arguments(), measure)
