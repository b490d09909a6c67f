"""Augmentation by exchange: a slot takes the words of another slot of its kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from edgenlp.data.edits import edited
from edgenlp.errors import DataError
from edgenlp.interfaces import Augment, Augmentation, Example, Node, Span, check_setting

LabelPath = tuple[str, ...]


@dataclass(frozen=True)
class SlotExchangeConfig:
    """Settings of the slot exchange.

    Attributes:
        slot_share: share of a row's slots that are exchanged.
        slots: labels of the slots that are exchanged, such as `SL:CONTACT`; all where it is empty.
        lenders: for a language the one whose rows lend it words, such as `{hi = "en"}`; rows of other languages then
            stay as they are. Where it is empty, rows of one language exchange among themselves.
    """

    slot_share: float = 0.5
    slots: tuple[str, ...] = ()
    lenders: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_setting("augmentation", self, "slot_share", 0 <= self.slot_share <= 1, "from 0 to 1")


class SlotExchange(Augmentation):
    """Slots of one label path stand for each other: "alarm at *7 pm*" and "alarm *in an hour*" give new utterances.

    Rows of one language exchange among themselves, or take the words of another's, as names may be.
    """

    name: ClassVar[str] = "slot_exchange"
    Config: ClassVar[type[Any]] = SlotExchangeConfig

    def fit(self, examples: Sequence[Example], config: SlotExchangeConfig, folder: Path) -> Augment:  # noqa: ARG002
        """Collect the words of every slot by its language and its labels from below the root to the leaf.

        Raises:
            DataError: the rows have no trees over single texts, none of them is in a language that `lenders` names, or
                none has a slot that is named.
        """
        values = _values(examples)
        spoken = {language for language, _ in values}
        for language in (*config.lenders, *config.lenders.values()):
            if language not in spoken:
                raise DataError(
                    f"augmentation.lenders names the language {language!r}, and no row with slots is in it: there are "
                    + (", ".join(sorted(spoken - {""})) or "rows of unknown languages alone")
                )

        labels = {path[-1] for _, path in values}
        for slot in config.slots:
            if slot not in labels:
                raise DataError(f"augmentation.slots names {slot!r}, and no row has such a slot with words of its own.")

        def lent(language: str, path: LabelPath) -> list[str]:
            lender = config.lenders.get(language) if config.lenders else language
            is_exchanged = not config.slots or path[-1] in config.slots
            return values.get((lender, path), []) if lender is not None and is_exchanged else []

        def exchange(example: Example, rng: np.random.Generator) -> Example:
            if not isinstance(example.target, Node) or not isinstance(example.text, str) or not example.aligned:
                return example
            replaced = {}
            for path, span in _whole_leaves(example.target):
                known = lent(example.language, path)
                if rng.random() < config.slot_share and known:
                    replaced[span] = known[rng.integers(len(known))]
            return edited(example, [replaced])

        return exchange


def _values(examples: Sequence[Example]) -> dict[tuple[str, LabelPath], list[str]]:
    values: defaultdict[tuple[str, LabelPath], list[str]] = defaultdict(list)
    for example in examples:
        if not isinstance(example.target, Node) or not isinstance(example.text, str):
            raise DataError(f"slot_exchange needs trees, and the answer to {example.text!r} is none")
        if example.aligned:
            for path, (start, end) in _whole_leaves(example.target):
                values[example.language, path].append(example.text[start:end])
    return values


def _whole_leaves(root: Node, path: LabelPath = ()) -> Iterator[tuple[LabelPath, Span]]:
    """Label path, root left out, and span of each leaf whose words stand together."""
    for child in root.children:
        below = (*path, child.label)
        if child.children:
            yield from _whole_leaves(child, below)
        elif len(child.spans) == 1:
            yield below, child.spans[0]
