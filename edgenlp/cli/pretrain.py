"""Train an encoder by predicting hidden words of raw text; recipes of tasks start from it."""

from __future__ import annotations

import argparse

from edgenlp.cli import train
from edgenlp.cli.workshop import needs_workshop

add_arguments = train.add_arguments


def run(arguments: argparse.Namespace) -> int:
    """Train, and leave a run's folder."""
    with needs_workshop():
        from edgenlp.training import pretrain

        pretrain(arguments.recipe, arguments.out, arguments.data, arguments.set, arguments.resume, arguments.labels)
    return 0
