"""What augmentations are worth: a recipe trained without any, with each alone, and with all, over several seeds.

The augmentations are the recipe's own and those given with --add, each a TOML table as a recipe would have it. Runs are
kept under --out and taken from there again, an unfinished one is resumed: so the command may be stopped at any time,
and called again with more seeds. Where the recipe learns from teachers, these are asked in each condition and for each
seed, since each reads other texts. What is to go into a recipe is chosen by the tuning figure; the dev rows, which
choose nothing then, say what it is worth. They are measured mistyped, too: with the changes of `character_noise` at its
default rate, the same ones for each run.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

import runs
from edgenlp.cli.workshop import needs_workshop
from edgenlp.errors import RecipeError
from edgenlp.interfaces import Augmentation
from edgenlp.plugins import plugins
from report import ROOT, Report, parser, run

RECIPE: Final = ROOT / "recipes" / "mtop-en-pqrnn.toml"
SAMPLE_RECIPE: Final = ROOT / "recipes" / "quickstart.toml"
ADDED: Final = ('{ name = "character_noise" }',)
NONE, ALL = "none", "all"

Table = dict[str, Any]
"""An augmentation as a recipe has it."""


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, data=True)
    made.add_argument("--recipe", type=Path, help="a TOML file (default: mtop-en-pqrnn, or quickstart without --data)")
    made.add_argument(
        "--add", action="append", metavar="TABLE", help=f"an augmentation; may be repeated (default: {ADDED[0]})"
    )
    made.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="over the recipe")
    made.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="SEED", help="default: 1")
    made.add_argument("--out", type=Path, metavar="DIR", help="where runs are kept (default: build/augmentation/NAME)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """All runs that are not there yet, and what they came to."""
    recipe = options.recipe or (RECIPE if options.data else SAMPLE_RECIPE)
    with needs_workshop():
        from edgenlp.training import read_recipe

        read = read_recipe(recipe, options.set)
    if not read.data.dev:
        raise RecipeError(f"{recipe} names no dev rows to measure on: its [data] needs dev.")
    folder = options.out or ROOT / "build" / "augmentation" / read.name
    folder.mkdir(parents=True, exist_ok=True)
    head, settings = read.head_plugin()
    metric = head.primary_metric(settings)
    own = [variation.model_dump() for variation in read.augmentation]

    def trained(name: str, tables: Sequence[Table], seed: int) -> runs.Outcome:
        overrides = [*options.set, f"augmentation={runs.toml(tables)}", f"seed={seed}"]
        labels = folder / "labels" / f"{name}-seed{seed}" if read.distillation else None
        if labels:
            runs.edgenlp("label", recipe, "--out", labels, *runs.shared(overrides, options.data))
        place = folder / f"{name}-seed{seed}"
        outcome = runs.trained(recipe, overrides, place, options.data, metric, labels)
        return replace(outcome, dev={**outcome.dev, f"{metric}, mistyped": _mistyped(place, metric)})

    outcomes = {
        name: [trained(name, tables, seed) for seed in options.seeds]
        for name, tables in _conditions([*own, *map(_table, options.add or ADDED)]).items()
    }
    plot = folder / "augmentation.svg"
    runs.plot(outcomes, metric, plot)
    notes = (
        f"mean and standard deviation over seeds {', '.join(map(str, options.seeds))}; {plot} draws it",
        f"gain: of {metric} on the dev rows over no augmentation, in points",
    )
    figures = {"recipe": recipe.name, "metric": metric, "conditions": runs.figures(outcomes)}
    return Report(figures, runs.rows(outcomes, metric), notes)


def _mistyped(folder: Path, metric: str) -> float:
    """A run's figure on its dev rows with characters left out, swapped, repeated, put in or put in another's place."""
    with needs_workshop():
        from edgenlp.training import load_run
        from edgenlp.training.evaluate import predictor
        from edgenlp.training.run import rows_of

    run = load_run(folder)
    noise = plugins().get(Augmentation, "character_noise")
    dev = rows_of(run).dev
    augment, rng = noise.fit(dev, noise.Config(), folder), np.random.default_rng(1)
    rows = [augment(example, rng) for example in dev]
    student = run.new_student()
    run.load_weights(student)
    predict = predictor(student, run.featurizer(), run.decoder(), run.longest)
    return run.head.evaluate(rows, predict(rows))[metric]


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


if __name__ == "__main__":
    run(arguments(), measure)
