"""The best well-formed intent and tags (docs/text-spec.md, Decoding).

Well-formed means: every tag's path has stood under the intent in training; an `I` stands next to a tag of its path;
a `C` does not, but behind a `B` of its path; and the `C` tags of a text are all of one path.

For one intent, and one path that may have `C` tags (or none), that is a Viterbi search over the tag of the last token
and over whether that path has begun: no more than 2 x tags states a token. The best of these runs is the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgenlp_semantic_parsing.encoding import BEGIN, CONTINUE, INSIDE
from edgenlp_semantic_parsing.labels import Labels

NOWHERE: Final = -1
"""The path of `O`, and of no token."""

ROUNDING: Final = 1e-6
"""Bounds are trusted up to this much, so that rounding never cuts off the best answer or an equal one."""

ANY: Final = -2
"""Any path, where states are asked for by path."""

ELSEWHERE: Final = -3
"""Any path but the one that may have `C` tags."""

Front = tuple[int, bool | None]
"""States asked for: by path, and by whether the path that may have `C` tags has begun (None: either)."""

Candidates = list[list[tuple[int, float]]]
"""For each token the tags that may be part of the best answer, ascending, with their logits."""


class Answer(NamedTuple):
    """Total logit, and the tags that have it."""

    total: float
    tags: list[int]


class State(NamedTuple):
    """The best way to a tag at one token, with the path in question begun or not."""

    total: float
    tag: int
    begun: bool
    before: State | None


class Grammar:
    """Which tags may follow each other, and which intent allows which."""

    def __init__(self, labels: Labels, unseen_path_penalty: float | None) -> None:
        """Index the tags.

        Args:
            labels: of the model.
            unseen_path_penalty: what a tag costs, in nats, whose path has not stood under the intent in training;
                None forbids it.
        """
        numbers = {path: number for number, path in enumerate(sorted({tag.path for tag in labels.tags[1:]}))}
        self._kinds = [tag.kind for tag in labels.tags]
        self._paths = [numbers.get(tag.path, NOWHERE) for tag in labels.tags]
        self._legal = [frozenset(tags) for tags in labels.legal]
        self._penalty = unseen_path_penalty
        self._columns = [np.array(tags) for tags in labels.legal]
        self._fits_anywhere = np.array([kind not in (INSIDE, CONTINUE) for kind in self._kinds])

    def allows(self, intent: int, tags: Sequence[int]) -> bool:
        """True where the intent and the tags are well-formed together, and all seen in training."""
        legal, kinds, paths = self._legal[intent], self._kinds, self._paths
        begun = set()
        before = apart = NOWHERE
        for tag in tags:
            if tag not in legal:
                return False
            kind, path = kinds[tag], paths[tag]
            if kind == BEGIN:
                begun.add(path)
            elif kind == INSIDE:
                if path != before:
                    return False
            elif kind == CONTINUE:
                if path == before or path not in begun or apart not in (NOWHERE, path):
                    return False
                apart = path
            before = path
        return True

    def best(self, intents: NDArray[Any], rows: NDArray[Any]) -> tuple[int, list[int]]:
        """The well-formed intent and tags with the greatest total logit.

        Where logits that are not finite leave none, the first intent and all tags `O`.

        Args:
            intents: float32 [intents], logits.
            rows: float64 [tokens, tags], logits.
        """
        ceiling = float(rows.max(axis=1).sum()) + ROUNDING
        found = Answer(-np.inf, [0] * len(rows))
        chosen = 0
        for intent in np.argsort(-intents, kind="stable").tolist():
            start = float(intents[intent])
            if start + ceiling < found.total:
                break
            answer = self._best_tags(intent, start, rows, found.total)
            if (answer.total, -intent) > (found.total, -chosen):
                found, chosen = answer, intent
        return chosen, found.tags

    def _best_tags(self, intent: int, start: float, logits: NDArray[Any], floor: float) -> Answer:
        """The best tags under one intent, where their total is not below `floor`."""
        columns, values = self._under(intent, logits)
        top = values.max(axis=1)
        most = start + float(top.sum()) + ROUNDING
        if most < floor:
            return Answer(-np.inf, [])
        safe = start + float(values[:, self._fits_anywhere[columns]].max(axis=1).sum()) - ROUNDING
        worth = values >= (top - (most - max(floor, safe)))[:, None]
        tags = columns.tolist()
        candidates = [
            [(tags[i], row[i]) for i in np.flatnonzero(kept).tolist()]
            for row, kept in zip(values.tolist(), worth, strict=True)
        ]
        best = self._run(start, candidates, NOWHERE)
        for path in self._apart(candidates):
            best = max(best, self._run(start, candidates, path), key=lambda answer: answer.total)
        return best

    def _under(self, intent: int, logits: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The tags that an intent allows, and their logits, less the penalty where there is one."""
        columns = self._columns[intent]
        if self._penalty is None:
            return columns, logits[:, columns]
        values = logits - self._penalty
        values[:, columns] = logits[:, columns]
        return np.arange(logits.shape[1]), values

    def _apart(self, candidates: Candidates) -> Iterator[int]:
        """Paths that may have a gap here: a `C` somewhere behind a `B`; ascending."""
        begun: set[int] = set()
        found: set[int] = set()
        for row in candidates:
            found.update(
                self._paths[tag] for tag, _ in row if self._kinds[tag] == CONTINUE and self._paths[tag] in begun
            )
            begun.update(self._paths[tag] for tag, _ in row if self._kinds[tag] == BEGIN)
        yield from sorted(found)

    def _run(self, start: float, candidates: Candidates, apart: int) -> Answer:
        """Viterbi search where only the path `apart` may have `C` tags.

        Among equal ways the one over the lower tag wins, and then the one in which `apart` has not begun.
        """
        states = [State(start, 0, False, None)]
        for row in candidates:
            fronts = self._fronts(states, apart)
            states = [state for tag, logit in row for state in self._step(fronts, tag, logit, apart)]
        if not states:
            return Answer(-np.inf, [])
        last = state = max(states, key=lambda state: state.total)
        tags: list[int] = []
        while state.before is not None:
            tags.append(state.tag)
            state = state.before
        return Answer(last.total, tags[::-1])

    def _fronts(self, states: list[State], apart: int) -> dict[Front, State]:
        """The first state of the greatest total of every kind that a tag may ask for."""
        fronts: dict[Front, State] = {}
        for state in states:
            path = self._paths[state.tag]
            fits = [(ANY, None), (ANY, state.begun), (path, state.begun)]
            if path != apart:
                fits.append((ELSEWHERE, state.begun))
            for front in fits:
                known = fronts.get(front)
                if known is None or state.total > known.total:
                    fronts[front] = state
        return fronts

    def _step(self, fronts: dict[Front, State], tag: int, logit: float, apart: int) -> Iterator[State]:
        """The states that end in `tag`: at most one with `apart` not begun, then at most one with it begun."""
        kind, path = self._kinds[tag], self._paths[tag]
        asked: tuple[Front, ...]
        if kind == INSIDE:
            asked = (path, False), (path, True)
        elif kind == CONTINUE:
            asked = ((ELSEWHERE, True),) if path == apart else ()
        elif kind == BEGIN and path == apart:
            asked = ((ANY, None),)
        else:
            asked = (ANY, False), (ANY, True)
        begins = kind == BEGIN and path == apart
        for front in asked:
            before = fronts.get(front)
            if before is not None:
                yield State(before.total + logit, tag, begins or before.begun, before)
