"""Measure a model, or a run, on labelled data, and how far it answers as its teacher."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edgenlp.cli.loading import load_quietly
from edgenlp.cli.out_of_fold import explain_out_of_fold
from edgenlp.cli.output import print_json, print_table, printable
from edgenlp.cli.workshop import needs_workshop
from edgenlp.data import read_examples
from edgenlp.errors import DataError
from edgenlp.evaluation import Evaluation, agreement, ask, check_comparable, measure
from edgenlp.interfaces import Example
from edgenlp.runtime import Model
from edgenlp.runtime.catalogue import is_folder, resolve
from edgenlp.runtime.quiet import quiet_runtime

if TYPE_CHECKING:
    from edgenlp.training import FloatModel

Files = Mapping[str, Sequence[Example]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("model", metavar="MODEL", help="name or file of a model, or folder of a run")
    parser.add_argument("--data", action="append", required=True, type=Path, metavar="FILE", help="may be repeated")
    parser.add_argument("--format", metavar="NAME", help="a reader's name; by default the file tells")
    parser.add_argument(
        "--option", action="append", default=[], type=key_value, metavar="KEY=VALUE", help="for the reader"
    )
    parser.add_argument(
        "--teacher", metavar="MODEL", help="measure this model or run too, and how far the first one answers as it does"
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
    named = [arguments.model, *([] if arguments.teacher is None else [arguments.teacher])]
    models = [_load(name) for name in named]
    for teacher in models[1:]:
        check_comparable(models[0], teacher)
    files = _read(arguments.data, arguments.format, dict(arguments.option))
    answers = [ask(model, files, progress=not arguments.json) for model in models]
    measured = [measure(one) for one in answers]
    agreed = agreement(*answers) if arguments.teacher is not None else None
    for note in _notes(models, measured, files):
        print(f"note: {printable(note)}", file=sys.stderr)
    values = [{"model": model.name, **part.to_dict()} for model, part in zip(models, measured, strict=True)]
    if arguments.json and agreed:
        print_json(values[0] | {"teacher": values[1], "agreement": agreed.to_dict()})
    elif arguments.json:
        print_json(values[0])
    else:
        for model, part in zip(models, measured, strict=True):
            _print(printable(model.name), part)
        if agreed:
            _print("agreement", agreed)
    return 0


def _load(name: str) -> Model | FloatModel:
    """A model, or a run where a folder is named; a bundled model's name is that model's, whatever folders there are."""
    path = resolve(name)
    if not is_folder(path):
        return load_quietly(name)
    with needs_workshop(), quiet_runtime():
        from edgenlp.training import FloatModel

        return FloatModel(path)


def _read(paths: Sequence[Path], format: str | None, options: dict[str, str]) -> dict[str, list[Example]]:
    """The rows of each file.

    Raises:
        DataError: one is named twice, or cannot be read.
    """
    files: dict[Path, str] = {}
    for path in paths:
        if path.resolve() in files:
            raise DataError(f"{path} is named twice under --data: its rows would count twice.")
        files[path.resolve()] = str(path)
    return {name: read_examples(name, format, **options) for name in files.values()}


def _notes(models: Sequence[Model | FloatModel], measured: Sequence[Evaluation], files: Files) -> list[str]:
    """What is to be known about the figures, each thing once."""
    notes = []
    for model, evaluation in zip(models, measured, strict=True):
        if isinstance(model, Model):
            notes.append(explain_out_of_fold(model.name, model.manifest))
        else:
            notes += _learnt(model, [row for rows in files.values() for row in rows])
        if evaluation.unknown:
            notes.append(f"{evaluation.unknown} rows have labels that {model.name!r} does not know")
        if evaluation.empty:
            notes.append(f"{evaluation.empty} rows hold no token and are left out")
    return list(dict.fromkeys(filter(None, notes)))


def _learnt(model: FloatModel, rows: Sequence[Example]) -> Iterator[str]:
    count, why = model.learnt(rows)
    if count:
        yield f"{model.name!r} has learnt {count} of the {len(rows)} rows, or what means the same"
    if why:
        yield f"whether {model.name!r} has learnt others of the rows is not known: {why}"


def _print(title: str, evaluation: Evaluation) -> None:
    parts = [("all", evaluation), *evaluation.files.items(), *evaluation.languages.items()]
    rows: list[list[object]] = [[title, "examples", *evaluation.metrics]]
    rows += [[name, part.examples, *part.metrics.values()] for name, part in parts]
    print_table(rows)
