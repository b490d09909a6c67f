"""Raw text as rows of tokens, some of them hidden, anew in each epoch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgenlp.distillation import Labels
from edgenlp.errors import RecipeError
from edgenlp.evaluation.progress import Progress
from edgenlp.interfaces import Arrays, Example, Text, Tokens
from edgenlp.training.dataset import Row, draw
from edgenlp.training.output_vocabulary import Ids, OutputVocabulary
from edgenlp.training.recipe import Pretraining, Recipe

if TYPE_CHECKING:
    from edgenlp.training.run import Run

HIDDEN, SCORED = 1, 2
"""What a token is in `Row.targets["state"]`: to be guessed, or only scored to learn from teachers; 0 for neither."""

_MASKED, _REPLACED = 0.8, 0.1
"""Shares of the tokens to be guessed (Devlin et al. 2019, section 3.1); the others stay as they are."""

_DEAL = 1
"""Sets the order of a pass apart from what its epochs hide, which has the same seed."""


class _Read(NamedTuple):
    tokens: list[Tokens]
    languages: list[str]
    taught: list[tuple[Arrays, ...]]


class WordRows:
    """Rows of tokens, dealt into parts by the pass, with others hidden in each epoch.

    Args:
        tokens: of the rows.
        languages: of the rows.
        taught: for each row what each teacher said of its tokens; empty without teachers.
        vocabulary: what tokens are, and what may stand in their place.
        settings: shares of the tokens.
        seed: of all that is drawn.
        parts: that a pass is dealt into.
        temperature: of the draw, see `draw`.

    Attributes:
        languages: of the rows.
        vocabulary: as given.
    """

    def __init__(
        self,
        tokens: Sequence[Tokens],
        languages: Sequence[str],
        taught: Sequence[tuple[Arrays, ...]],
        vocabulary: OutputVocabulary,
        settings: Pretraining,
        seed: int,
        parts: int = 1,
        temperature: float = 1.0,
    ) -> None:
        self.languages = languages
        self._tokens = tokens
        self._ids = [vocabulary.ids(row) for row in tokens]
        self._taught = taught
        self.vocabulary = vocabulary
        self._parts = parts
        self._hidden_share = settings.hidden_share
        of_words = bool(taught) and any("vocabulary_logits" in answer for answer in taught[0])
        self._scored_of_shown = settings.scored_of_shown if of_words else 0.0
        self._seed = seed
        self._temperature = temperature

    def __len__(self) -> int:
        return len(self._ids) // self._parts

    def epoch(self, number: int) -> list[Row]:
        """The rows of one epoch, from 0; the same for the same number.

        `targets` holds for each token its id, `words`, and its `state`.
        """
        lap, part = divmod(number, self._parts)
        order = np.random.default_rng([self._seed, lap, _DEAL])
        dealt = order.permutation(draw(self.languages, self._temperature, order))
        chosen = np.sort(dealt[part :: self._parts][: len(self)])
        read = self._hide([self._ids[place] for place in chosen], np.random.default_rng([self._seed, number]))
        return [
            Row(
                (self.vocabulary.show(self._tokens[place], self._ids[place], ids),),
                {"words": self._ids[place], "state": state},
                self._taught[place] if self._taught else (),
            )
            for place, (ids, state) in zip(chosen, read, strict=True)
        ]

    def texts(self) -> list[Text]:
        """Each row's text once."""
        return list(dict.fromkeys(tokens.text for tokens in self._tokens))

    def _hide(self, rows: Sequence[Ids], rng: np.random.Generator) -> Iterator[tuple[Ids, NDArray[np.uint8]]]:
        """For each row the ids that the student reads, and the tokens' states."""
        lengths = np.array([len(row) for row in rows])
        ends = np.cumsum(lengths)
        ids = np.concatenate(rows)
        drawn = rng.random(len(ids))
        drawn[ids == self.vocabulary.unknown] = np.inf
        # each row has one at least
        least = np.minimum.reduceat(drawn, ends - lengths)
        hidden = drawn <= np.repeat(np.maximum(least, self._hidden_share), lengths)
        fate = rng.random(len(ids))
        ids[hidden & (fate < _MASKED)] = self.vocabulary.mask
        replaced = hidden & (fate >= 1 - _REPLACED)
        ids[replaced] = rng.choice(self.vocabulary.ordinary, replaced.sum())
        # by a number of its own: in short rows, which hide one piece in any case, it is not a share of the same draw
        scored = ~hidden & np.isfinite(drawn) & (rng.random(len(ids)) < self._scored_of_shown)
        state = np.select([hidden, scored], [HIDDEN, SCORED], 0).astype(np.uint8)
        return zip(np.split(ids, ends[:-1]), np.split(state, ends[:-1]), strict=True)


def word_rows(
    run: Run, vocabulary: OutputVocabulary, examples: Sequence[Example], labels: Labels | None = None
) -> WordRows:
    """The rows that a run learns: its lines, long ones in several rows, without those that leave nothing to guess.

    Args:
        run: its recipe.
        vocabulary: what its encoder is asked for.
        examples: raw text.
        labels: what the teachers said. A text that a teacher cut into other pieces than the student, such as one longer
            than it reads, is left out.

    Raises:
        RecipeError: a teacher has another vocabulary.
        DataError: a text was not labelled.
    """
    recipe = run.recipe
    settings = recipe.pretraining
    assert settings is not None
    if labels:
        check_vocabularies(vocabulary, labels.origin.teachers)
    # hundreds of thousands of lines take minutes
    with Progress("cutting lines into pieces", show=True) as progress:
        read = _read(run, _counted(examples, progress), vocabulary, labels)
    return WordRows(*read, vocabulary, settings, recipe.seed, settings.parts, recipe.data.temperature)


def measured_rows(run: Run, vocabulary: OutputVocabulary, examples: Sequence[Example]) -> WordRows:
    """The same rows to measure with: each once, in their order."""
    assert run.recipe.pretraining is not None
    return WordRows(*_read(run, examples, vocabulary, None), vocabulary, run.recipe.pretraining, run.recipe.seed)


def nothing_to_guess(recipe: Recipe, rows: WordRows, examples: Sequence[Example]) -> str:
    """Why raw text leaves no rows for an epoch, and what to do.

    Args:
        recipe: of the run.
        rows: none of which is in an epoch.
        examples: the training text.
    """
    lines, vocabulary, limit = f"the {len(examples)} training lines", rows.vocabulary, recipe.training.max_tokens
    if rows.languages:
        return f"{lines} make fewer rows ({len(rows.languages)}) than pretraining.parts has parts: lower it"
    if limit < 2:
        return f"training.max_tokens is {limit}, and a piece is guessed from others: raise it to 2 or more"
    cut = (tokens for example in examples for tokens in vocabulary.rows(example.text, limit))
    several = [vocabulary.ids(tokens) for tokens in cut if len(tokens) > 1]
    if several and all((ids == vocabulary.unknown).all() for ids in several):
        return f"the vocabulary knows no piece of {lines}: name one of their language as encoder.vocabulary_file"
    return f"{lines} are too few to learn from: there is nothing to guess"


def _counted(examples: Iterable[Example], progress: Progress) -> Iterator[Example]:
    for example in examples:
        yield example
        progress.advance()


def _read(run: Run, examples: Iterable[Example], vocabulary: OutputVocabulary, labels: Labels | None) -> _Read:
    found = _Read([], [], [])
    for example in examples:
        for tokens in vocabulary.rows(example.text, run.recipe.training.max_tokens):
            if len(tokens) < 2 or (vocabulary.ids(tokens) == vocabulary.unknown).all():
                continue
            answers = labels.of(tokens.text) if labels else []
            if not all(_fits(answer, tokens) for answer in answers):
                continue
            found.tokens.append(tokens)
            found.languages.append(example.language)
            if labels:
                found.taught.append(tuple(_without_spans(answer) for answer in answers))
    return found


def check_vocabularies(vocabulary: OutputVocabulary, teachers: Sequence[dict[str, Any]]) -> None:
    """Raise where a teacher of words has other pieces than the student.

    Args:
        vocabulary: the student's.
        teachers: as `Origin` describes them.
    """
    for teacher in teachers:
        theirs = teacher["labels"].get("vocabulary_logits")
        if theirs is not None and theirs != list(vocabulary.pieces):
            raise RecipeError(
                f"the teacher {teacher['name']!r} has another vocabulary ({len(theirs):,} pieces) than the student "
                f"({len(vocabulary.pieces):,}): {vocabulary.remedy}"
            )


def _fits(answer: Arrays, tokens: Tokens) -> bool:
    return "spans" not in answer or np.array_equal(answer["spans"], np.reshape(tokens.spans, (-1, 2)))


def _without_spans(answer: Arrays) -> Arrays:
    return {what: array for what, array in answer.items() if what != "spans"}
