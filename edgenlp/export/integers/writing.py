"""A plan carried out: tensors of integers, integer weights, and conversions where two widths meet."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from edgenlp.export.graph import operator_name
from edgenlp.export.integers.plan import PRODUCT, SUMS, Plan
from edgenlp.export.integers.products import product
from edgenlp.export.integers.scales import Scale

_TYPES: Final = {8: schema.TensorType.INT8, 16: schema.TensorType.INT16}
_MOST_JOINED: Final = 10
"""Tensors that tflite-micro joins at once."""

_VERSIONS: Final[dict[str, dict[int, tuple[int, str]]]] = {
    "ADD": {8: (2, "1.14.0"), 16: (3, "2.4.0")},
    "BATCH_MATMUL": {8: (2, "2.3.0"), 16: (3, "2.4.0")},
    "CAST": {16: (1, "1.5.0")},
    "CONCATENATION": {8: (2, "1.14.0"), 16: (3, "2.3.0")},
    "CONV_2D": {8: (3, "1.14.0")},
    "GATHER": {8: (2, "1.14.0")},
    "LOGISTIC": {16: (3, "2.3.0")},
    "MUL": {8: (3, "1.15.0"), 16: (4, "2.3.0")},
    "PAD": {8: (2, "1.14.0"), 16: (3, "2.4.0")},
    "QUANTIZE": {8: (1, "1.14.0")},
    "RESHAPE": {8: (1, "1.5.0"), 16: (1, "1.5.0")},
    "SOFTMAX": {16: (3, "2.3.0")},
    "STRIDED_SLICE": {8: (2, "1.14.0"), 16: (4, "2.2.0")},
    "SUB": {8: (2, "1.14.0"), 16: (5, "2.4.0")},
    "TANH": {16: (3, "2.3.0")},
    "UNPACK": {8: (2, "1.14.0"), 16: (4, "2.3.0")},
}
"""Of each operation and width the version, and the oldest runtime that knows it (tensorflow/lite/tools/versioning)."""


class Writer:
    """Rewrites the subgraphs of a model in place.

    Args:
        model: an object tree.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._codes: dict[tuple[int, int], int] = {}

    def write(self, plan: Plan) -> None:
        """Make a subgraph one of integers."""
        _SubgraphWriter(self._model, plan, self._codes).write()

    def operator_codes(self) -> list[Any]:
        """Of all operations that were written."""
        return [_operator_code(*code) for code in self._codes]


class _SubgraphWriter:
    def __init__(self, model: Any, plan: Plan, codes: dict[tuple[int, int], int]) -> None:
        self._model, self._plan, self._codes = model, plan, codes
        self._tensors: list[Any] = plan.subgraph.tensors
        self._operators: list[Any] = []
        self._converted: dict[tuple[int, int], int] = {}

    def write(self) -> None:
        plan = self._plan
        for tensor, width in plan.homes.items():
            self._tensors[tensor] = _in(plan.scale(tensor, width), self._tensors[tensor])
        for number, operator in enumerate(plan.subgraph.operators):
            if plan.made(number):
                self._rewrite(number, operator)
            else:
                code = self._model.operatorCodes[operator.opcodeIndex]
                operator.opcodeIndex = self._code(max(code.builtinCode, code.deprecatedBuiltinCode), code.version)
            self._operators.append(operator)
        self._give_int8()
        plan.subgraph.operators = self._operators

    def _rewrite(self, number: int, operator: Any) -> None:
        plan = self._plan
        name, width = plan.names[number], plan.widths[number]
        taken = plan.taken(number)
        inputs = [self._in_width(t, width, number) if t in taken else t for t in map(int, operator.inputs)]
        if name == PRODUCT:
            inputs[1:] = self._weights(number, *inputs[1:])
        if name == "CONCATENATION":
            inputs = self._joined_before(operator, inputs, width)
        if name in SUMS:
            operator.builtinOptions.potScaleInt16 = False
        operator.inputs = np.array(inputs, np.int32)
        operator.opcodeIndex = self._code_of(name, width)

    def _in_width(self, tensor: int, width: int, number: int | None = None) -> int:
        """A tensor in a width: itself, or what a conversion makes of it."""
        plan = self._plan
        if plan.is_constant(tensor):
            scale = plan.scale(tensor, width, number)
            return self._constant(_in(scale, self._tensors[tensor]), scale.integers(plan.values(tensor)))
        if plan.homes[tensor] == width:
            return tensor
        if (tensor, width) not in self._converted:
            made = self._add(_in(plan.scale(tensor, width), self._tensors[tensor]))
            self._operators.append(self._operator("QUANTIZE" if width == 8 else "CAST", width, [tensor], made))
            self._converted[tensor, width] = made
        return self._converted[tensor, width]

    def _weights(self, number: int, kernel: int, bias: int) -> list[int]:
        """The weights of a product, with a step for each output channel, and its biases."""
        plan = self._plan
        (taken,), (made,) = plan.taken(number), plan.made(number)
        entering = plan.scale(taken, 8).step
        whole = product(plan.values(kernel), plan.values(bias), entering, plan.scale(made, 8).step)
        weights = _typed(self._tensors[kernel], schema.TensorType.INT8, whole.steps)
        biases = _typed(self._tensors[bias], schema.TensorType.INT32, whole.steps * entering)
        return [self._constant(weights, whole.weights), self._constant(biases, whole.biases)]

    def _joined_before(self, operator: Any, inputs: list[int], width: int) -> list[int]:
        """The inputs of a CONCATENATION, so many of them joined before that there are few enough."""
        axis = operator.builtinOptions.axis
        while len(inputs) > _MOST_JOINED:
            first, rest = inputs[:_MOST_JOINED], inputs[_MOST_JOINED:]
            part = copy.copy(self._tensors[first[0]])
            part.shape = np.array(part.shape, np.int32)
            part.shape[axis] = sum(int(self._tensors[tensor].shape[axis]) for tensor in first)
            made = self._add(part)
            joining = self._operator("CONCATENATION", width, first, made)
            joining.builtinOptionsType, joining.builtinOptions = operator.builtinOptionsType, operator.builtinOptions
            self._operators.append(joining)
            inputs = [made, *rest]
        return inputs

    def _give_int8(self) -> None:
        subgraph = self._plan.subgraph
        given = {t: self._in_width(t, 8) if t in self._plan.homes else t for t in map(int, subgraph.outputs)}
        subgraph.outputs = np.array(list(given.values()), np.int32)
        for signature in self._model.signatureDefs:
            if self._model.subgraphs[signature.subgraphIndex] is subgraph:
                for output in signature.outputs:
                    output.tensorIndex = given[int(output.tensorIndex)]

    def _operator(self, name: str, width: int, inputs: Sequence[int], output: int) -> Any:
        made = schema.OperatorT()
        made.opcodeIndex = self._code_of(name, width)
        made.inputs, made.outputs = np.array(inputs, np.int32), np.array([output], np.int32)
        return made

    def _constant(self, tensor: Any, values: NDArray[Any]) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        tensor.buffer = len(self._model.buffers)
        self._model.buffers.append(buffer)
        return self._add(tensor)

    def _add(self, tensor: Any) -> int:
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _code_of(self, name: str, width: int) -> int:
        return self._code(getattr(schema.BuiltinOperator, name), _VERSIONS[name][width][0])

    def _code(self, code: int, version: int) -> int:
        return self._codes.setdefault((code, version), len(self._codes))


def oldest_runtime(model: Any) -> str:
    """The oldest runtime that knows all operations of a model of integers."""
    known = {(name, version): runtime for name, widths in _VERSIONS.items() for version, runtime in widths.values()}
    used = [known.get((operator_name(code), code.version), "") for code in model.operatorCodes]
    return max(used, key=lambda runtime: [int(part) for part in runtime.split(".") if part])


def _in(scale: Scale, like: Any) -> Any:
    made = _typed(like, _TYPES[scale.width], np.array([scale.step]))
    made.quantization.zeroPoint[0] = scale.zero
    return made


def _typed(like: Any, kind: int, steps: NDArray[Any]) -> Any:
    """A tensor like another one, of integers with these steps."""
    made = copy.copy(like)
    made.type = kind
    made.quantization = schema.QuantizationParametersT()
    made.quantization.scale = steps.astype(np.float32)
    made.quantization.zeroPoint = np.zeros(len(steps), np.int64)
    return made


def _operator_code(code: int, version: int) -> Any:
    made = schema.OperatorCodeT()
    made.builtinCode, made.deprecatedBuiltinCode, made.version = code, min(code, 127), version
    return made
