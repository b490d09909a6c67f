"""The float weights of a run, asked as a model is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from edgenlp.errors import RecipeError, TextError
from edgenlp.interfaces import Example, Prediction, Text, parts
from edgenlp.runtime.form import check_form, check_tokens
from edgenlp.training.evaluate import BATCH_SIZE, predictor
from edgenlp.training.learnt import known_rows, learnt_rows
from edgenlp.training.loop import settle_tensorflow
from edgenlp.training.run import Run, load_run

READ_AT_ONCE: Final = 8 * BATCH_SIZE
"""Texts that are brought into order by length together."""


class FloatModel:
    """A finished run, a teacher's or a student's, to be measured as an `edgenlp.Model` is.

    Args:
        run: or its folder.

    Attributes:
        name: its folder.
        head: the task head's plugin.
        labels: that an answer may have.

    Raises:
        RecipeError: the folder is no run, or the run has no head, or no weights yet.
    """

    def __init__(self, run: Run | Path | str) -> None:
        run = run if isinstance(run, Run) else load_run(run)
        if run.recipe.head is None:
            raise RecipeError(f"{run.folder} is a run of edgenlp pretrain, which knows no task: name one of a task")
        settle_tensorflow(run.recipe)
        self._run = run
        self.name = str(run.folder)
        self.head = run.head
        self.labels = run.labels()
        self._featurizer = run.featurizer()
        self._predict = predictor(run.student(), self._featurizer, run.decoder(), run.longest)

    def answers(self, texts: Sequence[Text]) -> Iterator[Prediction | TextError]:
        """What it says about each text, in order, or why nothing; many are read at once."""
        for start in range(0, len(texts), READ_AT_ONCE):
            some = texts[start : start + READ_AT_ONCE]
            refused = [self._refused(text) for text in some]
            said = iter(self._predict([Example(text, "") for text, why in zip(some, refused, strict=True) if not why]))
            yield from (why or next(said) for why in refused)

    def learnt(self, rows: Sequence[Example]) -> tuple[int, str]:
        """How many rows it has learnt, itself or through what taught it, or others that mean the same.

        Returns:
            Their number; and in words why it may be more, where not all that it has learnt is at hand.
        """
        return known_rows(lambda: learnt_rows(self._run, self.labels), rows)

    def _refused(self, text: Text) -> TextError | None:
        try:
            check_form(text, self.head.sequences, self.name)
            check_tokens([self._featurizer.tokenize(part, 1) for part in parts(text)])
        except TextError as error:
            return error
        return None
