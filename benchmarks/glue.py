"""CMOW on GLUE, with general distillation and without: five tasks' dev figures beside the published ones.

`--start` is a run of `edgenlp pretrain recipes/cmow-general.toml`; its vocabulary is the tasks'. Every task is trained
from there and from random weights by recipes/glue-cmow.toml, with the head that it needs. Runs are kept under --out and
taken from there again, an unfinished one is resumed.

A fixed rate and the last epoch's weights are what a user gets. The published figures are the best of several rates, and
of the epochs the one that does best on the dev rows (Galke et al. 2022, supplement); --as-published measures so.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import runs
from edgenlp.cli.workshop import needs_workshop
from edgenlp.errors import EdgeNLPError
from report import ROOT, Promise, Report, parser, run

RECIPE: Final = ROOT / "recipes" / "glue-cmow.toml"


RATES: Final = (1e-3, 5e-4, 1e-4)
"""Of the published grid those that are the best for these tasks."""

AS_PUBLISHED: Final = ("training.epochs=20", "training.patience=20", "training.evaluate_every=1")


@dataclass(frozen=True, slots=True)
class Task:
    """A task and what is published of it (Galke et al. 2022), in percent of its metric.

    Attributes:
        folder: of its tables.
        head: that it needs.
        metric: of GLUE.
        published: bidirectional hybrid, DiffCat and MLP, with general distillation; what is promised.
        best: of all published rows.
        settings: beside the recipe's, for a task of its size.
    """

    folder: str
    head: str
    metric: str
    published: float
    best: float
    settings: tuple[str, ...] = ()


TASKS: Final = (
    Task("CoLA", "classification", "matthews", 16.7, 23.3),
    Task("SST-2", "classification", "accuracy", 82.9, 88.0, ("training.epochs=4",)),
    Task("MRPC", "pair_classification", "accuracy", 79.7, 80.9),
    Task("STS-B", "pair_regression", "pearson", 76.9, 76.9),
    Task("RTE", "pair_classification", "accuracy", 61.0, 61.0),
)


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__)
    made.add_argument("--data", type=Path, required=True, metavar="DIR", help="holds glue/TASK/{train,dev}.tsv")
    made.add_argument("--start", type=Path, required=True, metavar="RUN", help="of edgenlp pretrain")
    made.add_argument("--tasks", nargs="+", choices=[task.folder for task in TASKS], help="default: all")
    made.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="SEED", help="default: 1")
    made.add_argument("--as-published", action="store_true", help="the best rate and epoch, by the dev rows")
    made.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of the recipe")
    made.add_argument("--out", type=Path, metavar="DIR", help="where runs are kept (default: build/glue)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """All runs that are not there yet, and what they came to."""
    with needs_workshop():
        from edgenlp.training import load_run

        recipe = load_run(options.start).recipe
    if recipe.pretraining is None:
        raise EdgeNLPError(f"{options.start} is a run of a task: --start takes one of edgenlp pretrain.")
    folder = options.out or ROOT / "build" / "glue"
    # both conditions have the same encoder, of which a fresh one reads its vocabulary where the other did
    encoder = f"encoder={runs.toml(recipe.encoder)}"
    table: list[list[object]] = [
        ["task", "metric", "general distillation", "random start", "published", "best published"]
    ]
    train = _best if options.as_published else _trained
    figures: dict[str, Any] = {}
    promises = []
    for task in TASKS:
        if options.tasks and task.folder not in options.tasks:
            continue
        outcomes = {
            name: [
                train(task, [encoder, *start, *options.set], seed, folder / name, options.data)
                for seed in options.seeds
            ]
            for name, start in (("general", [f"start={options.start.resolve()}"]), ("random", []))
        }
        figures[task.folder] = runs.figures(outcomes)
        means = [runs.mean(one.dev[task.metric] for one in own) for own in outcomes.values()]
        table.append([task.folder, task.metric, *means, task.published / 100, task.best / 100])
        reached = statistics.fmean(one.dev[task.metric] for one in outcomes["general"])
        promises.append(Promise(f"{task.folder} {task.metric}", reached, "at least", task.published / 100))
    chosen = "the best rate and epoch by these same rows" if options.as_published else "one rate, the last epoch"
    note = f"dev rows, {chosen}; mean and standard deviation over seeds {options.seeds}"
    return Report(figures, table, (note,), promises)


def _best(task: Task, overrides: Sequence[str], seed: int, folder: Path, data: Path) -> runs.Outcome:
    """Of all rates, each at its best epoch, by the dev rows."""
    chosen = [f"data.tuning={_source(task, 'dev')}", *AS_PUBLISHED]
    outcomes = [
        _trained(task, [*overrides, *chosen, f"training.learning_rate={rate}"], seed, folder / f"rate-{rate:g}", data)
        for rate in RATES
    ]
    return max(outcomes, key=lambda one: one.dev[task.metric])


def _trained(task: Task, overrides: Sequence[str], seed: int, folder: Path, data: Path) -> runs.Outcome:
    settings = [*settings_of(task, seed), *overrides]
    return runs.trained(RECIPE, settings, folder / f"{task.folder}-seed{seed}", data, task.metric)


def settings_of(task: Task, seed: int) -> list[str]:
    """What a task's recipe says otherwise than RECIPE."""
    return [
        f"name=glue-{task.folder.lower()}-cmow",
        f"head.name={task.head}",
        f"head.metric={task.metric}",
        *(f"data.{split}={_source(task, split)}" for split in ("train", "dev")),
        *task.settings,
        f"seed={seed}",
    ]


def _source(task: Task, split: str) -> str:
    return f"[{{ path = 'glue/{task.folder}/{split}.tsv', format = 'glue' }}]"


if __name__ == "__main__":
    run(arguments(), measure)
