"""The values that pass between plugins: tokens, trees, examples and predictions.

All spans are half-open `(start, end)` pairs of code points in the caller's own string.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from edgenlp.text import segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

Span = tuple[int, int]
"""Half-open `(start, end)`, in code points of the caller's string."""


def join(tokens: Sequence[int], spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans of the maximal runs of consecutive tokens, each from the first one's start to the last one's end.

    Args:
        tokens: ascending indices into `spans`.
        spans: of all tokens of the text.
    """
    if not tokens:
        return ()
    first = last = tokens[0]
    found = []
    for token in tokens[1:]:
        if token != last + 1:
            found.append((spans[first][0], spans[last][1]))
            first = token
        last = token
    found.append((spans[first][0], spans[last][1]))
    return tuple(found)


Text = str | tuple[str, str]
"""What a model reads: one text, or a pair for two-sequence tasks."""


def parts(text: Text) -> tuple[str, ...]:
    """The sequences of an input: its one text, or both of a pair."""
    return (text,) if isinstance(text, str) else text


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text cut into tokens.

    Attributes:
        text: the caller's string, untouched.
        spans: where each token stands in `text`, ascending and without overlap.
        truncated: True where `text` held more tokens than were asked for.
    """

    text: str
    spans: list[Span]
    truncated: bool = False

    def __len__(self) -> int:
        return len(self.spans)

    def __iter__(self) -> Iterator[str]:
        """The tokens as they stand in the text."""
        text = self.text
        return (text[start:end] for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class PieceTokens(Tokens):
    """A text cut into pieces of a vocabulary.

    Attributes:
        ids: of the pieces. They are what an encoder reads: another id in some place hides the piece that stands there.
    """

    ids: Sequence[int] | NDArray[Any] = ()

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class SpelledTokens(Tokens):
    """A text in which other words are read than stand in it.

    Attributes:
        words: what is read at each of `spans`.
    """

    words: Sequence[str] = ()

    def __iter__(self) -> Iterator[str]:
        """The words that are read."""
        return iter(self.words)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a parse: intents and slots alternate from the root, which is an intent.

    Attributes:
        label: as in the data, such as `IN:GET_WEATHER` or `artist`.
        spans: a leaf's words, several spans where they are apart; empty for nodes with children.
        children: slots of an intent, or the intent nested in a slot.
    """

    label: str
    spans: tuple[Span, ...] = ()
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first, left to right."""
        yield self
        for child in self.children:
            yield from child.walk()

    def covered(self) -> tuple[Span, ...]:
        """Spans of all leaves below this node in text order, a leaf's own where it is one."""
        if not self.children:
            return self.spans
        return tuple(sorted(span for child in self.children for span in child.covered()))

    def covering(self, text: str) -> tuple[Span, ...]:
        """Where the words of this node stand in `text`: its leaves' spans, those with no token between them as one."""
        covered = self.covered()
        merged = list(covered[:1])
        for start, end in covered[1:]:
            before, last = merged[-1]
            if segment(text[last:start], 1)[0]:
                merged.append((start, end))
            else:
                merged[-1] = before, end
        return tuple(merged)

    def bracketed(self, text: str) -> str:
        """The tree in MTOP's bracketed form, words taken from `text`."""
        words = " ".join(text[start:end] for start, end in self.spans)
        inner = [self.label, *([words] if words else []), *(child.bracketed(text) for child in self.children)]
        return f"[{' '.join(inner)} ]"


Target = Node | str | float
"""A gold answer: a tree for semantic parsing, a label for classification, a number for regression."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled row of a data set.

    Attributes:
        text: the caller's string, or a pair.
        target: the gold answer.
        language: a BCP 47 tag, or empty where the data does not say.
        id: names the meaning across parallel rows, or empty.
        aligned: False where a gold tree holds words that the text does not; such a row
            counts as wrong in evaluation and is left out of training.
    """

    text: Text
    target: Target
    language: str = ""
    id: str = ""
    aligned: bool = True

    @property
    def label(self) -> str:
        """The gold answer in a word: a tree's root label, a class, or a number."""
        return self.target.label if isinstance(self.target, Node) else str(self.target)


class Prediction(Protocol):
    """What every decoder returns.

    Those that choose among answers, `Parse` and `Classification`, have a `score` too, the probability of the one they
    chose. A `Regression` has none: a value comes without a probability.
    """

    @property
    def text(self) -> Text:
        """The caller's own input."""

    @property
    def truncated(self) -> bool:
        """True where the text was longer than the model reads."""

    @property
    def target(self) -> Target:
        """The answer, as a gold one would be: by it a teacher's answers stand in for gold ones."""

    def to_dict(self) -> dict[str, Any]:
        """The prediction as plain JSON values."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of the top intent.

    Attributes:
        label: as in the data.
        text: the words of the slot, several parts joined by a space.
        spans: where they stand in the caller's string.
    """

    label: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Parse:
    """The meaning of one utterance.

    Attributes:
        text: the caller's string.
        root: the whole tree; its label is the intent.
        score: joint probability of intent and tags, from 0 to 1.
        truncated: True where the text was longer than the model reads.
    """

    text: str
    root: Node
    score: float
    truncated: bool = False

    @property
    def target(self) -> Node:
        """The tree, as gold answers are."""
        return self.root

    @property
    def intent(self) -> str:
        """Label of the top intent."""
        return self.root.label

    @property
    def slots(self) -> list[Slot]:
        """The top intent's own slots, in tree order, with covering spans."""
        slots = []
        for node in self.root.children:
            spans = node.covering(self.text)
            slots.append(Slot(node.label, " ".join(self.text[start:end] for start, end in spans), spans))
        return slots

    @property
    def tree(self) -> str:
        """The bracketed form, as in MTOP."""
        return self.root.bracketed(self.text)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: text, intent, slots, tree, score, truncated."""
        slots = [{"label": s.label, "text": s.text, "spans": [list(span) for span in s.spans]} for s in self.slots]
        return {
            "text": self.text,
            "intent": self.intent,
            "slots": slots,
            "tree": self.tree,
            "score": self.score,
            "truncated": self.truncated,
        }


@dataclass(frozen=True, slots=True)
class Classification:
    """The label of a text or a pair.

    Attributes:
        text: the caller's string or pair.
        label: the most probable label.
        score: its probability.
        scores: every label's probability, most probable first.
        truncated: True where the text was longer than the model reads.
    """

    text: Text
    label: str
    score: float
    scores: dict[str, float]
    truncated: bool = False

    @property
    def target(self) -> str:
        """The label, as gold answers are."""
        return self.label

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: text, label, score, scores, truncated."""
        return {
            "text": _plain(self.text),
            "label": self.label,
            "score": self.score,
            "scores": self.scores,
            "truncated": self.truncated,
        }


@dataclass(frozen=True, slots=True)
class Regression:
    """The value of a text or a pair.

    Attributes:
        text: the caller's string or pair.
        value: within the range.
        range: the smallest and the greatest value of the training data.
        truncated: True where the text was longer than the model reads.
    """

    text: Text
    value: float
    range: tuple[float, float]
    truncated: bool = False

    @property
    def target(self) -> float:
        """The value, as gold answers are."""
        return self.value

    @property
    def share(self) -> float:
        """Where the value stands in its range, from 0 to 1."""
        low, high = self.range
        return (self.value - low) / (high - low)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: text, value, range, truncated."""
        return {
            "text": _plain(self.text),
            "value": self.value,
            "range": list(self.range),
            "truncated": self.truncated,
        }


def _plain(text: Text) -> str | list[str]:
    return text if isinstance(text, str) else list(text)
