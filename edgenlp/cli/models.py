"""List the models that come with edgenlp."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from edgenlp.cli.output import print_json, print_table
from edgenlp.runtime import BundledModel, bundled_models


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print names, tasks, languages, sizes and metrics."""
    models = bundled_models()
    if arguments.json:
        print_json([_values(model) for model in models])
    else:
        rows = [
            [
                model.name,
                model.manifest.head.name,
                " ".join(model.manifest.languages),
                f"{model.size_bytes:,}",
                _figures(model.manifest.metrics),
            ]
            for model in models
        ]
        print_table([["name", "task", "languages", "bytes", "figures"], *rows])
    return 0


def _figures(measured: Mapping[str, Any]) -> str:
    """The first metric on the dev rows and, where all rows are learnt, on the held-out folds; by language."""
    return "; ".join(
        f"{next(iter(part['metrics'])).replace('_', ' ')} {_by_language(part)} ({name.replace('_', ' ')})"
        for name, part in measured.items()
    )


def _by_language(part: Mapping[str, Any]) -> str:
    metric = next(iter(part["metrics"]))
    if "languages" not in part:
        return f"{part['metrics'][metric]:.3f}"
    return ", ".join(f"{name} {own['metrics'][metric]:.3f}" for name, own in part["languages"].items())


def _values(model: BundledModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "task": model.manifest.head.name,
        "encoder": model.manifest.encoder.name,
        "languages": list(model.manifest.languages),
        "size_bytes": model.size_bytes,
        "metrics": model.manifest.metrics,
    }
