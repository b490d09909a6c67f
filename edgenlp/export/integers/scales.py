"""Which integers stand for which real numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgenlp.errors import ExportError

DTYPES: Final[dict[int, Any]] = {8: np.int8, 16: np.int16}

UNIT: Final = 2.0**-15
"""The scale of int16 between -1 and 1, which the kernels of activations ask for."""


class Scale:
    """Integers q of tensors that stand for the real numbers (q - zero) * step.

    Until it is settled, several may be made one, and the range that they have to hold grows.

    Args:
        width: 8 or 16 bits.

    Attributes:
        width: as given.
        low: the least number to be held.
        high: the greatest.
        step: 0 until it is settled, or fixed.
        zero: the integer that stands for 0.
        symmetric: whether that has to be 0, as it always is in 16 bits.
        narrow: the scale of the int8 that these int16 are widened from.
        power: whether the step has to be a power of two.
        limit: numbers beyond it need not be told apart.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.low, self.high = np.inf, -np.inf
        self.step = 0.0
        self.zero = 0
        self.symmetric = width == 16
        self.narrow: Scale | None = None
        self.power = False
        self.limit = np.inf
        self._joined: Scale | None = None

    @property
    def shared(self) -> Scale:
        """The one that stands for all that it was joined with."""
        scale = self
        while scale._joined is not None:
            scale = scale._joined
        return scale

    def hold(self, low: float, high: float) -> None:
        """Make room for a range."""
        self.low, self.high = min(self.low, low), max(self.high, high)

    def join(self, other: Scale) -> None:
        """Be one with another scale.

        Raises:
            ExportError: they are fixed, and not the same.
        """
        first, second = self.shared, other.shared
        if first is second:
            return
        if first.step and second.step and first.step != second.step:
            raise ExportError(
                "the network joins values whose scales are fixed and differ: it cannot be made of integers"
            )
        first.hold(second.low, second.high)
        first.step = first.step or second.step
        first.symmetric |= second.symmetric
        first.narrow = first.narrow or second.narrow
        first.power |= second.power
        first.limit = min(first.limit, second.limit)
        second._joined = first

    def sum_up(self, parts: Iterable[Scale]) -> None:
        """Be the scale of a sum that needs no rounding: of whole multiples of one step, or of powers of two."""
        for part in parts:
            if part.shared.narrow is None:
                self.join(part)
            else:
                self.shared.power = part.shared.narrow.shared.power = True

    def settle(self) -> None:
        """Choose the smallest step that holds the range."""
        if self.step:
            return
        if self.narrow is not None:
            self.step = self.narrow.shared.step
            return
        # zero has to be an integer: padding is made of it
        low, high = max(min(self.low, 0.0), -self.limit), min(max(self.high, 0.0), self.limit)
        largest = 2 ** (self.width - 1) - 1
        if self.symmetric:
            self.step = max(-low, high) / largest or 1.0
        else:
            self.step = (high - low) / (2 * largest + 1) or 1.0
            self.zero = round(-largest - 1 - low / self.step)
        if self.power:
            self.step = 2.0 ** np.ceil(np.log2(self.step))

    def integers(self, values: NDArray[Any]) -> NDArray[Any]:
        """What stands for real numbers, int8 or int16."""
        dtype = DTYPES[self.width]
        limits = np.iinfo(dtype)
        return np.clip(np.rint(values / self.step) + self.zero, limits.min, limits.max).astype(dtype)
