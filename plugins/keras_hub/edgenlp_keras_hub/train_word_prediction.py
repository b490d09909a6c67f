"""Train a word-prediction head for a model that comes without one, on raw text.

    python -m edgenlp_keras_hub.train_word_prediction --model FOLDER --text FILE... --out FOLDER

Masked-word prediction (Devlin et al. 2019, section 3.1): 15 % of the subwords are to be guessed, of which 80 % are
hidden, 10 % replaced and 10 % left. The head comes first, on a frozen body; then both learn. The result is a folder in
KerasHub's form, which a teacher or an encoder names as its `model`. A killed training goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zipfile import BadZipFile

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from edgenlp.artifact.files import make_folder, open_atomically, write_atomically
from edgenlp.data.lines import numbered_lines
from edgenlp.data.pretrained import digest, quoted
from edgenlp.errors import DataError, EdgeNLPError, RecipeError
from edgenlp_keras_hub import network, pretrained
from edgenlp_keras_hub.folder import locate
from edgenlp_keras_hub.model import SIGNATURE, PretrainedModel
from edgenlp_keras_hub.word_prediction import WordPrediction, write_word_prediction

CHECKPOINT: Final = "checkpoint.npz"
REPORT: Final = "word_prediction.json"

_MASKED: Final = 0.15
_HELD_OUT: Final = 512
_POOL: Final = 64
"""Batches among which lines of similar length are put together."""

_UNDECAYED: Final = ["bias", "beta", "gamma", "offset", "scale"]
"""Names of biases, and of what normalisation has: the body's and the head's."""

_ORDER, _MASKS, _HELD_OUT_MASKS = 0, 1, 2

Masked = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
"""Padded rows with some subwords hidden, their lengths, the places to guess in the flattened rows, what stood there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the head is trained.

    Attributes:
        steps: in all.
        frozen_steps: of these, the first, in which only the head learns.
        batch_size: lines in a step.
        head_rate: the head's highest learning rate.
        body_rate: the body's.
        warmup: steps in which a rate rises from 0; it falls to 0 at the last step.
        max_pieces: longer lines are cut here.
        look_every: steps between looks at the held-out lines, and between checkpoints.
        seed: of everything random.

    Raises:
        RecipeError: a number is out of range; the message names it.
    """

    steps: int = 20_000
    frozen_steps: int = 1_000
    batch_size: int = 32
    head_rate: float = 1e-3
    body_rate: float = 2e-4
    warmup: int = 500
    max_pieces: int = 64
    look_every: int = 500
    seed: int = 1

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            least = name in ("steps", "batch_size", "max_pieces", "look_every")
            if not least <= value < math.inf:
                raise RecipeError(f"--{name.replace('_', '-')} is {value}: it must be a number from {least:d}.")


def train_word_prediction(model: str, texts: Sequence[Path], out: Path, settings: Settings) -> dict[str, float]:
    """Train a head, and the body with it, into a folder.

    Args:
        model: a WordPiece model: a folder, an `hf://` name or a preset.
        texts: plain text, a sentence or a paragraph a line.
        out: a folder; a training that was killed there goes on.
        settings: how.

    Returns:
        `accuracy` and `perplexity` of the guesses on held-out lines.

    Raises:
        RecipeError: the model cannot be read, or `out` holds something else.
        EdgeNLPError: `out` cannot be written.
        DataError: there are too few lines.
    """
    return _Training(model, texts, out, settings).finish()


class _Training:
    """One training, from its last checkpoint to the finished folder."""

    def __init__(self, model: str, texts: Sequence[Path], out: Path, settings: Settings) -> None:
        folder = locate(model)
        if (out / "config.json").exists():
            raise RecipeError(f"{out} holds a model already: name another folder")
        self.settings = settings
        self.out = out
        # before the model is made, whose dropout draws its seeds then
        keras.utils.set_random_seed(settings.seed)
        self.model = PretrainedModel(folder)
        vocabulary = self.model.vocabulary
        if vocabulary is None or vocabulary.mask is None:
            raise RecipeError(f"the model {model} has no WordPiece vocabulary with [MASK]: a head cannot be trained")
        self.mask, self.pieces = vocabulary.mask, len(vocabulary.pieces)
        lines, sha = _read(texts)
        make_folder(out)
        self.origin = {"model": digest(folder), "text": sha, "settings": asdict(settings)}
        # a line that comes again would be learnt and held out
        rows = [self.model.subwords(line)[0][: settings.max_pieces] for line in dict.fromkeys(lines)]
        rows = [self.model.marked(row) for row in rows if len(row) > 1]
        order = np.random.default_rng(settings.seed).permutation(len(rows))
        held_out = min(_HELD_OUT, len(rows) // 20)
        if held_out == 0 or len(rows) - held_out < settings.batch_size:
            raise DataError(f"{len(rows)} lines are too few to train on: take more text or smaller batches")
        self.held_out = [rows[number] for number in order[:held_out]]
        self.rows = [rows[number] for number in order[held_out:]]
        self.step = 0
        self.head = WordPrediction(self.model.backbone.hidden_dim, pretrained.rows(self.model.backbone))
        self.parts = [self.head.trainable_variables, self.model.body.trainable_variables]
        self.optimizers = [_optimizer(weights) for weights in self.parts]
        signature = (*SIGNATURE, *[tf.TensorSpec((None,), tf.int32)] * 2)
        self._learn = [
            tf.function(lambda *batch, count=count: self._update(batch, count), input_signature=signature)
            for count in (1, 2)
        ]
        self._look = tf.function(lambda *batch: self._guess(batch, training=False), input_signature=signature)
        self._restore()

    def finish(self) -> dict[str, float]:
        settings = self.settings
        found = {}
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("word prediction", total=settings.steps, completed=self.step)
            for batch in self._batches(self.step):
                self._set_rates()
                loss = self._learn[self.step >= settings.frozen_steps](*batch)
                self.step += 1
                progress.update(task, advance=1)
                if self.step % settings.look_every == 0 or self.step == settings.steps:
                    found = self._evaluate()
                    figures = "  ".join(f"{name} {value:.4g}" for name, value in found.items())
                    progress.console.print(f"step {self.step}  loss {float(loss):.3f}  held out: {figures}")
                    self._checkpoint()
        found = found or self._evaluate()  # a training that was killed behind its last step has looked already
        self._write(found)
        return found

    def _batches(self, start: int) -> Iterator[Masked]:
        """The batches of the steps from `start`: the same ones, wherever a training was cut off."""
        settings = self.settings
        per_epoch = len(self.rows) // settings.batch_size
        groups: list[list[int]] = []
        for step in range(start, settings.steps):
            epoch, number = divmod(step, per_epoch)
            if number == 0 or not groups:
                groups = self._groups(np.random.default_rng([settings.seed, _ORDER, epoch]))
            rows = [self.rows[i] for i in groups[number]]
            yield self._masked(rows, np.random.default_rng([settings.seed, _MASKS, step]))

    def _groups(self, rng: np.random.Generator) -> list[list[int]]:
        size = self.settings.batch_size
        order = rng.permutation(len(self.rows))
        groups: list[list[int]] = []
        for start in range(0, len(order), _POOL * size):
            pool = sorted(order[start : start + _POOL * size], key=lambda number: len(self.rows[number]))
            groups += [pool[first : first + size] for first in range(0, len(pool) - size + 1, size)]
        return [groups[number] for number in rng.permutation(len(groups))]

    def _masked(self, rows: list[list[int]], rng: np.random.Generator) -> Masked:
        ids, count = self.model.padded(rows)
        place = np.arange(ids.shape[1])
        inner = (place > 0) & (place < count[:, None] - 1)
        # the first inner subword stands in where none was drawn
        drawn = inner & (rng.random(ids.shape) < _MASKED)
        drawn[:, 1] |= ~drawn.any(axis=1)
        places = np.flatnonzero(drawn).astype(np.int32)
        flat = ids.ravel()
        stood = flat[places]
        fate = rng.random(len(places))
        flat[places[fate < 0.8]] = self.mask
        replaced = places[fate >= 0.9]
        flat[replaced] = rng.integers(0, self.pieces, len(replaced))
        return ids, count, places, stood

    def _guess(self, batch: Sequence[tf.Tensor], training: bool) -> tuple[tf.Tensor, tf.Tensor]:
        """Cross entropy of each guess, and whether it is right."""
        ids, count, places, stood = batch
        hidden = network.run(self.model.body, ids, count, training)
        chosen = tf.gather(tf.reshape(hidden, (-1, hidden.shape[-1])), places)
        logits = self.head(chosen, self.model.embeddings)
        right = tf.cast(tf.argmax(logits, -1, output_type=tf.int32) == stood, tf.float32)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(stood, logits), right

    def _update(self, batch: Sequence[tf.Tensor], count: int) -> tf.Tensor:
        """One step of the first `count` parts: the head, or the head and the body."""
        parts = [[weight.value for weight in weights] for weights in self.parts[:count]]
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self._guess(batch, training=count > 1)[0])
        gradients = tape.gradient(loss, parts)
        for optimizer, weights, part in zip(self.optimizers, self.parts, gradients, strict=False):
            optimizer.apply([tf.convert_to_tensor(gradient) for gradient in part], weights)
        return loss

    def _set_rates(self) -> None:
        settings = self.settings
        for optimizer, peak, start in zip(
            self.optimizers, (settings.head_rate, settings.body_rate), (0, settings.frozen_steps), strict=True
        ):
            rising = (self.step - start + 1) / max(1, settings.warmup)
            falling = (settings.steps - self.step) / max(1, settings.steps - start)
            optimizer.learning_rate = peak * max(0.0, min(1.0, rising, falling))

    def _evaluate(self) -> dict[str, float]:
        rng = np.random.default_rng([self.settings.seed, _HELD_OUT_MASKS])
        rows = sorted(self.held_out, key=len)
        size = self.settings.batch_size
        looks = [self._look(*self._masked(rows[i : i + size], rng)) for i in range(0, len(rows), size)]
        losses, right = (np.concatenate([part.numpy() for part in parts]) for parts in zip(*looks, strict=True))
        return {"accuracy": float(right.mean()), "perplexity": float(np.exp(losses.mean()))}

    def _variables(self) -> list[Any]:
        own = [*self.head.variables, *self.model.body.variables]
        return own + [variable for optimizer in self.optimizers for variable in optimizer.variables]

    def _checkpoint(self) -> None:
        arrays = {f"variable_{number}": np.asarray(variable) for number, variable in enumerate(self._variables())}
        notes = json.dumps({"origin": self.origin, "step": self.step}).encode()
        with open_atomically(self.out / CHECKPOINT) as file:
            np.savez(file, allow_pickle=False, notes=np.frombuffer(notes, np.uint8), **arrays)

    def _restore(self) -> None:
        path = self.out / CHECKPOINT
        if not path.is_file():
            return
        variables = self._variables()
        try:
            with path.open("rb") as file, np.load(file) as arrays:
                notes = json.loads(arrays["notes"].tobytes())
                origin, step = notes["origin"], notes["step"]
                kept = (
                    [arrays[f"variable_{number}"] for number in range(len(variables))] if origin == self.origin else []
                )
        except (ValueError, KeyError, EOFError, OSError, BadZipFile, zlib.error) as error:
            raise RecipeError(f"{path} is damaged ({quoted(error)}): delete it to begin anew") from error
        if origin != self.origin:
            raise RecipeError(f"{self.out} holds a training with another model, text or settings: name another folder")
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)
        self.step = step

    def _write(self, found: dict[str, float]) -> None:
        """The finished folder; its config.json comes last, since it is what makes it a model."""
        write_word_prediction(self.out, self.head)
        report = {"held_out": found, "steps": self.step, **self.origin}
        write_atomically(self.out / REPORT, (json.dumps(report, indent=2) + "\n").encode())
        try:
            with TemporaryDirectory(prefix=".saving", dir=self.out) as scratch:
                self.model.tokenizer.save_to_preset(scratch)
                self.model.backbone.save_to_preset(scratch)
                saved = [path.relative_to(scratch) for path in Path(scratch).rglob("*") if path.is_file()]
                for path in sorted(saved, key=lambda path: path == Path("config.json")):
                    (self.out / path).parent.mkdir(parents=True, exist_ok=True)
                    (Path(scratch) / path).replace(self.out / path)
        except OSError as error:
            raise EdgeNLPError(f"{self.out} could not be written ({error.strerror}): call again to go on.") from error
        (self.out / CHECKPOINT).unlink(missing_ok=True)


def _optimizer(weights: Sequence[Any]) -> keras.optimizers.Optimizer:
    """AdamW as BERT was trained: gradients are clipped together, biases and scales of normalisation do not decay."""
    optimizer = keras.optimizers.AdamW(weight_decay=0.01, global_clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=_UNDECAYED)
    optimizer.build(weights)
    return optimizer


def _read(texts: Sequence[Path]) -> tuple[list[str], str]:
    """The lines that are not empty, and SHA-256 over them."""
    lines = [line for path in texts for _, line in numbered_lines(path) if line.strip()]
    return lines, hashlib.sha256("\n".join(lines).encode()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m edgenlp_keras_hub.train_word_prediction", description=__doc__)
    parser.add_argument("--model", required=True, help="a folder, an hf:// name or a preset of KerasHub")
    parser.add_argument("--text", required=True, nargs="+", type=Path, help="plain text, a sentence a line")
    parser.add_argument("--out", required=True, type=Path, help="the folder to write")
    for name, value in asdict(Settings()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"default {value}")
    given = vars(parser.parse_args(arguments))
    model, texts, out = given.pop("model"), given.pop("text"), given.pop("out")
    try:
        train_word_prediction(model, texts, out, Settings(**given))
    except EdgeNLPError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's error
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
