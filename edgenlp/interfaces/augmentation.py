"""The augmentation contract: training rows that were not in the data but might have been."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from edgenlp.interfaces.types import Example

Augment = Callable[[Example, np.random.Generator], Example]
"""A variant of a row, drawn from the generator alone, with its gold answer still right; or the row itself."""


class Augmentation(ABC):
    """A way to vary training rows. Register one instance through the hook `edgenlp_augmentations`.

    Attributes:
        name: what recipes call it.
        Config: a frozen dataclass of its settings, like an encoder's.
    """

    name: ClassVar[str]
    Config: ClassVar[type[Any]]

    @abstractmethod
    def fit(self, examples: Sequence[Example], config: Any, folder: Path) -> Augment:
        """Learn what may stand for what from the training rows.

        Args:
            examples: the training rows, as they are in the data.
            config: the settings.
            folder: where paths in the settings start from, as all paths in a recipe.

        Raises:
            DataError: the rows are not of a kind that this augmentation can vary.
        """

    def files(self, config: Any) -> Sequence[str]:  # noqa: ARG002
        """Paths in the settings that `fit` reads. What they hold counts as a run's data, as what its readers read."""
        return ()
