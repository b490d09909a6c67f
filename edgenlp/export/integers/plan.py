"""Which values of a graph become int8 and which int16, and which of them share a scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from edgenlp.errors import ExportError
from edgenlp.export.graph import operator_name
from edgenlp.export.integers.calibration import Range, Ranges
from edgenlp.export.integers.scales import UNIT, Scale

SHAPING: Final = ("RESHAPE", "GATHER", "STRIDED_SLICE", "PAD", "UNPACK", "CONCATENATION")
"""Operations that move numbers as they are: what they give has the scale of what they take."""
ACTIVATIONS: Final = ("TANH", "LOGISTIC", "SOFTMAX")
SUMS: Final = ("ADD", "SUB")
ARITHMETIC: Final = (*SUMS, "MUL", "BATCH_MATMUL")
PRODUCT: Final = "CONV_2D"
NARROW: Final = (PRODUCT, "GATHER")
"""Operations that are int8 always: tflite-micro has no GATHER of int16."""

_SATURATION: Final = 8.0
"""Beyond it tanh and sigmoid hardly change."""
_HEADROOM: Final = 2.0**-13
"""ADD and SUB shift their inputs up by 15 bits: a sum's step may be no less than this of theirs, to be exact."""


class Plan:
    """The integers of a subgraph.

    A value is at home in the width that the operation which makes it computes in; for an operation of the other width
    it is converted.

    Args:
        model: an object tree.
        subgraph: of it.
        ranges: of its floats.

    Attributes:
        subgraph: as given.
        names: of the operations.
        widths: of the operations, in bits.
        homes: the width of each float that is made or given, by tensor.

    Raises:
        ExportError: there is an operation that is not known in integers.
    """

    def __init__(self, model: Any, subgraph: Any, ranges: Ranges) -> None:
        self.subgraph = subgraph
        self.names = [operator_name(model.operatorCodes[operator.opcodeIndex]) for operator in subgraph.operators]
        self.homes = dict.fromkeys(ranges, 8)
        self.widths = [8] * len(self.names)
        self._model = model
        self._ranges = ranges
        self._scales: dict[tuple[int, int, int | None], Scale] = {}
        self._check_known()
        self._choose_widths()
        self._small = self._find_small()
        self._keep_features()
        self._share_scales()
        self._share_factors()
        self._limit_gates()

    def taken(self, operator: int) -> list[int]:
        """The tensors that an operation computes with, in its width; the weights of a product are apart."""
        inputs = [int(tensor) for tensor in self.subgraph.operators[operator].inputs]
        floats = inputs[:1] if self.names[operator] == PRODUCT else inputs
        return [tensor for tensor in floats if tensor in self._ranges or self.is_constant(tensor)]

    def made(self, operator: int) -> list[int]:
        """The floats that an operation makes."""
        return [int(tensor) for tensor in self.subgraph.operators[operator].outputs if int(tensor) in self._ranges]

    def is_constant(self, tensor: int) -> bool:
        """Whether a tensor holds constant floats."""
        held = self.subgraph.tensors[tensor]
        return held.type == schema.TensorType.FLOAT32 and self._model.buffers[held.buffer].data is not None

    def values(self, constant: int) -> NDArray[np.float32]:
        """The floats of a constant tensor."""
        held = self.subgraph.tensors[constant]
        return np.frombuffer(bytes(self._model.buffers[held.buffer].data), np.float32).reshape(held.shape)

    def scale(self, tensor: int, width: int, operator: int | None = None) -> Scale:
        """Of a tensor in a width; a constant has one of its own for each operation that takes it."""
        key = (tensor, width, operator if self.is_constant(tensor) else None)
        if key not in self._scales:
            scale = self._scales[key] = Scale(width)
            seen = self._range(tensor)
            if width > self.homes.get(tensor, width):
                scale.narrow = self.scale(tensor, 8)
                # CAST widens integers as they are, and 0 stays 0
                scale.narrow.symmetric = True
            else:
                scale.hold(seen.low, seen.high)
        return self._scales[key].shared

    def scales(self) -> list[Scale]:
        """Each one once, in the order in which operations ask for them."""
        return list(dict.fromkeys(scale.shared for scale in self._scales.values()))

    def settle(self) -> None:
        """Choose all steps: those of int8 first, which int16 may be widened from."""
        for scale in sorted(self.scales(), key=lambda scale: scale.width):
            scale.settle()
        for operator, name in enumerate(self.names):
            if name in SUMS:
                width = self.widths[operator]
                longest = max(self.scale(tensor, width, operator).step for tensor in self.taken(operator))
                total = self.scale(self.made(operator)[0], width)
                total.step = max(total.step, _HEADROOM * longest)

    def _range(self, tensor: int) -> Range:
        if tensor in self._ranges:
            return self._ranges[tensor]
        seen = Range()
        seen.include(self.values(tensor))
        return seen

    def _check_known(self) -> None:
        for operator, name in enumerate(self.names):
            if self.made(operator) and name not in (PRODUCT, *SHAPING, *ACTIVATIONS, *ARITHMETIC):
                raise ExportError(
                    f"the network needs the operation {name}, which is not known in integers: take another form"
                )

    def _choose_widths(self) -> None:
        """Activations and arithmetic are int16; so is what leads to them and comes from them, where that can be."""
        kept: set[int] = set()
        for operator in reversed(range(len(self.names))):
            name, made = self.names[operator], self.made(operator)
            if name in (*ACTIVATIONS, *ARITHMETIC) or (name not in NARROW and kept.intersection(made)):
                kept.update(self.taken(operator))
        for operator, name in enumerate(self.names):
            made = self.made(operator)
            width = max((self.homes.get(tensor, 8) for tensor in self.taken(operator)), default=8)
            if name in (*ACTIVATIONS, *ARITHMETIC) and not self._masks(operator):
                width = 16
            elif name in NARROW or (name in SHAPING and not kept.intersection(made)):
                # what a narrow operation waits for is made narrow as early as can be
                width = 8
            self.widths[operator] = width
            self.homes.update(dict.fromkeys(made, width))

    def _masks(self, operator: int) -> bool:
        """Whether it keeps or drops integers as they are, so that there is nothing to round."""
        return self.names[operator] == "MUL" and any(map(self._is_mask, self.taken(operator)))

    def _find_small(self) -> set[int]:
        """Values of at most 1 in size, whatever the inputs are, as long as those that look like a mask are one."""
        small = {int(tensor) for tensor in self.subgraph.inputs if self._is_mask(int(tensor))}
        constants = filter(self.is_constant, range(len(self.subgraph.tensors)))
        small |= {tensor for tensor in constants if np.abs(self.values(tensor)).max(initial=0) <= 1}
        for operator, name in enumerate(self.names):
            taken = self.taken(operator)
            positive = all(self._range(tensor).low >= 0 for tensor in taken)
            stays = name in (*SHAPING, "MUL") or (name == "SUB" and positive)
            if name in ACTIVATIONS or (stays and small.issuperset(taken)):
                small.update(self.made(operator))
        return small

    def _is_mask(self, tensor: int) -> bool:
        seen = self._ranges.get(tensor)
        return seen is not None and seen.whole and seen.low >= 0 and seen.high <= 1

    def _keep_features(self) -> None:
        """Features that are small whole numbers stay the numbers that they are."""
        for tensor in self.subgraph.inputs:
            seen = self._ranges.get(int(tensor))
            if seen is not None and seen.whole and seen.low >= -128 and seen.high <= 127:
                self.scale(int(tensor), 8).step = 1.0

    def _share_scales(self) -> None:
        for operator, name in enumerate(self.names):
            if not self.made(operator):
                continue
            width, taken = self.widths[operator], self.taken(operator)
            takes = [self.scale(tensor, width, operator) for tensor in taken]
            gives = [self.scale(tensor, width) for tensor in self.made(operator)]
            if name in ACTIVATIONS:
                gives[0].step = UNIT
            elif name in SHAPING:
                for scale in (*takes[1:], *gives):
                    takes[0].join(scale)
            elif name in SUMS:
                gives[0].sum_up(takes)

    def _share_factors(self) -> None:
        """A product needs no more room than one factor where the other is small; a part of a sum has the sum's."""
        for operator, name in enumerate(self.names):
            if name != "MUL":
                continue
            width, taken = self.widths[operator], self.taken(operator)
            takes = [self.scale(tensor, width, operator) for tensor in taken]
            made = self.scale(self.made(operator)[0], width)
            fitting = [scale for scale, other in zip(takes, reversed(taken), strict=True) if other in self._small]
            if fitting and (width == 8 or not made.power):
                max(fitting, key=lambda scale: scale.step > 0).join(made)

    def _limit_gates(self) -> None:
        """Where a product goes to tanh and sigmoid alone, eight bits are for what they tell apart."""
        takers: dict[int, set[str]] = {int(tensor): {"the caller"} for tensor in self.subgraph.outputs}
        for operator in reversed(range(len(self.names))):
            name = self.names[operator]
            beyond = {taker for tensor in self.made(operator) for taker in takers.get(tensor, ())}
            for tensor in self.taken(operator):
                takers.setdefault(tensor, set()).update(beyond if name in SHAPING else {name})
            if name == PRODUCT and beyond <= {"TANH", "LOGISTIC"}:
                self.scale(self.made(operator)[0], 8).limit = _SATURATION


def agree(plans: Sequence[Plan]) -> None:
    """One range for what is the same in graphs of several lengths: they say the same, and share their constants."""
    of_plans = [plan.scales() for plan in plans]
    if len({tuple(scale.width for scale in scales) for scales in of_plans}) == 1:
        for same in zip(*of_plans, strict=True):
            low, high = min(scale.low for scale in same), max(scale.high for scale in same)
            for scale in same:
                scale.hold(low, high)
