"""The epochs of a run: learnt, looked at, and kept so that a killed run goes on."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from edgenlp.artifact.files import write_atomically
from edgenlp.errors import RecipeError
from edgenlp.training.progress import Display, display, log_tensorboard, plot
from edgenlp.training.recipe import Recipe
from edgenlp.training.run import Run
from edgenlp.training.trainer import Trainer

Look = Callable[[], dict[str, float]]
"""The tuning rows' figures with the student's present weights."""

Describe = Callable[[dict[str, float]], str]


def settle_tensorflow(recipe: Recipe) -> None:
    """Set what holds for a whole process, before anything is trained or labelled in it."""
    # the step is compiled for each length on purpose, which TensorFlow would warn about
    tf.get_logger().setLevel(logging.ERROR)
    if recipe.training.deterministic:
        tf.config.experimental.enable_op_determinism()


def check_patience(recipe: Recipe, has_tuning: bool) -> None:
    """Raise where patience has nothing to look at.

    Raises:
        RecipeError: patience is asked for and there are no tuning rows.
    """
    if recipe.training.patience and not has_tuning:
        raise RecipeError("training.patience needs tuning rows to look at: give data.tuning or data.tuning_share")


class Loop:
    """One run from its last checkpoint to its last epoch.

    Args:
        run: whose folder holds what is left behind.
        trainer: with the weights that the run starts from; those of the checkpoint take their place where there is one.
        metric: of the figures, the one that chooses the weights and is drawn; higher is better.
        look: at the tuning rows; None where there are none.
        describe: what a person is shown of figures; the metric where None.

    Attributes:
        history: a record of each epoch.

    Raises:
        RecipeError: patience is asked for and there are no tuning rows.
    """

    def __init__(
        self, run: Run, trainer: Trainer, metric: str, look: Look | None, describe: Describe | None = None
    ) -> None:
        self._run = run
        self._trainer = trainer
        self._settings = run.recipe.training
        self._metric = metric
        self._look = look
        self._describe: Describe = describe or (lambda figures: f"{metric} {figures[metric]:.4f}")
        self.history: list[dict[str, float]] = []
        check_patience(run.recipe, look is not None)
        if run.has_checkpoint:
            with run.read_arrays("checkpoint.npz") as arrays:
                self.history = trainer.restore(arrays)["history"]

    def finish(self, words: str) -> None:
        """Train the epochs that are left, keep the weights, draw the curve.

        Args:
            words: lines about the rows, shown first.
        """
        settings, trainer = self._settings, self._trainer
        # nothing is written before all that the recipe names has been read and fits together
        self._run.save()
        self._writer = tf.summary.create_file_writer(str(self._run.folder / "tensorboard"))
        self._keep_if_best()
        self._write_history()
        utterances = trainer.utterances
        with display(settings.epochs * utterances, trainer.epoch * utterances) as shown:
            shown.line(words)
            while trainer.epoch < settings.epochs and not self._patience_is_over():
                self._epoch(shown)
        if settings.patience:
            self._run.keep_best()
        else:
            with trainer.averaged() as student:
                self._run.save_weights(student)
        plot(self.history, self._metric, self._run.folder / "learning_curve.png")

    def _epoch(self, shown: Display) -> None:
        started = time.perf_counter()
        losses = self._trainer.train_epoch(shown.advance)
        epoch = self._trainer.epoch
        speed = self._trainer.utterances / (time.perf_counter() - started)
        record = {"epoch": epoch, "utterances": self._trainer.utterances, **losses}
        figures: dict[str, float] = {}
        if self._look and (epoch % self._settings.evaluate_every == 0 or epoch == self._settings.epochs):
            with self._trainer.averaged():
                figures = self._look()
        self.history.append(record | figures)
        self._checkpoint()
        self._keep_if_best()
        log_tensorboard(self._writer, self.history[-1])
        if figures:
            tuning = self._describe(figures)
            shown.line(f"epoch {epoch:3d}  loss {losses['loss']:.4f}  tuning {tuning}  {speed:,.0f} utterances/s")

    @property
    def _looks(self) -> list[dict[str, float]]:
        return [record for record in self.history if self._metric in record]

    def _keep_if_best(self) -> None:
        """Keep the last epoch's weights if no look was better; after a break too, which may have come just before."""
        looks = self._looks
        if not (self._settings.patience and looks and looks[-1] is self.history[-1]):
            return
        last, *others = (record[self._metric] for record in reversed(looks))
        if all(last > other for other in others):
            with self._trainer.averaged() as student:
                self._run.save_best(student)

    def _patience_is_over(self) -> bool:
        looks = self._looks
        if not self._settings.patience or not looks:
            return False
        best = max(looks, key=lambda record: record[self._metric])
        return looks[-1]["epoch"] - best["epoch"] >= self._settings.patience

    def _checkpoint(self) -> None:
        notes: dict[str, Any] = {"history": self.history}
        self._run.write_arrays("checkpoint.npz", self._trainer.state(notes))
        self._write_history()

    def _write_history(self) -> None:
        """As the checkpoint has it; after a break too, which may have come just before."""
        lines = "".join(json.dumps(record) + "\n" for record in self.history)
        write_atomically(self._run.folder / "history.jsonl", lines.encode())
