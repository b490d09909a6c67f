"""Predict what texts mean, from the command line or line by line from stdin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edgenlp.cli.loading import load_quietly
from edgenlp.cli.output import print_json
from edgenlp.cli.render import render
from edgenlp.cli.texts import read_text
from edgenlp.data.lines import BYTE_ORDER_MARK
from edgenlp.errors import TextError
from edgenlp.interfaces import Prediction
from edgenlp.runtime.model import DEFAULT_MODEL


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME_OR_FILE", help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object a text")
    parser.add_argument(
        "text", nargs="*", metavar="TEXT", help="lines of stdin by default; the two texts of a pair are parted by a TAB"
    )


def run(arguments: argparse.Namespace) -> int:
    """Predict each text; a bad one is reported in its place and the rest go on."""
    model = load_quietly(arguments.model)
    pairs = model.head.sequences == 2
    failed = False
    for line in _arguments(arguments.text) if arguments.text else _stdin():
        try:
            if line.error:
                raise TextError(line.error)
            _show(model.predict(read_text(line.text, pairs)), arguments.json)
        except TextError as error:
            failed = True
            _show_error(line, error, arguments.json)
    return 1 if failed else 0


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it came: its number, and its text or what is wrong with its bytes."""

    number: int
    text: str = ""
    error: str = ""


def _arguments(texts: list[str]) -> Iterator[_Line]:
    return (_Line(number, text) for number, text in enumerate(texts, 1))


def _stdin() -> Iterator[_Line]:
    for number, line in enumerate(sys.stdin.buffer, 1):
        content = (line if number > 1 else line.removeprefix(BYTE_ORDER_MARK)).removesuffix(b"\n").removesuffix(b"\r")
        try:
            yield _Line(number, content.decode("utf-8"))
        except UnicodeDecodeError as error:
            yield _Line(number, error=f"this is not UTF-8 (byte {error.start + 1} of the line).")


def _show(prediction: Prediction, as_json: bool) -> None:
    if as_json:
        print_json(prediction.to_dict(), indent=None)
    else:
        print(render(prediction, colour=sys.stdout.isatty()))
    sys.stdout.flush()


def _show_error(line: _Line, error: TextError, as_json: bool) -> None:
    if as_json:
        values: dict[str, Any] = {"line": line.number, "error": str(error)}
        print_json(values if line.error else {"text": line.text, **values}, indent=None)
        sys.stdout.flush()
    else:
        print(f"error: line {line.number}: {error}", file=sys.stderr)
