"""The rules of the augmentation contract."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from edgenlp.interfaces import Augment, Augmentation, Example, Node, Span, parts
from edgenlp.testing.common import HOSTILE, check_config, check_light_import
from edgenlp.text import segment

SEEDS: Final = range(5)


class AugmentationConformance:
    """Holds an augmentation to its contract.

    Attributes:
        augmentation: the instance that the plugin registers.
        config: its settings, its own defaults where None.
        examples: training rows, among them some that it can vary.
        folder: where paths in the settings start from.
    """

    augmentation: ClassVar[Augmentation]
    config: ClassVar[Any] = None
    examples: ClassVar[Sequence[Example]]
    folder: ClassVar[Path] = Path()

    def _settings(self) -> Any:
        return self.augmentation.Config() if self.config is None else self.config

    def _augment(self) -> Augment:
        return self.augmentation.fit(self.examples, self._settings(), self.folder)

    def test_config(self) -> None:
        """Settings are plain and come back from JSON."""
        check_config(self.augmentation.Config, self._settings())

    def test_device_half_imports_no_workshop(self) -> None:
        """Predicting loads all plugins, so registering an augmentation needs no TensorFlow."""
        check_light_import(self.augmentation)

    def test_files_are_there(self) -> None:
        """Paths of `files` start from the folder that `fit` is given."""
        assert all((self.folder / name).exists() for name in self.augmentation.files(self._settings()))

    def test_some_rows_vary_and_none_in_place(self) -> None:
        """Rows stay as they were; some come back changed."""
        before = pickle.dumps(list(self.examples))
        augment = self._augment()
        varied = [augment(example, np.random.default_rng(seed)) for seed in SEEDS for example in self.examples]
        assert any(new != old for new, old in zip(varied, [*self.examples] * len(SEEDS), strict=True))
        assert pickle.dumps(list(self.examples)) == before

    def test_a_variant_depends_on_the_row_and_the_generator_alone(self) -> None:
        """Whatever was varied before, and by an augmentation fitted again."""
        first, second = self._augment(), self._augment()
        once = [first(example, np.random.default_rng(7)) for example in self.examples]
        again = [second(example, np.random.default_rng(7)) for example in reversed(self.examples)]
        assert once == again[::-1]

    def test_gold_answers_stay_well_formed(self) -> None:
        """Labels, numbers and the shape of trees stay; spans lie within the text; no leaf loses its words."""
        augment = self._augment()
        for seed in SEEDS:
            for example in self.examples:
                _check_variant(example, augment(example, np.random.default_rng(seed)))

    def test_any_text_is_a_text(self) -> None:
        """Empty, very long and malformed texts come back as texts."""
        augment = self._augment()
        for text in HOSTILE:
            for seed in SEEDS:
                row = Example(text, "label")
                _check_variant(row, augment(row, np.random.default_rng(seed)))


def _check_variant(example: Example, variant: Example) -> None:
    assert (variant.language, variant.aligned) == (example.language, example.aligned)
    assert len(parts(variant.text)) == len(parts(example.text))
    if not isinstance(example.target, Node):
        assert variant.target == example.target
        return
    assert isinstance(variant.target, Node) and isinstance(variant.text, str)
    for before, after in zip(example.target.walk(), variant.target.walk(), strict=True):
        assert (before.label, len(before.children), len(before.spans)) == (
            after.label,
            len(after.children),
            len(after.spans),
        )
        assert all(0 <= start < end <= len(variant.text) for start, end in after.spans)
        if _of_whole_tokens(example.text, before.spans):
            assert _of_whole_tokens(variant.text, after.spans), f"{after} cuts a word of {variant.text!r}"


def _of_whole_tokens(text: Any, spans: Sequence[Span]) -> bool:
    """Whether the spans begin where tokens begin, and end where they end."""
    tokens, _ = segment(text, len(text))
    starts, ends = {start for start, _ in tokens}, {end for _, end in tokens}
    return all(start in starts and end in ends for start, end in spans)
