"""The reader, the teacher and the objective of docs/plugins.md."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from edgenlp.data.lines import first_line, no_rows, numbered_lines, place
from edgenlp.data.options import settle
from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Example, Objective, Reader, Teacher


@dataclass(frozen=True)
class KeywordConfig:
    labels: tuple[str, ...] = ("alarm", "music")


@dataclass(frozen=True)
class NoConfig:
    pass


class Questions(Reader):
    """A question a line, and its label behind two bars."""

    name = "questions"

    def read(self, path, /, **options):
        language = settle(self.name, options, language="")["language"]  # edgenlp.data.options; any other is refused
        rows = 0
        for number, line in numbered_lines(path):  # edgenlp.data.lines, as what follows
            question, bars, label = line.partition(" || ")
            if not bars:
                raise DataError(f"{place(path, number)}: there is no ' || ' between a question and its label.")
            yield Example(question, label, language)
            rows += 1
        if not rows:
            raise no_rows(path)

    def recognises(self, path):
        return " || " in first_line(path)


class KeywordTeacher(Teacher):
    """Sure of the label whose name stands in the text."""

    name = "keyword"
    Config = KeywordConfig  # labels: tuple[str, ...] = ("alarm", "music")

    def offers(self, config):
        return frozenset({"task_logits"})

    def labels(self, what, config):
        if what != "task_logits":
            raise RecipeError(f"keywords offer no {what!r}")
        return list(config.labels)

    def digest(self, config):
        return hashlib.sha256(json.dumps(config.labels).encode()).hexdigest()

    def label(self, texts, what, config):
        for one in what:
            self.labels(one, config)
        said = ([5.0 * (label in text) for label in config.labels] for text in texts)
        return ({"task_logits": np.array(logits, np.float32)} for logits in said)


class SquaredLogits(Objective):
    """The squared distance of logits."""

    name = "squared_logits"
    Config = NoConfig
    wants = frozenset({"task_logits", "token_logits"})

    def network(self, config, widths):
        from my_losses import SquaredLoss  # Keras, in the workshop only

        return SquaredLoss()
