"""How contenders are timed against each other: one thread, one process, the timed part alone.

`warm` runs blocks of calls in turn, so that drift of the machine falls on all contenders alike; what counts is the
ratio within a block. `alternating` calls one after the other, so that each finds the cache as the others left it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

BLOCKS: Final = 7
CALLS: Final = 200
"""Calls in a block: the least that `warm` takes."""

_UNTIMED: Final = 20


@dataclass(frozen=True, slots=True)
class Contender:
    """What is timed.

    Attributes:
        call: the timed part.
        prepare: runs before each call, untimed, such as to set the next input.
    """

    call: Callable[[], object]
    prepare: Callable[[], object] = lambda: None

    def seconds(self) -> float:
        """Of one call."""
        self.prepare()
        start = time.perf_counter()
        self.call()
        return time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio over blocks.

    Attributes:
        median: of the blocks' ratios.
        least: of them.
        greatest: of them.
    """

    median: float
    least: float
    greatest: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.greatest:.2f})"


def warm(contenders: Sequence[Contender], blocks: int = BLOCKS, calls: int = CALLS) -> list[list[float]]:
    """Interleaved blocks, after some untimed calls each; every other round runs in the opposite order.

    Returns:
        For each contender the median seconds of a call in each block.
    """
    medians: list[list[float]] = [[] for _ in contenders]
    order = list(range(len(contenders)))
    for _ in range(blocks):
        for number in order:
            for _ in range(_UNTIMED):
                contenders[number].seconds()
            medians[number].append(statistics.median(contenders[number].seconds() for _ in range(calls)))
        order.reverse()
    return medians


def alternating(contenders: Sequence[Contender], calls: int = CALLS) -> list[float]:
    """The contenders in turn, call by call: the median seconds of each."""
    rounds = [[contender.seconds() for contender in contenders] for _ in range(calls)]
    return [statistics.median(seconds) for seconds in zip(*rounds, strict=True)]


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Ratio:
    """The ratio of two contenders' medians, block by block."""
    ratios = [above / below for above, below in zip(numerators, denominators, strict=True)]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))
