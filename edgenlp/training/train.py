"""Train what a recipe says, from its data to weights and figures."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from edgenlp.artifact.files import write_atomically
from edgenlp.distillation import Labels
from edgenlp.errors import DataError, RecipeError
from edgenlp.evaluation import summarize
from edgenlp.interfaces import Example, Featurizer, parts
from edgenlp.training import dataset
from edgenlp.training.evaluate import Predictor, predictor
from edgenlp.training.label import labels_for
from edgenlp.training.objectives import objectives_of
from edgenlp.training.progress import display, log_tensorboard, plot
from edgenlp.training.recipe import Recipe, read_recipe
from edgenlp.training.rows import training_rows
from edgenlp.training.run import Run, load_run, new_run, provenance
from edgenlp.training.splits import Splits, read_splits
from edgenlp.training.trainer import Trainer


def train(
    recipe_path: Path, out: Path, data: Path | None, overrides: list[str], resume: bool, labels: Path | None = None
) -> Run:
    """Train a student into the folder `out`.

    Args:
        recipe_path: a TOML file.
        out: the run's folder, made here; only a resumed run may hold one already.
        data: the folder that the recipe's paths start from; by default the recipe's own.
        overrides: `key=value` pairs over the recipe.
        resume: go on from the last checkpoint in `out`, to the result that an unbroken run would have had.
        labels: the folder of the teachers' labels, for a recipe with a section `distillation`.

    Raises:
        RecipeError: the recipe is not valid, or `out` holds another run.
        DataError: the data cannot be read, or holds nothing to learn.
    """
    recipe = read_recipe(recipe_path, overrides)
    base = data or recipe_path.parent
    # the step is compiled for each length on purpose, which TensorFlow would warn about
    tf.get_logger().setLevel(logging.ERROR)
    if recipe.training.deterministic:
        tf.config.experimental.enable_op_determinism()
    splits = read_splits(recipe, base)
    _check_sequences([*splits.train, *splits.tuning, *splits.dev], recipe)
    run = _start(recipe, base, out, splits, resume)
    return _Training(run, splits, _labels(run, labels)).finish()


def _check_sequences(examples: list[Example], recipe: Recipe) -> None:
    head, _ = recipe.head_plugin()
    for example in examples:
        count = len(parts(example.text))
        if count != head.sequences:
            kinds = {1: "one text", 2: "a pair of texts"}
            raise DataError(
                f"the head {head.name!r} takes {kinds[head.sequences]} a row, and {example.text!r} is {kinds[count]}"
            )


def _labels(run: Run, folder: Path | None) -> Labels | None:
    if run.recipe.distillation is None:
        if folder:
            raise RecipeError("--labels is for a recipe with a section [distillation], and this one has none")
        return None
    if folder is None:
        raise RecipeError(
            "the recipe learns from teachers: make their labels with edgenlp label, and name them with --labels"
        )
    return labels_for(run, folder)


def _start(recipe: Recipe, base: Path, out: Path, splits: Splits, resume: bool) -> Run:
    if (out / "run.json").exists():
        if not resume:
            raise RecipeError(f"{out} holds a run already: add --resume to go on with it, or name another folder")
        run = load_run(out)
        now = provenance(recipe, base, splits)
        if run.recipe != recipe:
            raise RecipeError(f"{out} was started with another recipe, so it cannot be resumed with this one")
        if run.provenance["data"] != now["data"]:
            raise RecipeError(f"{out} was started with other data, so it cannot be resumed with this")
        return replace(run, provenance=now)
    return new_run(recipe, base, out, splits)


class _Training:
    """One run from its last checkpoint to its figures."""

    def __init__(self, run: Run, splits: Splits, labels: Labels | None) -> None:
        recipe = run.recipe
        self.run = run
        self.settings = recipe.training
        self.splits = splits
        self.tuning_rows = splits.tuning
        featurizer = run.featurizer()
        rows = training_rows(run, splits.train, labels)
        if not len(rows):
            raise DataError(f"none of the {len(splits.train)} training rows can be learnt by {run.head.name!r}")
        self.rows = len(rows)
        self._check([*splits.tuning, *splits.dev], featurizer)
        student = run.new_student()
        if not self._resumes:
            run.load_start(student)
        objectives = objectives_of(run, student, labels)
        self.trainer = Trainer(student, objectives, self.settings, recipe.seed, rows, featurizer)
        self.predict: Predictor = predictor(student, featurizer, run.decoder(), max(recipe.export.lengths))
        self.history: list[dict[str, float]] = []
        self._restore()

    def _check(self, examples: list[Example], featurizer: Featurizer) -> None:
        """Raise what is wrong with rows that are only predicted now, rather than after hours of training."""
        run = self.run
        for example in examples:
            tokens = dataset.tokenize(example, featurizer, self.settings.max_tokens)
            run.head.targets(example, tokens, run.head_config, run.head_assets)

    @property
    def _metric(self) -> str:
        return self.run.head.primary_metric(self.run.head_config)

    @property
    def _best(self) -> float:
        return max((record[self._metric] for record in self.history if self._metric in record), default=float("-inf"))

    def finish(self) -> Run:
        """Train the epochs that are left, keep the weights, report."""
        settings = self.settings
        # nothing is written before all that the recipe names has been read and fits together
        self.run.save()
        self.writer = tf.summary.create_file_writer(str(self.run.folder / "tensorboard"))
        utterances = self.trainer.utterances
        with display(settings.epochs * utterances, self.trainer.epoch * utterances) as shown:
            shown.line(self._rows_in_words())
            while self.trainer.epoch < settings.epochs and not self._patience_is_over():
                self._epoch(shown)
        if not settings.patience or not self.tuning_rows:
            self._keep_weights()
        self._report()
        return self.run

    def _rows_in_words(self) -> str:
        splits = self.splits
        return (
            f"{self.rows} training rows ({len(splits.train) - self.rows} that the head cannot express are left out, "
            f"{splits.dropped} that mean the same as a dev row are dropped), {len(splits.tuning)} to tune, "
            f"{len(splits.dev)} for the figures"
        )

    def _epoch(self, shown: Any) -> None:
        started = time.perf_counter()
        loss = self.trainer.train_epoch(shown.advance)
        epoch = self.trainer.epoch
        record = {"epoch": epoch, "utterances": self.trainer.utterances, "loss": loss}
        looked = self.tuning_rows and (epoch % self.settings.evaluate_every == 0 or epoch == self.settings.epochs)
        if looked:
            with self.trainer.averaged() as student:
                record |= self.run.head.evaluate(self.tuning_rows, self.predict(self.tuning_rows))
                if self.settings.patience and record[self._metric] > self._best:
                    self.run.save_weights(student)
        speed = self.trainer.utterances / (time.perf_counter() - started)
        self.history.append(record)
        self._checkpoint()
        log_tensorboard(self.writer, record)
        if looked:
            shown.line(
                f"epoch {epoch:3d}  loss {loss:.4f}  tuning {self._metric} {record[self._metric]:.4f}  "
                f"{speed:,.0f} utterances/s"
            )

    def _patience_is_over(self) -> bool:
        looks = [record for record in self.history if self._metric in record]
        if not self.settings.patience or not looks:
            return False
        best = max(looks, key=lambda record: record[self._metric])
        return looks[-1]["epoch"] - best["epoch"] >= self.settings.patience

    def _checkpoint(self) -> None:
        self.run.write_arrays("checkpoint.npz", self.trainer.state({"history": self.history}))
        lines = "".join(json.dumps(record) + "\n" for record in self.history)
        write_atomically(self.run.folder / "history.jsonl", lines.encode())

    @property
    def _resumes(self) -> bool:
        return all((self.run.folder / name).is_file() for name in ("run.json", "checkpoint.npz"))

    def _restore(self) -> None:
        if self._resumes:
            with np.load(self.run.folder / "checkpoint.npz") as arrays:
                self.history = self.trainer.restore(arrays)["history"]

    def _keep_weights(self) -> None:
        with self.trainer.averaged() as student:
            self.run.save_weights(student)

    def _report(self) -> None:
        plot(self.history, self._metric, self.run.folder / "learning_curve.png")
        dev = self.splits.dev
        if dev:
            self.run.load_weights(self.trainer.student)
            measured = summarize(self.run.head, dev, self.predict(dev), self.run.head.labels(self.run.head_assets))
            self.run.write_json("metrics.json", {"dev": measured.to_dict(), "data": self.splits.counts})
