"""Write one HTML page about runs: curves, size, quality and speed, languages, and mistakes."""

from __future__ import annotations

import argparse
from pathlib import Path

from edgenlp.cli.workshop import needs_workshop
from edgenlp.runtime.quiet import quiet_runtime


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run_dir", nargs="+", type=Path, metavar="RUN_DIR", help="what `train --out` left")
    parser.add_argument(
        "--out", type=Path, default=Path("report.html"), metavar="FILE", help="the page (default: %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure the runs' models and write the page."""
    with needs_workshop(), quiet_runtime():
        from edgenlp.report import write_report

        write_report(arguments.run_dir, arguments.out)
    print(arguments.out)
    return 0
