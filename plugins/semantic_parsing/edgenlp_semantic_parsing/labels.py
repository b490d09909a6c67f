"""The label inventory of a semantic parser: the associated file `labels.json`."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgenlp.errors import ModelError
from edgenlp.interfaces import Node, Span
from edgenlp_semantic_parsing.encoding import BEGIN, CONTINUE, INSIDE, LONGEST_PATH, OUTSIDE, Pair, Path, Tag, encode

FILE: Final = "labels.json"


@dataclass(frozen=True)
class Labels:
    """What a model can say.

    Attributes:
        intents: labels of the root, in the order of the output `intent`.
        tags: in the order of the output `tags`; the first is `O`.
        legal: for each intent the tags whose path has stood under it in training, ascending, `O` among them.
        repeatable: pairs of nested intent and slot that have stood twice in one intent in training.
    """

    intents: tuple[str, ...]
    tags: tuple[Tag, ...]
    legal: tuple[tuple[int, ...], ...]
    repeatable: frozenset[Pair]

    @classmethod
    def fit(cls, trees: Iterable[tuple[Node, list[Span]]]) -> Labels:
        """All labels of the trees with their tokens' spans; a tree that tags cannot express gives its intent alone.

        What begins may also go on: a slot that is one word in every tree is several tokens to who cuts words.
        """
        rows = list(trees)
        repeatable = frozenset(pair for root, _ in rows for pair in _repeated(root))
        tags: set[Tag] = set()
        paths: defaultdict[str, set[Path]] = defaultdict(set)
        for root, spans in rows:
            encoded = encode(root, spans, repeatable) or [OUTSIDE]
            tags.update(encoded, (Tag(INSIDE, tag.path) for tag in encoded if tag.kind == BEGIN))
            paths[root.label].update(tag.path for tag in encoded)
        order = (OUTSIDE, *sorted(tags - {OUTSIDE}, key=lambda tag: (tag.path, "BIC".index(tag.kind))))
        intents = tuple(sorted(paths))
        legal = tuple(
            tuple(i for i, tag in enumerate(order) if tag is OUTSIDE or tag.path in paths[intent]) for intent in intents
        )
        return cls(intents, order, legal, repeatable)

    def to_bytes(self) -> bytes:
        """`labels.json`, the same bytes for the same labels."""
        value = {
            "intents": self.intents,
            "tags": [[tag.kind, *tag.path] for tag in self.tags],
            "legal": self.legal,
            "repeatable": sorted(self.repeatable),
        }
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    @staticmethod
    @lru_cache(maxsize=8)
    def from_bytes(data: bytes) -> Labels:
        """Read `labels.json`.

        Raises:
            ModelError: a path is longer than any that tags have.
        """
        value = json.loads(data)
        if (length := max((len(path) for _, *path in value["tags"]), default=0)) > LONGEST_PATH:
            raise ModelError(
                f"{FILE} has a path of {length} labels, more than the {LONGEST_PATH} that one may have: "
                "make or download the model again."
            )
        return Labels(
            tuple(value["intents"]),
            tuple(Tag(kind, tuple(path)) for kind, *path in value["tags"]),
            tuple(tuple(row) for row in value["legal"]),
            frozenset((intent, slot) for intent, slot in value["repeatable"]),
        )

    def continued(self, logits: NDArray[Any]) -> NDArray[Any]:
        """Logits [tokens, tags] of tokens' beginnings as those of the rest of each: what began or continued, continues.

        The probability of B, I and C of a path comes together in I.
        """
        moved = logits.astype(np.float32)
        for number, tag in enumerate(self.tags):
            inside = self.number_of_tag.get(Tag(INSIDE, tag.path))
            if tag.kind in (BEGIN, CONTINUE) and inside is not None:
                moved[:, inside] = np.logaddexp(moved[:, inside], moved[:, number])
                moved[:, number] = logits.min(axis=1)
        return moved.astype(logits.dtype)

    @cached_property
    def number_of_intent(self) -> dict[str, int]:
        """Places of the intents in the output."""
        return {intent: number for number, intent in enumerate(self.intents)}

    @cached_property
    def number_of_tag(self) -> dict[Tag, int]:
        """Places of the tags in the output."""
        return {tag: number for number, tag in enumerate(self.tags)}


def _repeated(root: Node) -> Iterator[Pair]:
    for node in root.walk():
        for slot in node.children:
            for intent in slot.children:
                counts = Counter(leaf.label for leaf in intent.children if not leaf.children)
                yield from ((intent.label, label) for label, count in counts.items() if count > 1)
