"""Who can be measured, and what they said."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from edgenlp.errors import TextError
from edgenlp.interfaces import Example, Prediction, TaskHead, Text

Rows = list[tuple[Example, Prediction | None]]
"""Labelled rows and what was said about each; None about one that holds no token."""


class Answerer(Protocol):
    """What is measured: an `edgenlp.Model`, or the float weights of a run, `edgenlp.training.FloatModel`."""

    @property
    def name(self) -> str:
        """In messages."""

    @property
    def head(self) -> TaskHead:
        """Defines the metrics."""

    @property
    def labels(self) -> Collection[str]:
        """That an answer may have."""

    def answers(self, texts: Sequence[Text]) -> Iterator[Prediction | TextError]:
        """What it says about each text, in order, or why nothing."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said about the rows of files.

    Attributes:
        model: who said it.
        files: rows by the file's name.
    """

    model: Answerer
    files: Mapping[str, Rows]
