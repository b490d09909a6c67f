"""Train a vocabulary of subword pieces on raw text."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from edgenlp.artifact.files import check_place, write_atomically
from edgenlp.cli.output import print_json
from edgenlp.data.lines import numbered_lines
from edgenlp.data.vocabulary import count_words, train_unigram
from edgenlp.errors import DataError
from edgenlp.evaluation.progress import Progress
from edgenlp.text.vocabulary.unigram import SIZES, SIZES_IN_WORDS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="UTF-8, one text a line")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the vocabulary")
    parser.add_argument("--size", type=_size, default=8_000, metavar="N", help="of pieces (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def _size(argument: str) -> int:
    if not argument.isdecimal() or int(argument) not in SIZES:
        raise argparse.ArgumentTypeError(f"{argument!r} is not a whole number {SIZES_IN_WORDS}")
    return int(argument)


def run(arguments: argparse.Namespace) -> int:
    """Train, and write the vocabulary whole or not at all."""
    check_place(arguments.out)
    counts = count_words(_texts(arguments.files))
    if not counts:
        raise DataError(f"there is not a single word in {', '.join(map(str, arguments.files))}.")
    with _clock(f"training {arguments.size:,} pieces on {len(counts):,} words"):
        content = train_unigram(counts, arguments.size)
    write_atomically(arguments.out, content)
    figures = {
        "vocabulary": str(arguments.out),
        "pieces": arguments.size,
        "bytes": len(content),
        "words": counts.total(),
        "distinct_words": len(counts),
    }
    if arguments.json:
        print_json(figures)
    else:
        print(
            f"{arguments.out}: {arguments.size:,} pieces, {len(content):,} bytes, "
            f"from {counts.total():,} words, {len(counts):,} of them distinct"
        )
    return 0


def _texts(paths: Sequence[Path]) -> Iterator[str]:
    with Progress("reading lines", show=True) as progress:
        for path in paths:
            for _, line in numbered_lines(path):
                progress.advance()
                yield line


@contextmanager
def _clock(what: str) -> Iterator[None]:
    """Tells on a terminal what goes on, and for how long: the trainer itself says nothing."""
    if not sys.stderr.isatty():
        yield
        return
    done, start = Event(), time.perf_counter()

    def show() -> None:
        while not done.wait(0.5):
            sys.stderr.write(f"\r{what}: {time.perf_counter() - start:.0f} s")
            sys.stderr.flush()

    thread = Thread(target=show)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()
