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
    count, mismatches = verify(model)
    if arguments.json:
        print_json({"vectors": count, "mismatches": [asdict(mismatch) for mismatch in mismatches]})
    elif mismatches:
        print(f"{len(mismatches)} of {count} golden vectors differ on {model.network.runtime}:")
        for mismatch in mismatches[:SHOWN]:
            print(_described(mismatch))
    else:
        print(f"all {count} golden vectors agree on {model.network.runtime}")
    return 1 if mismatches else 0


def _described(mismatch: Mismatch) -> str:
    text = printable(" | ".join([mismatch.text] if isinstance(mismatch.text, str) else mismatch.text))
    lines = [f"  line {mismatch.line}, {text[:SHOWN_CHARACTERS]!r}: {mismatch.what}"]
    if mismatch.expected is not None:
        lines += [f"    exported {mismatch.expected}", f"    here     {mismatch.found}"]
    return "\n".join(lines)
