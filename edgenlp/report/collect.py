"""What there is to say about a run: read from its folder, measured on this machine, or missing."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgenlp import artifact
from edgenlp.errors import EdgeNLPError
from edgenlp.evaluation import benchmark
from edgenlp.interfaces import Example, Prediction
from edgenlp.report.markup import PERPLEXITY
from edgenlp.report.mistakes import Mistakes, find_mistakes
from edgenlp.runtime import Model
from edgenlp.runtime.catalogue import SUFFIX
from edgenlp.training.evaluate import Predictor, predictor
from edgenlp.training.loop import settle_tensorflow
from edgenlp.training.rows import holding_tokens
from edgenlp.training.run import Run, load_run, rows_of

TIMED_ROWS: Final = 100
"""Dev rows, at most, by which float weights are timed."""


@dataclass(frozen=True, slots=True)
class ExportedModel:
    """A model file of a run.

    Attributes:
        path: of the file.
        quantization: of its weights.
        size_bytes: of the whole file.
        dev: what its export measured on the dev rows: `metrics`, `examples`, and `languages` where there are several.
        times: as `edgenlp.evaluation.benchmark` gives them; empty where it does not run here.
    """

    path: Path
    quantization: str
    size_bytes: int
    dev: dict[str, Any]
    times: dict[str, Any]


@dataclass(frozen=True)
class RunFacts:
    """All about a run.

    Attributes:
        number: its place on the page, from 0 on; colours and links go by it.
        name: on the page.
        run: its recipe and provenance.
        metric: the primary one, of pretraining the perplexity; empty where it has no figures.
        history: a record an epoch.
        measured: figures of the float weights, as `ExportedModel.dev`, by the rows that they are of: `dev`, and of
            pretraining, whose rows are raw text, `tuning` too.
        weights_bytes: of the float weights, 0 where training has not ended.
        predict_ms: of a whole prediction by the float weights in TensorFlow, warm, the median over dev rows; None where
            they cannot be asked.
        on_device: False for a teacher.
        models: exported from it.
        mistakes: on the dev rows.
        missing: sentences about what is not there.
    """

    number: int
    name: str
    run: Run
    metric: str
    history: list[dict[str, float]]
    measured: dict[str, dict[str, Any]]
    weights_bytes: int
    predict_ms: float | None
    on_device: bool
    models: list[ExportedModel]
    mistakes: Mistakes | None
    missing: list[str] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, Any]:
        """Those of the dev rows; of pretraining that has none, those of the tuning rows; empty where there are none."""
        return next(iter(self.measured.values()), {})


def collect(folder: Path, number: int, name: str) -> RunFacts:
    """Read a run's folder, measure its models and find its mistakes.

    Args:
        folder: of the run.
        number: as `RunFacts` has it.
        name: likewise.

    Raises:
        RecipeError: the folder is not a run.
    """
    run = load_run(folder)
    missing: list[str] = []
    weights = folder / "weights.npz"
    measured = {rows: run.metrics[rows] for rows in _measuring(run) if rows in run.metrics}
    models = _models(run, missing)
    try:
        metric = PERPLEXITY if run.recipe.pretraining else run.head.primary_metric(run.head_config)
        on_device = run.encoder.on_device
    except EdgeNLPError as error:
        missing.append(str(error))
        known = [PERPLEXITY] if run.recipe.pretraining else measured.get("dev", {}).get("metrics", {})
        metric, on_device = next(iter(known), ""), True
    if not measured:
        missing.append(_no_figures(run, weights.is_file()))
    if not models and on_device and run.recipe.head and weights.is_file():
        missing.append(f"No model of it was found: edgenlp export {folder} --out {folder}{SUFFIX} makes one.")
    mistakes, predict_ms = _asked(run, models, missing)
    return RunFacts(
        number,
        name,
        run,
        metric,
        _history(folder, missing),
        measured,
        weights.stat().st_size if weights.is_file() else 0,
        predict_ms,
        on_device,
        models,
        mistakes,
        missing,
    )


def _measuring(run: Run) -> tuple[str, ...]:
    """The rows that a run's figures are of, the most telling first."""
    return ("dev", "tuning") if run.recipe.pretraining else ("dev",)


def _no_figures(run: Run, has_weights: bool) -> str:
    counts = run.provenance.get("data", {})
    there = any(counts.get(f"{rows}_rows") for rows in _measuring(run))
    why = "training has not ended" if there or not has_weights else "the recipe names none"
    return f"It has no figures on {' or '.join(_measuring(run))} rows: {why}."


def _history(folder: Path, missing: list[str]) -> list[dict[str, float]]:
    path = folder / "history.jsonl"
    try:
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        records = []
    if not records:
        missing.append("It has no finished epoch yet.")
    return records


def _models(run: Run, missing: list[str]) -> list[ExportedModel]:
    models = []
    for path in model_files(run.folder):
        try:
            manifest = artifact.read(path).manifest
        except EdgeNLPError as error:
            missing.append(f"{path.name} is left out: {error}")
            continue
        if not _is_of(manifest, run):
            missing.append(f"{path.name} is left out: it is of another training than {run.folder}.")
            continue
        dev = manifest.metrics.get("dev", {})
        models.append(ExportedModel(path, manifest.graph.quantization, path.stat().st_size, dev, _times(path, missing)))
    return models


def _is_of(manifest: artifact.Manifest, run: Run) -> bool:
    """Whether a model says that it is of what the run has learnt, and how."""
    recipe = run.recipe.published()
    alike = (manifest.recipe.get(key) == recipe[key] for key in ("name", "seed", "encoder", "head", "training"))
    return manifest.data.get("sha256") == run.provenance["data"]["sha256"] and all(alike)


def model_files(folder: Path) -> list[Path]:
    """The model files of a run: those in its folder, and beside it those of its name, alone or before a dash or dot.

    A file that has the longer name of another run beside it is that run's.
    """
    inside = sorted(folder.glob(f"*{SUFFIX}"))
    runs = [path.parent.name for path in folder.parent.glob("*/run.json")]
    beside = []
    for path in sorted(folder.parent.glob(f"*{SUFFIX}")):
        owners = [name for name in runs if path.stem == name or path.stem.startswith((f"{name}-", f"{name}."))]
        if max(owners, key=len, default="") == folder.name:
            beside.append(path)
    return inside + beside


def _times(path: Path, missing: list[str]) -> dict[str, Any]:
    try:
        return benchmark(path)
    except EdgeNLPError as error:
        missing.append(f"{path.name} was not timed: {error}")
        return {}


def _asked(run: Run, models: list[ExportedModel], missing: list[str]) -> tuple[Mistakes | None, float | None]:
    """The mistakes on the dev rows, by the exported model where there is one; milliseconds of the float weights."""
    mistakes = predict_ms = None
    try:
        rows = holding_tokens(rows_of(run).dev, run.featurizer()) if run.recipe.head else []
        if rows and models:
            mistakes = find_mistakes(models[0].path.name, rows, _answered(rows, models[0].path))
        if rows:
            settle_tensorflow(run.recipe)
            predict = predictor(run.student(), run.featurizer(), run.decoder(), run.longest)
            mistakes = mistakes or find_mistakes("float weights", rows, predict(rows))
            predict_ms = _milliseconds(predict, rows)
    except (EdgeNLPError, KeyError, ValueError) as error:  # weights of an older edgenlp fit no student of today
        missing.append(f"{'The speed of its float weights is' if mistakes else 'Its mistakes are'} left out: {error}")
    return mistakes, predict_ms


def _milliseconds(predict: Predictor, rows: list[Example]) -> float:
    """The median time of a text, each by itself and once before: TensorFlow compiles for each length that it meets."""
    chosen = rows[:: -(-len(rows) // TIMED_ROWS)]
    for row in chosen:
        predict([row])
    seconds = []
    for row in chosen:
        start = time.perf_counter()
        predict([row])
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds) * 1e3


def _answered(rows: list[Example], path: Path) -> list[Prediction]:
    """What a model says about each row."""
    model = Model(artifact.read(path))
    return [model.predict(row.text) for row in rows]
