"""Figures for a model that has learnt all its rows: those of runs that held some of them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgenlp.errors import ExportError

if TYPE_CHECKING:
    from edgenlp.training.recipe import Recipe
    from edgenlp.training.run import Run


def out_of_fold(run: Run, folders: Sequence[Path]) -> dict[str, Any]:
    """What runs of the same recipe came to on the folds that they had not learnt.

    Args:
        run: has learnt all folds.
        folders: of runs that each held another fold out.

    Returns:
        As `Evaluation.to_dict`: each metric's mean, weighted by examples, of the float weights; and `folds`, which
        they are and of how many.

    Raises:
        ExportError: `run` itself holds a fold out; another run is of another recipe or of other data, holds out nothing
            or what another one does, or is not measured; or there are several, and dev rows that are in each one's
            figures.
        DataError: the data of a run are no longer there, and are needed to know its language.
    """
    from edgenlp.training.run import load_run

    if run.recipe.data.folds:
        raise ExportError(
            f"{run.folder} holds a fold out itself, and --out-of-fold is for a run that has learnt all of them"
        )
    runs = [load_run(folder) for folder in folders]
    for other in runs:
        if _without_folds(other.recipe) != _without_folds(run.recipe):
            raise ExportError(
                f"{other.folder} is of another recipe than {run.folder}: its figures are not this model's"
            )
        if other.provenance["data"]["sha256"] != run.provenance["data"]["sha256"]:
            raise ExportError(f"{other.folder} is of other data than {run.folder}: its figures are not this model's")
        if not other.recipe.data.folds or "dev" not in other.metrics:
            raise ExportError(f"{other.folder} has no figures of a fold that it has not learnt")
    places = [(other.recipe.data.fold, other.recipe.data.folds) for other in runs]
    if len(set(places)) < len(places) or len({folds for _, folds in places}) > 1:
        raise ExportError("the runs for --out-of-fold must each hold out another one of the same folds")
    if len(runs) > 1 and run.recipe.data.dev:
        raise ExportError("each of the runs for --out-of-fold has measured the rows of data.dev too: give one of them")
    measured = _pooled(_by_language(runs))
    return {**measured, "folds": {"held_out": sorted(fold for fold, _ in places), "of": places[0][1]}}


def _by_language(runs: Sequence[Run]) -> list[Mapping[str, Any]]:
    """The figures of each run; where another one tells languages, those of a single language are that language's."""
    parts: list[Mapping[str, Any]] = [run.metrics["dev"] for run in runs]
    if not any("languages" in part for part in parts):
        return parts
    return [
        part if "languages" in part else {**part, "languages": {_language(run): part}}
        for run, part in zip(runs, parts, strict=True)
    ]


def _language(run: Run) -> str:
    """Of a run's dev rows, which have one."""
    from edgenlp.evaluation.evaluate import UNKNOWN_LANGUAGE
    from edgenlp.training.run import rows_of

    return rows_of(run).dev[0].language or UNKNOWN_LANGUAGE


def _pooled(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    examples = sum(part["examples"] for part in parts)
    metrics = {
        name: sum(part["examples"] * part["metrics"][name] for part in parts) / examples for name in parts[0]["metrics"]
    }
    pooled = {"examples": examples, "metrics": metrics, "unknown": sum(part["unknown"] for part in parts)}
    languages: dict[str, list[Mapping[str, Any]]] = {}
    for part in parts:
        for name, own in part.get("languages", {}).items():
            languages.setdefault(name, []).append(own)
    if languages:
        pooled["languages"] = {name: _pooled(own) for name, own in languages.items()}
    return pooled


def _without_folds(recipe: Recipe) -> dict[str, Any]:
    """What runs of all folds share: not their fold, nor the runs that they start and learn from, which have one too."""
    shared = recipe.model_dump(mode="json")
    shared["data"] |= {"folds": 0, "fold": 0}
    shared["start"] = bool(recipe.start)
    for teacher in (shared["distillation"] or {}).get("teacher", ()):
        teacher.pop("run", None)
    return shared
