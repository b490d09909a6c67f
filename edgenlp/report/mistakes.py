"""The mistakes that matter: labels taken for one another, slots that are missed, values that are far off."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from edgenlp.interfaces import Classification, Example, Node, Parse, Prediction, Regression, Slot, Text, parts

SHOWN: Final = 12
MISSED, OTHER_WORDS = "nothing", "other words"


@dataclass(frozen=True, slots=True)
class Confusion:
    """A label that is taken for another.

    Attributes:
        gold: the right one.
        predicted: the wrong one.
        count: rows.
        of: all rows of the right one.
        example: the first text.
    """

    gold: str
    predicted: str
    count: int
    of: int
    example: str


@dataclass(slots=True)
class SlotMistakes:
    """How well a slot of the top intent is found.

    Attributes:
        label: of the slot.
        gold: how often it is there.
        predicted: how often it is said.
        found: how often with the right words.
        instead: what is said where it is not found: another label of the same words, `OTHER_WORDS` under the same
            label, or `MISSED`.
    """

    label: str
    gold: int = 0
    predicted: int = 0
    found: int = 0
    instead: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> float:
        """Of those said."""
        return self.found / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Of those that are there."""
        return self.found / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.found / (self.gold + self.predicted)

    @property
    def wrong(self) -> int:
        """Missed, and said where it is not."""
        return self.gold + self.predicted - 2 * self.found


@dataclass(frozen=True, slots=True)
class Deviation:
    """A value that is off.

    Attributes:
        gold: the right value.
        predicted: the model's.
        text: the row's.
    """

    gold: float
    predicted: float
    text: str


@dataclass(frozen=True, slots=True)
class Mistakes:
    """On some rows, most costly first.

    Attributes:
        model: whose.
        rows: how many it answered.
        wrong: rows with a wrong label, or top intent.
        labels: pairs of labels.
        slots: of the top intents.
        values: of regressions.
    """

    model: str
    rows: int
    wrong: int
    labels: list[Confusion]
    slots: list[SlotMistakes]
    values: list[Deviation]


def find_mistakes(model: str, examples: Sequence[Example], predictions: Sequence[Prediction]) -> Mistakes:
    """What is wrong with predictions of labelled rows.

    Args:
        model: whose predictions they are.
        examples: the rows.
        predictions: one for each.
    """
    pairs: defaultdict[tuple[str, str], list[Text]] = defaultdict(list)
    gold_rows: Counter[str] = Counter()
    slots: dict[str, SlotMistakes] = {}
    values = []
    for example, prediction in zip(examples, predictions, strict=True):
        if isinstance(prediction, Regression):
            values.append(Deviation(float(str(example.target)), prediction.value, _shown(example.text)))
            continue
        gold, said = example.label, _said(prediction)
        gold_rows[gold] += 1
        if said != gold:
            pairs[gold, said].append(example.text)
        if isinstance(prediction, Parse) and isinstance(example.target, Node) and example.aligned:
            _count_slots(slots, Parse(prediction.text, example.target, 1.0).slots, prediction.slots)
    labels = [Confusion(*pair, len(texts), gold_rows[pair[0]], _shown(texts[0])) for pair, texts in pairs.items()]
    return Mistakes(
        model,
        len(examples),
        sum(confusion.count for confusion in labels),
        sorted(labels, key=lambda confusion: (-confusion.count, confusion.gold, confusion.predicted))[:SHOWN],
        sorted((own for own in slots.values() if own.wrong), key=lambda own: (-own.wrong, own.label))[:SHOWN],
        sorted(values, key=lambda value: -abs(value.gold - value.predicted))[:SHOWN],
    )


def _said(prediction: Prediction) -> str:
    if isinstance(prediction, Parse):
        return prediction.intent
    return prediction.label if isinstance(prediction, Classification) else str(prediction.to_dict())


def _shown(text: Text) -> str:
    return "  |  ".join(parts(text))


def _count_slots(slots: dict[str, SlotMistakes], gold: Sequence[Slot], said: Sequence[Slot]) -> None:
    right = Counter((slot.label, slot.spans) for slot in gold) & Counter((slot.label, slot.spans) for slot in said)
    for slot in gold:
        slots.setdefault(slot.label, SlotMistakes(slot.label)).gold += 1
    for slot in said:
        slots.setdefault(slot.label, SlotMistakes(slot.label)).predicted += 1
    for (label, _), count in right.items():
        slots[label].found += count
    by_words = {slot.spans: slot.label for slot in said}
    labels = {slot.label for slot in said if (slot.label, slot.spans) not in right}
    for slot in gold:
        if (slot.label, slot.spans) not in right:
            near = OTHER_WORDS if slot.label in labels else MISSED
            slots[slot.label].instead[by_words.get(slot.spans, near)] += 1
