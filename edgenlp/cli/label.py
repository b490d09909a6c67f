"""Ask a recipe's teachers about all training texts, once, so that students train without them."""

from __future__ import annotations

import argparse
from pathlib import Path

from edgenlp.cli.workshop import needs_workshop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "recipe", type=Path, metavar="RECIPE", help="the student's, with teachers under distillation.teacher"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the labels' folder; gone on with")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the recipe's data files are")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a key of the recipe; may be repeated"
    )
    parser.add_argument(
        "--teacher", type=int, metavar="N", help="ask the recipe's Nth teacher alone, into a folder of its own"
    )


def run(arguments: argparse.Namespace) -> int:
    """Label; several processes may work on one folder."""
    with needs_workshop():
        from edgenlp.training.label import label

        label(arguments.recipe, arguments.out, arguments.data, arguments.set, arguments.teacher)
    return 0
