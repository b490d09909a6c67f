"""Labelling killed at random moments against labelling left alone: the same bytes, and texts a second.

The recipe's teachers are asked about all its texts twice: once in an unbroken run, and once in one that is killed
(SIGKILL) when a random number of shards stand and a random part of a second has passed, and called again. Both caches
are kept under --out; an unbroken one that is there already is taken as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import runs
from edgenlp.cli.workshop import needs_workshop
from edgenlp.errors import EdgeNLPError
from report import ROOT, Promise, Report, parser, run

RECIPE: Final = ROOT / "recipes" / "mtop-en-distilled.toml"
TEXTS: Final = 100_000
_LOOK_SECONDS: Final = 0.05


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, data=True)
    made.add_argument("--recipe", type=Path, default=RECIPE, help="a TOML file (default: mtop-en-distilled)")
    made.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of the recipe")
    made.add_argument("--kills", type=int, default=3, metavar="N", help="default: 3")
    made.add_argument("--seed", type=int, default=1, help="of the moments (default: 1)")
    made.add_argument("--out", type=Path, metavar="DIR", help="where caches are kept (default: build/labelling)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """Label twice, and compare."""
    with needs_workshop():
        from edgenlp.distillation import read_labels

    folder = options.out or ROOT / "build" / "labelling"
    whole, broken = folder / "whole", folder / "broken"
    shutil.rmtree(broken, ignore_errors=True)
    asked = [options.recipe, *runs.shared(options.set, options.data)]
    started = time.monotonic()
    done_before = _shards(whole)
    runs.edgenlp("label", *asked, "--out", whole)
    seconds = time.monotonic() - started
    texts = read_labels(whole).origin.texts
    moments = _kill(asked, broken, _shards(whole), options.kills, random.Random(options.seed))
    runs.edgenlp("label", *asked, "--out", broken)
    same = _digests(whole) == _digests(broken)
    fresh = done_before == 0
    figures = {
        "texts": texts,
        "killed_after_shards": moments,
        "identical": same,
        "texts_per_second": texts / seconds if fresh else None,
    }
    table: list[list[object]] = [
        ["texts", "shards", "killed after shards", "bytes the same", "texts a second"],
        [texts, _shards(whole), ", ".join(map(str, moments)), same, f"{texts / seconds:,.0f}" if fresh else "–"],
    ]
    promises = (
        Promise("caches that are byte for byte the same", float(same), "at least", 1),
        Promise("texts", texts, "at least", TEXTS),
    )
    return Report(figures, table, ("texts a second: of the unbroken run, start-up included",), promises)


def _kill(asked: list[object], folder: Path, shards: int, kills: int, rng: random.Random) -> list[int]:
    """Start and kill; returns the shards that stood at each moment.

    Raises:
        EdgeNLPError: labelling failed, or ended before it could be killed.
    """
    moments = []
    for left in range(kills, 0, -1):
        standing = _shards(folder)
        enough = standing + rng.randint(0, (shards - standing) // (left + 1))
        command = [sys.executable, "-m", "edgenlp.cli", "label", *map(str, asked), "--out", str(folder)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            while _shards(folder) < enough or not (folder / "labels.json").is_file():
                if process.poll() is not None:
                    raise EdgeNLPError("labelling ended before it could be killed: take more texts or fewer kills.")
                time.sleep(_LOOK_SECONDS)
            time.sleep(rng.random())
            process.kill()
        moments.append(_shards(folder))
    return moments


def _shards(folder: Path) -> int:
    return len(list(folder.glob("shard-*.npz")))


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


if __name__ == "__main__":
    run(arguments(), measure)
