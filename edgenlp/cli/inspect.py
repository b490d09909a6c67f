"""Show what a model file says about itself."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from edgenlp import artifact
from edgenlp.artifact import Manifest
from edgenlp.cli.figures import figures_of
from edgenlp.cli.out_of_fold import explain_out_of_fold
from edgenlp.cli.output import print_json, printable
from edgenlp.runtime.catalogue import resolve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("model", metavar="MODEL", help="name or file")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print the manifest; neither a runtime nor the model's plugins are needed."""
    path = resolve(arguments.model)
    model = artifact.read(path)
    values = asdict(model.manifest)
    graph = values.pop("graph")
    values |= graph | {
        "size_bytes": path.stat().st_size,
        "files": {name: len(content) for name, content in sorted(model.files.items())},
    }
    if arguments.json:
        print_json(values)
    else:
        _print(values, model.manifest)
    return 0


def _print(values: dict[str, Any], manifest: Manifest) -> None:
    whose = explain_out_of_fold(manifest.name, manifest)  # says which folds, and that another run held them out
    for key in ("encoder", "head"):
        component = values[key]
        values[key] = f"{component['name']} ({component['distribution']})"
    values["languages"] = ", ".join(values["languages"])
    values["size_bytes"] = f"{values['size_bytes']:,}"
    for key in ("signatures", "ops", "files"):
        values[key] = ", ".join(f"{name} {value}" for name, value in values[key].items())
    for key in ("recipe", "data", "metrics"):
        values.pop(key)
    for measured, language, examples, metrics in figures_of(manifest):
        figures = ", ".join(f"{name} {figure:.3f}" for name, figure in metrics.items())
        values[f"{measured}, {language}"] = f"{figures} ({examples:,} rows)"
    width = max(map(len, values))
    for key, value in values.items():
        print(f"{printable(key).ljust(width)}  {printable(str(value))}")
    if whose:
        print(f"\n{printable(whose)}")
