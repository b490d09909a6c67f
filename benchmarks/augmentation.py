"""What augmentations are worth: a recipe trained without any, with each alone, and with all, over several seeds.

The augmentations are the recipe's own and those given with --add, each a TOML table as a recipe would have it. Runs are
kept under --out and taken from there again, an unfinished one is resumed: so the command may be stopped at any time,
and called again with more seeds. What is to go into a recipe is chosen by the tuning figure; the dev rows, which choose
nothing then, say what it is worth.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgenlp.artifact.files import write_atomically
from edgenlp.cli.workshop import needs_workshop
from edgenlp.errors import EdgeNLPError, RecipeError
from report import ROOT, Report, parser, run

RECIPE: Final = ROOT / "recipes" / "mtop-en-pqrnn.toml"
SAMPLE_RECIPE: Final = ROOT / "recipes" / "quickstart.toml"
ADDED: Final = ('{ name = "character_noise" }',)
NONE, ALL = "none", "all"

Table = dict[str, Any]
"""An augmentation as a recipe has it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        tuning: the primary metric on the tuning rows.
        dev: all metrics on the dev rows.
    """

    tuning: float
    dev: Mapping[str, float]


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, data=True)
    made.add_argument("--recipe", type=Path, help="a TOML file (default: mtop-en-pqrnn, or quickstart without --data)")
    made.add_argument(
        "--add", action="append", metavar="TABLE", help=f"an augmentation; may be repeated (default: {ADDED[0]})"
    )
    made.add_argument("--epochs", type=int, metavar="N", help="other than the recipe's")
    made.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="SEED", help="default: 1")
    made.add_argument("--out", type=Path, metavar="DIR", help="where runs are kept (default: build/augmentation/NAME)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """All runs that are not there yet, and what they came to."""
    recipe = options.recipe or (RECIPE if options.data else SAMPLE_RECIPE)
    with needs_workshop():
        from edgenlp.training import read_recipe

        read = read_recipe(recipe)
    if not read.data.dev:
        raise RecipeError(f"{recipe} names no dev rows to measure on: its [data] needs dev.")
    folder = options.out or ROOT / "build" / "augmentation" / read.name
    folder.mkdir(parents=True, exist_ok=True)
    head, settings = read.head_plugin()
    metric = head.primary_metric(settings)
    own = [variation.model_dump() for variation in read.augmentation]
    outcomes = {
        name: [_outcome(recipe, tables, seed, folder / f"{name}-seed{seed}", metric, options) for seed in options.seeds]
        for name, tables in _conditions([*own, *map(_table, options.add or ADDED)]).items()
    }
    plot = folder / "augmentation.svg"
    _plot(outcomes, metric, plot)
    figures = {
        name: {"tuning": [one.tuning for one in own], "dev": [dict(one.dev) for one in own]}
        for name, own in outcomes.items()
    }
    notes = (
        f"mean and standard deviation over seeds {', '.join(map(str, options.seeds))}; {plot} draws it",
        f"gain: of {metric} on the dev rows over no augmentation, in points",
    )
    return Report({"recipe": recipe.name, "metric": metric, "conditions": figures}, _rows(outcomes, metric), notes)


def _table(text: str) -> Table:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = None
    if not isinstance(value, dict) or "name" not in value:
        raise RecipeError(f"--add takes a TOML table with a name, such as {ADDED[0]}, and not {text!r}.")
    return value


def _conditions(tables: Sequence[Table]) -> dict[str, list[Table]]:
    """Augmentations by condition; one that stands twice is told apart by its number."""
    alone: dict[str, list[Table]] = {}
    for table in tables:
        name = table["name"]
        alone[name if name not in alone else f"{name}-{len(alone)}"] = [table]
    return {NONE: [], **alone, **({ALL: list(tables)} if len(tables) > 1 else {})}


def _outcome(
    recipe: Path, tables: Sequence[Table], seed: int, folder: Path, metric: str, options: argparse.Namespace
) -> Outcome:
    """One run, trained where it is not there.

    Raises:
        EdgeNLPError: the training failed; its own message stands above.
    """
    overrides = [f"augmentation={_toml(list(tables))}", f"seed={seed}"]
    overrides += [f"training.epochs={options.epochs}"] if options.epochs else []
    if (folder / "metrics.json").is_file():
        _check_same(recipe, overrides, folder)
    else:
        command = [sys.executable, "-m", "edgenlp.cli", "train", str(recipe), "--out", str(folder), "--resume"]
        command += ["--data", str(options.data)] if options.data else []
        for override in overrides:
            command += ["--set", override]
        if subprocess.run(command, check=False).returncode:
            raise EdgeNLPError(f"the training of {folder} did not succeed; see its message above.")
    history = (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return Outcome(json.loads(history[-1]).get(metric, float("nan")), metrics["dev"]["metrics"])


def _check_same(recipe: Path, overrides: list[str], folder: Path) -> None:
    from edgenlp.training import load_run, read_recipe

    if load_run(folder).recipe != read_recipe(recipe, overrides):
        raise RecipeError(f"{folder} was trained with another recipe: name another folder with --out, or delete it.")


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _rows(outcomes: Mapping[str, Sequence[Outcome]], metric: str) -> list[list[object]]:
    names = list(outcomes[NONE][0].dev)
    base = statistics.fmean(outcome.dev[metric] for outcome in outcomes[NONE])
    rows: list[list[object]] = [["", "runs", f"tuning {metric}", *names, "gain"]]
    for condition, own in outcomes.items():
        figures = [_mean(outcome.dev[name] for outcome in own) for name in names]
        gain = (statistics.fmean(outcome.dev[metric] for outcome in own) - base) * 100
        rows.append([condition, len(own), _mean(outcome.tuning for outcome in own), *figures, f"{gain:+.2f}"])
    return rows


def _mean(values: Any) -> str:
    values = list(values)
    spread = f" ± {statistics.stdev(values):.4f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.4f}{spread}"


def _plot(outcomes: Mapping[str, Sequence[Outcome]], metric: str, path: Path) -> None:
    """A dot for each run and a bar for each condition's mean, best above."""
    import io

    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    means = {name: statistics.fmean(outcome.dev[metric] for outcome in own) for name, own in outcomes.items()}
    order = sorted(means, key=means.__getitem__)
    figure, axes = plt.subplots(figsize=(7, 1 + 0.4 * len(order)), layout="constrained")
    for place, name in enumerate(order):
        values = [outcome.dev[metric] * 100 for outcome in outcomes[name]]
        axes.plot([means[name] * 100] * 2, [place - 0.3, place + 0.3], color="tab:blue", linewidth=3)
        axes.plot(values, [place] * len(values), "o", color="tab:grey", markersize=5, alpha=0.8)
    axes.axvline(means[NONE] * 100, color="tab:grey", linewidth=1, linestyle=":")
    axes.set_yticks(range(len(order)), order)
    axes.set_xlabel(f"{metric.replace('_', ' ')} on dev rows, %: runs and their mean")
    picture = io.BytesIO()
    figure.savefig(picture, format="svg")
    plt.close(figure)
    write_atomically(path, picture.getvalue())


if __name__ == "__main__":
    run(arguments(), measure)
