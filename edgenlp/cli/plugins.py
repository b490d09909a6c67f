"""List the installed encoders, task heads, readers, augmentations, teachers, objectives and exporters."""

from __future__ import annotations

import argparse
import sys

from edgenlp.cli.output import print_json, print_table
from edgenlp.plugins import plugins


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print what is registered, and by which distribution."""
    items = [
        {"name": item.name, "kind": item.kind, "distribution": item.distribution, "version": item.version}
        for item in plugins().registrations()
    ]
    if arguments.json:
        print_json(items)
    else:
        heading = ["name", "kind", "distribution", "version"]
        print_table([heading, *(list(item.values()) for item in items)])
    for name, failure in plugins().failures.items():
        print(f"note: plugin {name!r} could not be loaded: {failure}", file=sys.stderr)
    return 0
