"""What a person sees of a run: a bar while it trains, and a curve afterwards."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Final

import tensorflow as tf
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_SECONDS_A_LINE: Final = 60.0
"""Between the lines that stand for the bar in a log."""


class Display:
    """A bar with utterances a second and the time left, and one line for each look at the tuning rows.

    Where nobody sees a bar, in a log, it is a line a minute.
    """

    def __init__(self, progress: Progress, what: str, total: int, done: int) -> None:
        self._progress = progress
        self._said_at = monotonic()
        self._task = progress.add_task(what, total=total, completed=done, speed="", loss="")
        self._started_at = done
        self._done = done

    def advance(self, utterances: int, loss: float | None = None) -> None:
        """Count a step of so many utterances."""
        self._done += utterances
        elapsed = self._progress.tasks[self._task].elapsed or 0.0
        speed = f"{(self._done - self._started_at) / elapsed:,.0f} utterances/s" if elapsed > 1 else ""
        self._progress.update(
            self._task, advance=utterances, speed=speed, loss="" if loss is None else f"loss {loss:.3f}"
        )
        if not self._progress.console.is_terminal and monotonic() - self._said_at >= _SECONDS_A_LINE:
            self._said_at = monotonic()
            self.line(self._in_words())

    def line(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, highlight=False)

    def _in_words(self) -> str:
        """What the bar shows."""
        task = self._progress.tasks[self._task]
        left = "" if task.time_remaining is None else f"{timedelta(seconds=int(task.time_remaining))} left"
        said = (f"{task.description} {self._done:,}/{int(task.total or 0):,}", *task.fields.values(), left)
        return ", ".join(part for part in said if part)


@contextmanager
def display(total: int, done: int, what: str = "training") -> Iterator[Display]:
    """A display of `total` utterances, of which `done` were done before; on stderr."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TextColumn("{task.fields[loss]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=4) as progress:
        yield Display(progress, what, total, done)


def log_tensorboard(writer: Any, record: dict[str, float]) -> None:
    """Log one epoch's figures."""
    with writer.as_default(step=int(record["epoch"])):
        for name, value in record.items():
            tf.summary.scalar(name, value)
    writer.flush()


def plot(history: list[dict[str, float]], metric: str, path: Path) -> None:
    """Draw the loss, and that of each of several objectives, and the tuning metric over the epochs into a PNG file."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, left = plt.subplots(figsize=(7, 4), layout="constrained")
    epochs = [record["epoch"] for record in history]
    left.plot(epochs, [record["loss"] for record in history], color="tab:grey", label="weighted sum")
    own = sorted({name for record in history for name in record if name.startswith("loss/")})
    for name, style in zip(own, itertools.cycle(("--", ":", "-.")), strict=False):
        losses = [record.get(name, math.nan) for record in history]
        left.plot(epochs, losses, style, color="tab:grey", linewidth=1, label=name.removeprefix("loss/"))
    if own:
        left.legend(frameon=False)
    left.set_xlabel("epoch")
    left.set_ylabel("training loss", color="tab:grey")
    left.set_yscale("log")
    looked = [record for record in history if metric in record]
    if looked:
        right = left.twinx()
        right.plot([record["epoch"] for record in looked], [record[metric] for record in looked], "o-", markersize=3)
        right.set_ylabel(f"{metric.replace('_', ' ')} on tuning rows", color="tab:blue")
    figure.savefig(path, dpi=120)
    plt.close(figure)
