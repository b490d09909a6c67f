"""GLUE from a large model's own sentence embeddings, under the head that CMOW has there.

General distillation by sentence embeddings makes a student's vector like its teacher's. What the same head learns from
the teacher's vectors themselves, by the same recipe, says how much such a student can be hoped to reach.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

import edgenlp
import glue
import runs
from edgenlp.cli.workshop import needs_workshop
from edgenlp.distillation.objectives import NoSettings
from edgenlp.interfaces import Arrays, Assets, Encoder, Featurizer, Teacher, Tokens, parts
from edgenlp.plugins import plugins
from report import Promise, Report, parser, run

if TYPE_CHECKING:
    import keras

Table = dict[str, NDArray[np.float32]]
"""Texts and their embeddings."""


class EmbeddingFeaturizer(Featurizer):
    """A text is one token, and its embedding what is read of it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def tokenize(self, text: str, limit: int) -> Tokens:  # noqa: ARG002
        """The whole text."""
        return Tokens(text, [(0, len(text))])

    def inputs(self, tokens: Tokens, length: int) -> Arrays:  # noqa: ARG002
        """`embedding`, float32 [1, width]."""
        return {"embedding": self._table[tokens.text][None]}


class EmbeddingEncoder(Encoder):
    """Embeddings that are there already: nothing of it is trained."""

    name: ClassVar[str] = "embeddings"
    on_device: ClassVar[bool] = False
    Config: ClassVar[type[Any]] = NoSettings

    def __init__(self, table: Table) -> None:
        self._table = table

    def featurizer(self, config: Any, assets: Assets) -> EmbeddingFeaturizer:  # noqa: ARG002
        """It looks embeddings up."""
        return EmbeddingFeaturizer(self._table)

    def network(self, config: Any, assets: Assets) -> keras.layers.Layer:  # noqa: ARG002
        """It hands them on, as what the one token is and as the whole."""
        import keras

        def encoded(inputs: dict[str, Any]) -> dict[str, Any]:
            embedding = inputs["embedding"]
            return {"tokens": embedding[:, None], "pooled": embedding, "mask": keras.ops.ones_like(embedding[:, :1])}

        return keras.layers.Lambda(encoded)


class EmbeddingPlugin:
    """What registers the encoder."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @edgenlp.hookimpl
    def edgenlp_encoders(self) -> list[Encoder]:
        """The encoder."""
        return [EmbeddingEncoder(self._table)]


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__)
    made.add_argument("--data", type=Path, required=True, metavar="DIR", help="holds glue/TASK/{train,dev}.tsv")
    made.add_argument("--model", required=True, help="folder of a BERT-family model that has sentence embeddings")
    made.add_argument("--tasks", nargs="+", choices=[task.folder for task in glue.TASKS], help="default: all")
    made.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="SEED", help="default: 1")
    return made


def measure(options: argparse.Namespace) -> Report:
    """All tasks."""
    with needs_workshop():
        import tensorflow  # noqa: F401
    table: Table = {}
    plugins().register(EmbeddingPlugin(table), "embeddings")
    shown: list[list[object]] = [["task", "metric", "embeddings", "promised of students"]]
    figures: dict[str, Any] = {}
    promises = []
    for task in glue.TASKS:
        if options.tasks and task.folder not in options.tasks:
            continue
        own = [_trained(task, seed, table, options) for seed in options.seeds]
        figures[task.folder] = own
        values = [metrics[task.metric] for metrics in own]
        shown.append([task.folder, task.metric, runs.mean(values), task.published / 100])
        promises.append(
            Promise(f"{task.folder} {task.metric}", statistics.fmean(values), "at least", task.published / 100)
        )
    note = f"dev rows, one rate, the last epoch; mean and standard deviation over seeds {options.seeds}"
    return Report(figures, shown, (note,), promises)


def _trained(task: glue.Task, seed: int, table: Table, options: argparse.Namespace) -> Mapping[str, float]:
    """Figures of a head on the dev rows."""
    from edgenlp.training import read_recipe, train
    from edgenlp.training.splits import read_splits

    overrides = [*glue.settings_of(task, seed), "encoder={ name = 'embeddings' }"]
    splits = read_splits(read_recipe(glue.RECIPE, overrides), options.data)
    rows = (*splits.train, *splits.tuning, *splits.dev)
    _embed([text for row in rows for text in parts(row.text)], table, options.model)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "run"
        train(glue.RECIPE, folder, options.data, overrides, resume=False)
        found: dict[str, float] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["dev"]["metrics"]
    return found


def _embed(texts: list[str], table: Table, model: str) -> None:
    """Add the embeddings of texts that the table has not, each value of variance one or so, and of the empty text."""
    teacher = plugins().get(Teacher, "keras_hub")
    new = list(dict.fromkeys(text for text in texts if text not in table))
    what = ["sentence_embedding"]
    for text, answer in zip(new, teacher.label(new, what, teacher.Config(model=model)), strict=True):
        embedding = answer["sentence_embedding"].astype(np.float32)
        table[text] = embedding * np.sqrt(embedding.size)
    table[""] = np.zeros_like(next(iter(table.values())))


if __name__ == "__main__":
    run(arguments(), measure)
