"""Measure a model on labelled data."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edgenlp.cli.loading import load_quietly
from edgenlp.cli.out_of_fold import explain_out_of_fold
from edgenlp.cli.output import print_json, print_table, printable
from edgenlp.errors import DataError
from edgenlp.evaluation import Evaluation, evaluate_files
from edgenlp.interfaces import Reader
from edgenlp.plugins import plugins


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("model", metavar="MODEL", help="name or file")
    parser.add_argument("--data", action="append", required=True, type=Path, metavar="FILE", help="may be repeated")
    parser.add_argument("--format", metavar="NAME", help="a reader's name; by default the file tells")
    parser.add_argument(
        "--option", action="append", default=[], type=key_value, metavar="KEY=VALUE", help="for the reader"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def key_value(argument: str) -> tuple[str, str]:
    """A reader's option as the command line has it.

    Raises:
        ArgumentTypeError: it has no "=", or nothing before it.
    """
    key, separator, value = argument.partition("=")
    if not key or not separator:
        raise argparse.ArgumentTypeError(f"{argument!r} is not KEY=VALUE")
    return key, value


def run(arguments: argparse.Namespace) -> int:
    """Print the metrics, as a whole and by file and language."""
    options = dict(arguments.option)
    model = load_quietly(arguments.model)
    files = {str(path): _reader(path, arguments.format).read(path, **options) for path in arguments.data}
    evaluation = evaluate_files(model, files, progress=not arguments.json)
    if said := explain_out_of_fold(model.name, model.manifest):
        print(f"note: {printable(said)}", file=sys.stderr)
    if evaluation.unknown:
        print(f"note: {evaluation.unknown} rows have labels that the model does not know", file=sys.stderr)
    if evaluation.empty:
        print(f"note: {evaluation.empty} rows hold no token and are left out", file=sys.stderr)
    if arguments.json:
        print_json(evaluation.to_dict())
    else:
        _print(evaluation)
    return 0


def _reader(path: Path, name: str | None) -> Reader:
    if name:
        return plugins().get(Reader, name)
    readers: list[Reader] = [item.component for item in plugins().registrations() if item.kind == "reader"]
    fitting = [reader for reader in readers if reader.recognises(path)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise DataError(f"{path} may be {' or '.join(reader.name for reader in fitting)}: say which with --format.")
    if not path.exists():
        raise DataError(f"there is no data file {path}.")
    if path.is_file() and not path.stat().st_size:
        raise DataError(f"{path} is empty: it holds no row.")
    raise DataError(
        f"{path} is of no known format: say which with --format ({', '.join(reader.name for reader in readers)}); a "
        "table with columns of your own is read by --format delimited --option text=COLUMN --option label=COLUMN."
    )


def _print(evaluation: Evaluation) -> None:
    parts = [("all", evaluation), *evaluation.files.items(), *evaluation.languages.items()]
    rows: list[list[object]] = [["", "examples", *evaluation.metrics]]
    rows += [[name, part.examples, *part.metrics.values()] for name, part in parts]
    print_table(rows)
