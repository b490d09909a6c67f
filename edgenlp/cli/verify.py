"""Replay the golden vectors of a model."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from edgenlp.cli.loading import load_quietly
from edgenlp.cli.output import print_json, printable
from edgenlp.evaluation import Mismatch, verify

SHOWN = 5
SHOWN_CHARACTERS = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("model", metavar="MODEL", help="name or file")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print whether this machine gives what the export gave; exit code 1 where it does not."""
    model = load_quietly(arguments.model)
    replay = verify(model)
    count, runtime = replay.vectors, model.network.runtime
    if arguments.json:
        print_json(asdict(replay))
    elif replay.mismatches:
        print(f"{len(replay.mismatches)} of {count} golden vectors differ on {runtime}:")
        for mismatch in replay.mismatches[:SHOWN]:
            print(_described(mismatch))
    else:
        ties = f" ({replay.ties} are ties that fell the other way)" if replay.ties else ""
        print(f"all {count} golden vectors agree on {runtime}{ties}")
    return 1 if replay.mismatches else 0


def _described(mismatch: Mismatch) -> str:
    text = printable(" | ".join([mismatch.text] if isinstance(mismatch.text, str) else mismatch.text))
    lines = [f"  line {mismatch.line}, '{text[:SHOWN_CHARACTERS]}': {mismatch.what}"]
    if mismatch.expected is not None:
        lines += [f"    exported {mismatch.expected}", f"    here     {mismatch.found}"]
    return "\n".join(lines)
