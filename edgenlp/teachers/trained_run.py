"""The teacher `run`: a trained run of any encoder and head, which says of texts what its head says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from edgenlp.errors import RecipeError, TextError
from edgenlp.interfaces import Arrays, Example, Featurizer, Span, Teacher, Text, parts

if TYPE_CHECKING:
    from edgenlp.training.evaluate import LogitsReader
    from edgenlp.training.run import Run

_READ_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedRunConfig:
    """Settings of the teacher `run`.

    Attributes:
        run: the folder of a finished run, as `edgenlp teach` or `edgenlp train` leaves it.
    """

    run: str = ""


class TrainedRun(Teacher):
    """A run's own head as a teacher: outputs of the whole text and, where the head has them, of its tokens."""

    name: ClassVar[str] = "run"
    Config: ClassVar[type[Any]] = TrainedRunConfig

    def offers(self, config: TrainedRunConfig) -> frozenset[str]:
        """`task_logits`, and `token_logits` of a head with outputs over tokens.

        Raises:
            RecipeError: the folder is not named, or is no finished run.
        """
        run = _run(config.run)
        return frozenset(what for what in ("task_logits", "token_logits") if run.labels(what))

    def digest(self, config: TrainedRunConfig) -> str:
        """Over the weights, the associated files and the settings of encoder and head."""
        run = _run(config.run)
        sha = hashlib.sha256(run.weights_digest().encode())
        sha.update(json.dumps([run.recipe.encoder, run.recipe.head, run.recipe.training.max_tokens]).encode())
        for assets in (run.encoder_assets, run.head_assets):
            for name, content in sorted(assets.items()):
                sha.update(name.encode() + b"\0" + content)
        return sha.hexdigest()

    def labels(self, what: str, config: TrainedRunConfig) -> list[str]:
        """The head's labels.

        Raises:
            RecipeError: the run does not offer `what`.
        """
        run, offered = _run(config.run), self.offers(config)
        if what not in offered:
            raise RecipeError(
                f"the run {config.run} offers no {what!r}, only {', '.join(sorted(offered))}: a pretrained model as "
                "the teacher 'keras_hub' offers what is not of a task"
            )
        return run.labels(what)

    def learnt(self, config: TrainedRunConfig) -> Iterable[Example]:
        """Its training rows, and those of the runs that it started from and that had labels of its own.

        Raises:
            DataError: as `learnt_rows`.
        """
        from edgenlp.training.learnt import learnt_rows

        run = _run(config.run)
        return learnt_rows(run, run.labels())

    def label(self, texts: Sequence[Text], what: Collection[str], config: TrainedRunConfig) -> Iterator[Arrays]:
        """The logits of each text; texts of one length are read together, all of them before the first answer is given.

        Raises:
            RecipeError: the run does not offer all of `what`.
            TextError: a text is a pair and the run is of single texts, or the reverse.
        """
        from edgenlp.training.dataset import Row

        for one in what:
            self.labels(one, config)
        run = _run(config.run)
        for text in texts:
            if len(parts(text)) != run.head.sequences:
                kinds = ("single texts", "pairs") if run.head.sequences == 1 else ("pairs", "single texts")
                raise TextError(f"the teacher {config.run} is of {kinds[0]}, and the recipe's data are {kinds[1]}")
        featurizer, read = _reader(run.folder, run.weights_written)
        limit = run.recipe.training.max_tokens
        rows = [Row(tuple(featurizer.tokenize(part, limit) for part in parts(text)), {}) for text in texts]
        answers = {position: _named(logits, rows[position].tokens[0].spans, what) for position, logits in read(rows)}
        return (answers[position] for position in range(len(rows)))


def _named(logits: Arrays, spans: Sequence[Span], what: Collection[str]) -> Arrays:
    """A head's logits by what they are about: a vector of the text, a matrix of its tokens."""
    answer: Arrays = {}
    for array in logits.values():
        if array.ndim == 1 and "task_logits" in what:
            answer["task_logits"] = array
        elif array.ndim == 2 and "token_logits" in what:
            answer["token_logits"] = array[: len(spans)]
            answer["spans"] = np.array(spans, np.int32).reshape(-1, 2)
    return answer


def _run(folder: str) -> Run:
    from edgenlp.training.run import load_run

    if not folder:
        raise RecipeError(
            "the teacher 'run' needs the folder of a finished run: "
            "--set \"distillation.teacher=[{ name = 'run', run = 'FOLDER' }]\""
        )
    return load_run(Path(folder))


@lru_cache(4)  # a recipe may have several teachers, who take turns
def _reader(folder: Path, written: int) -> tuple[Featurizer, LogitsReader]:  # noqa: ARG001 - trained again, read again
    from edgenlp.training.evaluate import logits_reader
    from edgenlp.training.run import load_run

    run = load_run(folder)
    featurizer = run.featurizer()
    return featurizer, logits_reader(run.student(), featurizer, _READ_AT_ONCE)
