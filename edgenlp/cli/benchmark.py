"""Measure how long each step of a prediction takes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from edgenlp.cli.arguments import positive
from edgenlp.cli.output import print_json
from edgenlp.cli.texts import read_text
from edgenlp.data.lines import numbered_lines
from edgenlp.errors import TextError
from edgenlp.evaluation import benchmark
from edgenlp.interfaces import Text
from edgenlp.runtime.interpreter import MAX_THREADS
from edgenlp.runtime.quiet import quiet_runtime


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("model", metavar="MODEL", help="name or file")
    parser.add_argument(
        "--threads",
        type=partial(positive, most=MAX_THREADS),
        default=1,
        help="of the TFLite runtime (default: %(default)s)",
    )
    parser.add_argument(
        "--texts",
        type=Path,
        metavar="FILE",
        help="one a line, or two parted by a TAB; the model's golden texts by default",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print the medians."""
    texts = list(_texts(arguments.texts)) if arguments.texts else None
    with quiet_runtime():
        figures = benchmark(arguments.model, texts, arguments.threads)
    if arguments.json:
        print_json(figures)
        return 0
    figures |= {f"network_ms, {length} tokens": ms for length, ms in figures.pop("network_ms").items()}
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name.ljust(width)}  {value}")
    sys.stdout.flush()
    return 0


def _texts(path: Path) -> Iterator[Text]:
    """The lines of a file, but for those that no model takes: what this one refuses is left out, too."""
    for _, line in numbered_lines(path):
        with suppress(TextError):
            yield read_text(line)
