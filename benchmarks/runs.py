"""What the benchmarks share that train: runs that are kept, taken from there again, and drawn side by side."""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgenlp.artifact.files import write_atomically
from edgenlp.errors import EdgeNLPError, RecipeError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    Attributes:
        tuning: the primary metric on the tuning rows, of the weights that were kept; None without such rows.
        dev: all metrics on the dev rows.
    """

    tuning: float | None
    dev: Mapping[str, float]


def edgenlp(verb: str, *arguments: object) -> None:
    """Run a command of edgenlp's.

    Raises:
        EdgeNLPError: it failed; its own message stands above.
    """
    command = [sys.executable, "-m", "edgenlp.cli", verb, *map(str, arguments)]
    if subprocess.run(command, check=False).returncode:
        raise EdgeNLPError(f"edgenlp {verb} did not succeed; see its message above.")


def trained(
    recipe: Path, overrides: Sequence[str], folder: Path, data: Path | None, metric: str, labels: Path | None = None
) -> Outcome:
    """What a run came to, trained where it is not there, gone on with where it was stopped.

    Args:
        recipe: a TOML file.
        overrides: `key=value` over it.
        folder: the run's.
        data: the folder that the recipe's paths start from; by default the recipe's own.
        metric: the primary one.
        labels: the teachers' cache, for a recipe that learns from teachers.

    Raises:
        RecipeError: the folder holds a run of another recipe, of other data or from another start.
        EdgeNLPError: the training failed.
    """
    if (folder / "metrics.json").is_file():
        _check_same(recipe, overrides, folder, data)
    else:
        edgenlp("train", recipe, "--out", folder, "--resume", *shared(overrides, data), *_named("--labels", labels))
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return Outcome(_tuning(folder, metric), metrics["dev"]["metrics"])


def shared(overrides: Sequence[str], data: Path | None) -> list[str]:
    """The options of a command that reads a recipe."""
    return [*_named("--data", data), *(part for override in overrides for part in ("--set", override))]


def toml(value: Any) -> str:
    """A value as TOML has it in one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {toml(item)}' for key, item in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def mean(values: Iterable[float]) -> str:
    """The mean, with the standard deviation where there are several."""
    values = list(values)
    spread = f" ± {statistics.stdev(values):.4f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.4f}{spread}"


def rows(outcomes: Mapping[str, Sequence[Outcome]], metric: str) -> list[list[object]]:
    """A table of conditions, the heading first; the gain is in points over the first one."""
    first = next(iter(outcomes.values()))
    names = list(first[0].dev)
    base = statistics.fmean(outcome.dev[metric] for outcome in first)
    table: list[list[object]] = [["", "runs", f"tuning {metric}", *names, "gain"]]
    for condition, own in outcomes.items():
        figures = [mean(outcome.dev[name] for outcome in own) for name in names]
        gain = (statistics.fmean(outcome.dev[metric] for outcome in own) - base) * 100
        tuning = [outcome.tuning for outcome in own if outcome.tuning is not None]
        table.append([condition, len(own), mean(tuning) if tuning else "", *figures, f"{gain:+.2f}"])
    return table


def figures(outcomes: Mapping[str, Sequence[Outcome]]) -> dict[str, Any]:
    """The same as JSON values, each run by itself."""
    return {
        name: {"tuning": [one.tuning for one in own], "dev": [dict(one.dev) for one in own]}
        for name, own in outcomes.items()
    }


def plot(outcomes: Mapping[str, Sequence[Outcome]], metric: str, path: Path) -> None:
    """An SVG file: a dot for each run and a bar for each condition's mean, best above; the first one's is dotted."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    means = {name: statistics.fmean(outcome.dev[metric] for outcome in own) for name, own in outcomes.items()}
    order = sorted(means, key=means.__getitem__)
    drawing, axes = plt.subplots(figsize=(7, 1 + 0.4 * len(order)), layout="constrained")
    for place, name in enumerate(order):
        values = [outcome.dev[metric] * 100 for outcome in outcomes[name]]
        axes.plot([means[name] * 100] * 2, [place - 0.3, place + 0.3], color="tab:blue", linewidth=3)
        axes.plot(values, [place] * len(values), "o", color="tab:grey", markersize=5, alpha=0.8)
    axes.axvline(means[next(iter(outcomes))] * 100, color="tab:grey", linewidth=1, linestyle=":")
    axes.set_yticks(range(len(order)), order)
    axes.set_xlabel(f"{metric.replace('_', ' ')} on dev rows, %: runs and their mean")
    picture = io.BytesIO()
    drawing.savefig(picture, format="svg")
    plt.close(drawing)
    write_atomically(path, picture.getvalue())


def _check_same(path: Path, overrides: Sequence[str], folder: Path, data: Path | None) -> None:
    from edgenlp.training import load_run, read_recipe
    from edgenlp.training.splits import digest

    run, recipe = load_run(folder), read_recipe(path, list(overrides))
    made_from = [run.recipe, run.provenance["data"]["sha256"], run.provenance.get("start", "")]
    start = load_run(Path(recipe.start)).weights_digest() if recipe.start else ""
    if made_from != [recipe, digest(recipe, data or path.parent), start]:
        raise RecipeError(
            f"{folder} was trained with another recipe, on other data or from another start: name another folder with "
            "--out, or delete it."
        )


def _tuning(folder: Path, metric: str) -> float | None:
    """The last look at the tuning rows, or the best one of a run with patience: that of the weights that were kept."""
    from edgenlp.training import load_run

    epochs = map(json.loads, (folder / "history.jsonl").read_text(encoding="utf-8").splitlines())
    looks: list[float] = [epoch[metric] for epoch in epochs if metric in epoch]
    if not looks:
        return None
    return max(looks) if load_run(folder).recipe.training.patience else looks[-1]


def _named(option: str, path: Path | None) -> list[str]:
    return [option, str(path)] if path else []
