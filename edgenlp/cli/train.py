"""Train a student as a recipe says."""

from __future__ import annotations

import argparse
from pathlib import Path

from edgenlp.cli.workshop import needs_workshop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("recipe", type=Path, metavar="RECIPE", help="a TOML file")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the run's folder")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the recipe's data files are")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a key of the recipe; may be repeated"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="of a recipe's teachers, made by edgenlp label; once for each folder, in the teachers' order",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in DIR")


def run(arguments: argparse.Namespace) -> int:
    """Train, and leave a run's folder."""
    with needs_workshop():
        from edgenlp.training import train

        train(arguments.recipe, arguments.out, arguments.data, arguments.set, arguments.resume, arguments.labels)
    return 0
