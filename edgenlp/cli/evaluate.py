"""Measure a model, or a run, on labelled data, and how far it answers as its teacher."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from edgenlp.cli.loading import load_quietly
from edgenlp.cli.out_of_fold import explain_out_of_fold
from edgenlp.cli.output import print_json, print_table, printable
from edgenlp.cli.workshop import needs_workshop
from edgenlp.data import read_examples
from edgenlp.evaluation import Answerer, Answers, Evaluation, ModelAnswers, agreement, answered, evaluation_of
from edgenlp.interfaces import Example
from edgenlp.runtime.quiet import quiet_runtime

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
    options = dict(arguments.option)
    files = {str(path): read_examples(path, arguments.format, **options) for path in arguments.data}
    answers, evaluation, notes = _measured(arguments.model, files, progress=not arguments.json)
    measured = {"": evaluation}
    if arguments.teacher:
        teacher, of_teacher, more = _measured(arguments.teacher, files, progress=not arguments.json)
        measured |= {"teacher": of_teacher, "agreement": agreement(answers, teacher)}
        notes += more
    for note in dict.fromkeys(notes):
        print(f"note: {printable(note)}", file=sys.stderr)
    if arguments.json:
        values = {name: part.to_dict() for name, part in measured.items()}
        print_json(values.pop("") | values)
    else:
        for name, part in measured.items():
            _print(name, part)
    return 0


def _measured(name: str, files: Files, progress: bool) -> tuple[Answers, Evaluation, list[str]]:
    """What a model or a run says about the rows of files, its metrics, and what is to be noted about them."""
    answerer, notes = _answerer(name)
    answers = answered(answerer, files, progress)
    evaluation = evaluation_of(answers)
    if evaluation.unknown:
        notes.append(f"{evaluation.unknown} rows have labels that {answerer.name!r} does not know")
    if evaluation.empty:
        notes.append(f"{evaluation.empty} rows hold no token and are left out")
    return answers, evaluation, notes


def _answerer(name: str) -> tuple[Answerer, list[str]]:
    if (Path(name) / "run.json").is_file():
        with needs_workshop(), quiet_runtime():
            from edgenlp.training import RunAnswers, load_run

            return RunAnswers(load_run(Path(name))), []
    model = load_quietly(name)
    said = explain_out_of_fold(model.name, model.manifest)
    return ModelAnswers(model), [said] if said else []


def _print(title: str, evaluation: Evaluation) -> None:
    parts = [("all", evaluation), *evaluation.files.items(), *evaluation.languages.items()]
    rows: list[list[object]] = [[title, "examples", *evaluation.metrics]]
    rows += [[name, part.examples, *part.metrics.values()] for name, part in parts]
    print_table(rows)
