"""`edgenlp VERB ...`: exit code 0, 1 for an error that the user can mend, 2 for wrong usage."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import edgenlp
from edgenlp.cli import (
    benchmark,
    evaluate,
    export,
    inspect,
    label,
    models,
    plugins,
    predict,
    pretrain,
    report,
    teach,
    train,
    verify,
    vocab,
)
from edgenlp.cli.ending import exit_code

VERBS: Final = (
    predict,
    evaluate,
    inspect,
    verify,
    benchmark,
    models,
    plugins,
    vocab,
    train,
    export,
    teach,
    label,
    pretrain,
    report,
)
WRONG_USAGE: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        arguments: those of the process by default.

    Returns:
        The exit code.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # the caller has closed it
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.run is None:
        parser.print_help(sys.stderr)
        return WRONG_USAGE
    if isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is UTF-8; a lone surrogate is written as its escape, which is JSON too.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    return exit_code(partial(options.run, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="edgenlp", description="Language understanding that fits on a phone.")
    parser.add_argument("--version", action="version", version=f"edgenlp {edgenlp.__version__}")
    parser.set_defaults(run=None)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    for module in VERBS:
        summary = module.__doc__
        name = module.__name__.rpartition(".")[2]
        verb = verbs.add_parser(name, help=summary, description=summary)
        module.add_arguments(verb)
        verb.set_defaults(run=module.run)
    return parser
