"""`edgenlp VERB ...`: exit code 0, 1 for an error that the user can mend, 2 for wrong usage."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
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
from edgenlp.errors import EdgeNLPError

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
USER_ERROR, WRONG_USAGE = 1, 2
KILLED_BY: Final = 128


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
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except EdgeNLPError as error:
        print(f"error: {error}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return KILLED_BY + signal.SIGINT
    except BrokenPipeError:
        # Python flushes stdout once more at exit: give it a place to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return KILLED_BY + signal.SIGPIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{error.strerror or error}", file=sys.stderr)
        return USER_ERROR
    return code


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
