"""What each part of distillation is worth: gold answers, a teacher's, varied rows, texts that nobody labelled.

One student, that of recipes/mtop-en-pqrnn.toml, is trained on MTOP English in each condition, on as many utterances,
and then with other temperatures and logit scales of the teacher's answers. The teacher is a run of `edgenlp teach
recipes/mtop-en-minilm.toml`. Label caches and runs are kept under --out and taken from there again, unfinished ones are
gone on with.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import runs
from edgenlp.cli.workshop import needs_workshop
from report import ROOT, Report, parser, run

GOLD: Final = ROOT / "recipes" / "mtop-en-pqrnn.toml"
DISTILLED: Final = ROOT / "recipes" / "mtop-en-distilled.toml"
METRIC: Final = "exact_match"
UTTERANCES: Final = 600_000

PLAIN: Final = "augmentation=[]"
LABELLED_ONLY: Final = "data.unlabelled=[]"
SOFT: Final = {"name": "soft_labels"}
HARD: Final = {"name": "hard_labels", "weight": 0.3}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a student learns from.

    Attributes:
        name: as the table has it.
        recipe: that is changed.
        texts: overrides that decide which texts there are: conditions with the same ones share a cache.
        objectives: in the place of the recipe's; empty for gold answers.
    """

    name: str
    recipe: Path
    texts: tuple[str, ...] = ()
    objectives: tuple[dict[str, Any], ...] = ()


UNVARIED: Final = (PLAIN, LABELLED_ONLY, "distillation.variants=1")
VARIED: Final = (LABELLED_ONLY,)
SCALED: Final = (("temperature", 2.0), ("temperature", 4.0), ("logit_scale", 0.5), ("logit_scale", 2.0))

CONDITIONS: Final = (
    Condition("hard labels", GOLD, (PLAIN,)),
    Condition("hard labels, augmentation", GOLD),
    Condition("soft labels", DISTILLED, UNVARIED, (SOFT,)),
    Condition("soft labels, augmentation", DISTILLED, VARIED, (SOFT,)),
    Condition("both labels", DISTILLED, UNVARIED, (SOFT, HARD)),
    Condition("both labels, augmentation", DISTILLED, VARIED, (SOFT, HARD)),
    *(
        Condition(
            f"both labels, augmentation, {name.replace('_', ' ')} {value}",
            DISTILLED,
            VARIED,
            (SOFT | {name: value}, HARD),
        )
        for name, value in SCALED
    ),
    Condition("both labels, augmentation, unlabelled texts", DISTILLED, (), (SOFT, HARD)),
)


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__)
    made.add_argument("--data", type=Path, required=True, metavar="DIR", help="as mtop-en-distilled.toml has it")
    made.add_argument("--teacher", type=Path, required=True, metavar="RUN", help="of edgenlp teach")
    made.add_argument("--utterances", type=int, default=UTTERANCES, metavar="N", help=f"default: {UTTERANCES:,}")
    made.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="SEED", help="default: 1")
    made.add_argument("--out", type=Path, metavar="DIR", help="where all is kept (default: build/distillation)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """All that is not there yet, and what it came to."""
    folder = options.out or ROOT / "build" / "distillation"
    folder.mkdir(parents=True, exist_ok=True)
    with needs_workshop():
        from edgenlp.training import read_recipe

        encoder = f"encoder={runs.toml(read_recipe(GOLD, []).encoder)}"
    teacher = runs.toml([{"name": "run", "run": str(options.teacher.resolve())}])
    outcomes = {
        condition.name: [_trained(condition, encoder, teacher, seed, folder, options) for seed in options.seeds]
        for condition in CONDITIONS
    }
    plot = folder / "distillation.svg"
    runs.plot(outcomes, METRIC, plot)
    notes = (
        f"{options.utterances:,} utterances each; mean and standard deviation over seeds "
        f"{', '.join(map(str, options.seeds))}; {plot} draws it",
        f"gain: of {METRIC} on the dev rows over the first line, in points",
    )
    return Report({"conditions": runs.figures(outcomes)}, runs.rows(outcomes, METRIC), notes)


def _trained(
    condition: Condition, encoder: str, teacher: str, seed: int, folder: Path, options: argparse.Namespace
) -> runs.Outcome:
    overrides = [encoder, *condition.texts, f"seed={seed}"]
    labels = None
    if condition.objectives:
        overrides += [f"distillation.teacher={teacher}", f"distillation.objective={runs.toml(condition.objectives)}"]
        labels = folder / "labels" / str(_CACHES.index(condition.texts)) / f"seed{seed}"
        runs.edgenlp("label", condition.recipe, "--out", labels, *runs.shared(overrides, options.data))
    epochs = max(1, round(options.utterances / _rows(condition.recipe, overrides, options.data)))
    name = condition.name.replace(", ", "-").replace(" ", "_")
    return runs.trained(
        condition.recipe,
        [*overrides, f"training.epochs={epochs}"],
        folder / f"{name}-seed{seed}",
        options.data,
        METRIC,
        labels,
    )


def _rows(recipe: Path, overrides: Sequence[str], data: Path) -> float:
    """How many an epoch has."""
    with needs_workshop():
        from edgenlp.training import read_recipe
        from edgenlp.training.splits import read_splits

    read = read_recipe(recipe, list(overrides))
    splits = read_splits(read, data)
    share = read.distillation.unlabelled_share if read.distillation else 0.0
    return len(splits.train) + share * len(splits.unlabelled)


_CACHES: Final = list(dict.fromkeys(condition.texts for condition in CONDITIONS))


if __name__ == "__main__":
    run(arguments(), measure)
