"""List the models that come with edgenlp."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from edgenlp.cli.figures import figures_of
from edgenlp.cli.out_of_fold import explain_out_of_fold
from edgenlp.cli.output import print_json, print_table, printable
from edgenlp.runtime import BundledModel, bundled_models


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print names, tasks, languages, sizes and metrics, and say which of them are another run's."""
    models = bundled_models()
    if arguments.json:
        print_json([_values(model) for model in models])
    else:
        heading = ["name", "task", "bytes", "language", "rows", "metric", "figure", "measured"]
        print_table([heading, *(row for model in models for row in _rows(model))])
        for model in models:
            if said := explain_out_of_fold(model.name, model.manifest):
                print(f"\n{printable(said)}")
    return 0


def _rows(model: BundledModel) -> Iterator[list[str]]:
    """A row for each language that a model was measured in, by the first of its metrics, and one for all before."""
    about = [model.name, model.manifest.head.name, f"{model.size_bytes:,}"]
    if not model.manifest.metrics:
        yield [*about, " ".join(model.manifest.languages), "", "", "", ""]
    for measured, language, examples, metrics in figures_of(model.manifest):
        metric, figure = next(iter(metrics.items()))
        yield [*about, language, f"{examples:,}", metric, f"{figure:.3f}", measured]


def _values(model: BundledModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "task": model.manifest.head.name,
        "encoder": model.manifest.encoder.name,
        "languages": list(model.manifest.languages),
        "size_bytes": model.size_bytes,
        "metrics": model.manifest.metrics,
    }
