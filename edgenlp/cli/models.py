"""List the models that come with edgenlp."""

from __future__ import annotations

import argparse
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
            [model.name, model.manifest.head.name, " ".join(model.manifest.languages), f"{model.size_bytes:,}"]
            for model in models
        ]
        print_table([["name", "task", "languages", "bytes"], *rows])
    return 0


def _values(model: BundledModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "task": model.manifest.head.name,
        "encoder": model.manifest.encoder.name,
        "languages": list(model.manifest.languages),
        "size_bytes": model.size_bytes,
        "metrics": model.manifest.metrics,
    }
