"""The head `semantic_parsing`: TOP and MTOP trees, and flat intent and slots as the special case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from edgenlp.errors import DataError
from edgenlp.interfaces import (
    Arrays,
    Assets,
    Example,
    Node,
    Parse,
    Prediction,
    TaskHead,
    Tokens,
    check_label,
    most_overlapping,
    of_another_task,
)
from edgenlp.text import segment
from edgenlp_semantic_parsing.config import SemanticParsingConfig
from edgenlp_semantic_parsing.decoder import TreeDecoder
from edgenlp_semantic_parsing.encoding import encode
from edgenlp_semantic_parsing.evaluation import metrics
from edgenlp_semantic_parsing.labels import FILE, Labels

if TYPE_CHECKING:
    import keras


class SemanticParsing(TaskHead):
    """An intent from the pooled vector and a tag from every token's, decoded together to the best tree."""

    name: ClassVar[str] = "semantic_parsing"
    Config: ClassVar[type[Any]] = SemanticParsingConfig

    def fit(self, examples: Sequence[Example], config: SemanticParsingConfig) -> dict[str, bytes]:  # noqa: ARG002
        """`labels.json`: intents, tags, which go together, and which slots repeat.

        Raises:
            DataError: there are no trees among the examples, or something else is, or a label is not text.
        """
        trees = [(_tree(example), _tokens(example)) for example in examples if example.aligned]
        if not trees:
            raise DataError("there is no tree to learn labels from: no example has one whose words are in its text.")
        for label in sorted({node.label for tree, _ in trees for node in tree.walk()}):
            check_label(label)
        return {FILE: Labels.fit(trees).to_bytes()}

    def decoder(self, config: SemanticParsingConfig, assets: Assets) -> TreeDecoder:
        """Outputs `intent` and `tags` to the best tree."""
        return TreeDecoder(_labels(assets), config.unseen_path_penalty)

    def targets(
        self,
        example: Example,
        tokens: Sequence[Tokens],
        config: SemanticParsingConfig,  # noqa: ARG002
        assets: Assets,
    ) -> Arrays | None:
        """`intent`, int32 scalar, and `tags`, int32 [tokens].

        None for a tree that is not aligned, that tags cannot express, or that has labels not met in `fit`.
        """
        if not example.aligned:
            return None
        labels = _labels(assets)
        root = _tree(example)
        tags = encode(root, tokens[0].spans, labels.repeatable)
        if tags is None or root.label not in labels.number_of_intent:
            return None
        numbers = [labels.number_of_tag.get(tag, -1) for tag in tags]
        if -1 in numbers:
            return None
        return {
            "intent": np.array(labels.number_of_intent[root.label], np.int32),
            "tags": np.array(numbers, np.int32),
        }

    def network(self, config: SemanticParsingConfig, assets: Assets) -> keras.layers.Layer:
        """Two dense layers on the encoder's vectors."""
        from edgenlp_semantic_parsing.network import SemanticParsingNetwork

        labels = _labels(assets)
        return SemanticParsingNetwork(config, len(labels.intents), len(labels.tags))

    def primary_metric(self, config: SemanticParsingConfig) -> str:  # noqa: ARG002
        """`exact_match`."""
        return "exact_match"

    def evaluate(self, examples: Sequence[Example], predictions: Sequence[Prediction]) -> dict[str, float]:
        """exact_match, flat_exact_match, intent_accuracy, slot_f1 and tree_f1, as `evaluation.metrics` defines them.

        Raises:
            DataError: a gold answer is not a tree.
        """
        return metrics(
            [
                (example.text, _tree(example), example.aligned, prediction.root)
                for example, prediction in zip(examples, predictions, strict=True)
                if isinstance(example.text, str) and isinstance(prediction, Parse)
            ]
        )

    def labels(self, assets: Assets, what: str = "task_logits") -> list[str]:
        """The intents, in the order of the output `intent`; or the tags, such as `B SL:A IN:B SL:C`, of `tags`."""
        labels = _labels(assets)
        if what == "token_logits":
            return [" ".join((tag.kind, *tag.path)) for tag in labels.tags]
        return list(labels.intents)

    def align(self, token_logits: NDArray[Any], spans: NDArray[Any], tokens: Tokens, assets: Assets) -> NDArray[Any]:
        """A student's token that continues a teacher's continues its leaf: its B is an I, and its C too."""
        chosen = most_overlapping(spans, tokens.spans)
        aligned = super().align(token_logits, spans, tokens, assets)
        # places ascend; a piece of nothing, such as one of two of a letter, stands between others of its word
        before = np.append(-1, np.maximum.accumulate(chosen)[:-1])
        continues = (chosen >= 0) & (chosen == before)
        if continues.any():
            aligned[continues] = _labels(assets).continued(aligned[continues])
        return aligned


def _labels(assets: Assets) -> Labels:
    return Labels.from_bytes(assets[FILE])


def _tree(example: Example) -> Node:
    if isinstance(example.target, Node) and isinstance(example.text, str):
        return example.target
    raise of_another_task(example, "a tree over one text")


def _tokens(example: Example) -> list[tuple[int, int]]:
    spans, _ = segment(str(example.text), len(example.text))
    return spans
