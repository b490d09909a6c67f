"""Raw text as rows of pieces, some of them hidden, anew in each epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgenlp.distillation import Labels
from edgenlp.errors import RecipeError
from edgenlp.interfaces import Arrays, Example, Featurizer, PieceTokens, Text, parts
from edgenlp.text.vocabulary import MASK, Vocabulary
from edgenlp.training.dataset import Row, draw
from edgenlp.training.recipe import Pretraining, Recipe

if TYPE_CHECKING:
    from edgenlp.training.run import Run

HIDDEN, SCORED = 1, 2
"""What a piece is in `Row.targets["state"]`: to be guessed, or only scored to learn from teachers; 0 for neither."""

_MASKED, _REPLACED = 0.8, 0.1
"""Shares of the pieces to be guessed (Devlin et al. 2019, section 3.1); the others stay as they are."""

_DEAL = 1
"""Sets the order of a pass apart from what its epochs hide, which has the same seed."""

Ids = NDArray[np.int32]


class _Read(NamedTuple):
    texts: list[str]
    ids: list[Ids]
    languages: list[str]
    taught: list[tuple[Arrays, ...]]


class WordRows:
    """Rows of pieces, dealt into parts by the pass, with other pieces hidden in each epoch.

    Args:
        texts: the rows' texts.
        ids: of each one's pieces, [pieces].
        languages: of the rows.
        taught: for each row what each teacher said of its pieces; empty without teachers.
        vocabulary: with a piece that hides others.
        settings: shares of the pieces.
        seed: of all that is drawn.
        parts: that a pass is dealt into.
        temperature: of the draw, see `draw`.

    Attributes:
        languages: of the rows.
    """

    def __init__(
        self,
        texts: Sequence[str],
        ids: Sequence[Ids],
        languages: Sequence[str],
        taught: Sequence[tuple[Arrays, ...]],
        vocabulary: Vocabulary,
        settings: Pretraining,
        seed: int,
        parts: int = 1,
        temperature: float = 1.0,
    ) -> None:
        self.languages = languages
        self._texts = texts
        self._ids = ids
        self._taught = taught
        self._unknown = vocabulary.unknown
        assert vocabulary.mask is not None
        self._mask = vocabulary.mask
        self._ordinary = np.setdiff1d(np.arange(len(vocabulary.pieces)), list(_special(vocabulary)))
        self._parts = parts
        self._hidden_share = settings.hidden_share
        self._scored_share = settings.scored_share if taught else settings.hidden_share
        self._seed = seed
        self._temperature = temperature

    def __len__(self) -> int:
        return len(self._ids) // self._parts

    def epoch(self, number: int) -> list[Row]:
        """The rows of one epoch, from 0; the same for the same number.

        `targets` holds for each piece its id, `words`, and its `state`.
        """
        lap, part = divmod(number, self._parts)
        order = np.random.default_rng([self._seed, lap, _DEAL])
        dealt = order.permutation(draw(self.languages, self._temperature, order))
        chosen = np.sort(dealt[part :: self._parts][: len(self)])
        read = self._hide([self._ids[place] for place in chosen], np.random.default_rng([self._seed, number]))
        return [
            Row(
                (PieceTokens(self._texts[place], [], ids=ids),),
                {"words": self._ids[place], "state": state},
                self._taught[place] if self._taught else (),
            )
            for place, (ids, state) in zip(chosen, read, strict=True)
        ]

    def texts(self) -> list[Text]:
        """Each row's text once."""
        return list(dict.fromkeys(self._texts))

    def _hide(self, rows: Sequence[Ids], rng: np.random.Generator) -> Iterator[tuple[Ids, NDArray[np.uint8]]]:
        """For each row the ids that the student reads, and the pieces' states."""
        lengths = np.array([len(row) for row in rows])
        ends = np.cumsum(lengths)
        ids = np.concatenate(rows)
        drawn = rng.random(len(ids))
        drawn[ids == self._unknown] = np.inf
        # each row has one at least
        least = np.minimum.reduceat(drawn, ends - lengths)
        hidden = drawn <= np.repeat(np.maximum(least, self._hidden_share), lengths)
        state = np.where(hidden, HIDDEN, np.where(drawn <= self._scored_share, SCORED, 0)).astype(np.uint8)
        fate = rng.random(len(ids))
        ids[hidden & (fate < _MASKED)] = self._mask
        replaced = hidden & (fate >= 1 - _REPLACED)
        ids[replaced] = rng.choice(self._ordinary, replaced.sum())
        return zip(np.split(ids, ends[:-1]), np.split(state, ends[:-1]), strict=True)


def word_rows(run: Run, examples: Sequence[Example], labels: Labels | None = None) -> WordRows:
    """The rows that a run learns: its lines, long ones in several rows, without those that leave nothing to guess.

    Args:
        run: its recipe and its encoder.
        examples: raw text.
        labels: what the teachers said. A text that a teacher cut into other pieces than the student, such as one longer
            than it reads, is left out.

    Raises:
        RecipeError: pieces of the encoder's cannot be hidden, or a teacher has another vocabulary.
        DataError: a text was not labelled.
    """
    recipe, vocabulary = run.recipe, maskable(run.featurizer(), run.recipe)
    settings = recipe.pretraining
    assert settings is not None
    if labels:
        check_vocabularies(vocabulary, labels.origin.teachers)
    read = _read(run, examples, vocabulary, labels)
    return WordRows(*read, vocabulary, settings, recipe.seed, settings.parts, recipe.data.temperature)


def measured_rows(run: Run, examples: Sequence[Example]) -> WordRows:
    """The same rows to measure with: each once, in their order."""
    vocabulary = maskable(run.featurizer(), run.recipe)
    assert run.recipe.pretraining is not None
    return WordRows(*_read(run, examples, vocabulary, None), vocabulary, run.recipe.pretraining, run.recipe.seed)


def _read(run: Run, examples: Sequence[Example], vocabulary: Vocabulary, labels: Labels | None) -> _Read:
    featurizer, limit = run.featurizer(), run.recipe.training.max_tokens
    found = _Read([], [], [], [])
    for example in examples:
        for tokens in rows_of(example.text, featurizer, limit):
            if len(tokens) < 2 or all(piece == vocabulary.unknown for piece in tokens.ids):
                continue
            answers = labels.of(tokens.text) if labels else []
            if not all(_fits(answer, tokens) for answer in answers):
                continue
            found.texts.append(tokens.text)
            found.ids.append(np.array(tokens.ids, np.int32))
            found.languages.append(example.language)
            if labels:
                found.taught.append(tuple(_without_spans(answer) for answer in answers))
    return found


def rows_of(text: Text, featurizer: Featurizer, limit: int) -> Iterator[PieceTokens]:
    """A line as rows of at most `limit` pieces, cut at spaces where there are any."""
    for rest in parts(text):
        while (tokens := featurizer.pieces(rest, limit)).truncated:
            end = max(1, tokens.spans[-1][1])
            space = rest.rfind(" ", 0, end + 1)
            cut = space if space > end // 2 else end
            yield featurizer.pieces(rest[:cut], limit)
            rest = rest[cut:].lstrip()
        if tokens:
            yield tokens


def maskable(featurizer: Featurizer, recipe: Recipe) -> Vocabulary:
    """The encoder's vocabulary, with a piece that hides others.

    Raises:
        RecipeError: there is none.
    """
    vocabulary = featurizer.vocabulary
    if vocabulary is None or vocabulary.mask is None:
        what = "reads no pieces of a vocabulary" if vocabulary is None else f"has a vocabulary without {MASK}"
        raise RecipeError(
            f"the encoder {recipe.encoder['name']!r} {what}: none can be hidden from it, so word prediction cannot "
            "train it"
        )
    return vocabulary


def check_vocabularies(vocabulary: Vocabulary, teachers: Sequence[dict[str, Any]]) -> None:
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
                f"({len(vocabulary.pieces):,}): name the teacher's folder as encoder.vocabulary_file"
            )


def _fits(answer: Arrays, tokens: PieceTokens) -> bool:
    return "spans" not in answer or np.array_equal(answer["spans"], np.reshape(tokens.spans, (-1, 2)))


def _without_spans(answer: Arrays) -> Arrays:
    return {what: array for what, array in answer.items() if what != "spans"}


def _special(vocabulary: Vocabulary) -> set[int]:
    """Pieces that stand for none."""
    return {piece for piece in (vocabulary.padding, vocabulary.unknown, vocabulary.mask) if piece is not None}
