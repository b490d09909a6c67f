"""Files of one graph, made from a model's flatbuffer: a single length of it, or its matrix products alone."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from edgenlp.export.graph import pack, parse
from edgenlp.runtime.interpreter import RUNTIME_VARIABLE, find_runtime, integers_of

_INPUT, _WEIGHTS = 0, 1
_NONE: Final = -1
_PRODUCTS: Final = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.FULLY_CONNECTED)
_GATHER: Final = schema.BuiltinOperator.GATHER
_DEQUANTIZE: Final = schema.BuiltinOperator.DEQUANTIZE

_MATRIX: Final = 2
_LEAST_WIDTH: Final = 16
"""Of a table's vectors; what is gathered beside them are their scales, one a row or a few."""


class GraphRunner:
    """A file of one graph in an interpreter with one thread.

    Args:
        content: the flatbuffer.

    Attributes:
        inputs: tensor numbers by the input's name.
    """

    def __init__(self, content: bytes) -> None:
        self._interpreter = find_runtime(os.environ.get(RUNTIME_VARIABLE)).interpreter(content, 1)
        self._interpreter.allocate_tensors()
        self._details = self._interpreter.get_input_details()
        self.inputs: dict[str, int] = {detail["name"]: detail["index"] for detail in self._details}
        self._integers = integers_of({detail["name"]: detail for detail in self._details})

    def set(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Give inputs their values, to a graph of integers real numbers as to any other."""
        for name, array in arrays.items():
            kind = self._integers.get(name)
            self._interpreter.set_tensor(self.inputs[name], kind.written(array) if kind else array)

    def set_random(self) -> None:
        """Give every input normal values; kernels take as long with them as with real ones."""
        random = np.random.default_rng(1)
        for detail in self._details:
            values = random.standard_normal(detail["shape"]).astype(detail["dtype"])
            self._interpreter.set_tensor(detail["index"], values)

    def run(self) -> None:
        """Run the graph on its present inputs."""
        self._interpreter.invoke()

    def outputs(self) -> list[NDArray[Any]]:
        """What the last run gave, in the graph's order."""
        return [self._interpreter.get_tensor(detail["index"]) for detail in self._interpreter.get_output_details()]


def one_length(graph: bytes, signature: str) -> bytes:
    """The graph of one signature, operation for operation, with its inputs called as the signature calls them."""
    model = parse(graph)
    chosen = next(entry for entry in model.signatureDefs if entry.signatureKey.decode() == signature)
    subgraph = model.subgraphs[chosen.subgraphIndex]
    for entry in chosen.inputs:
        subgraph.tensors[entry.tensorIndex].name = entry.name
    return _packed(model, subgraph)


def matrix_products(graph: bytes, signature: str) -> tuple[bytes, int]:
    """The CONV_2D and FULLY_CONNECTED of one signature and nothing else.

    Shapes, weights and fused activations stay; each has an input of its own, and its output is an output of the graph.

    Returns:
        The flatbuffer, and how many operations it has.
    """
    model = parse(one_length(graph, signature))
    (subgraph,) = model.subgraphs
    products = products_of(model, subgraph)
    for number, operator in enumerate(products):
        tensor = copy.copy(subgraph.tensors[operator.inputs[_INPUT]])
        tensor.name, tensor.buffer = f"input_{number}".encode(), 0
        operator.inputs[_INPUT] = len(subgraph.tensors)
        subgraph.tensors.append(tensor)
    subgraph.operators = products
    subgraph.inputs = [operator.inputs[_INPUT] for operator in products]
    subgraph.outputs = [operator.outputs[0] for operator in products]
    return _packed(model, subgraph), len(products)


def products_of(model: Any, subgraph: Any) -> list[Any]:
    """The subgraph's CONV_2D and FULLY_CONNECTED whose weights are constant."""
    return [operator for operator in subgraph.operators if _is_product(model, subgraph, operator)]


def weights_of(model: Any, subgraph: Any) -> list[Any]:
    """The constant tensors of the subgraph's CONV_2D and FULLY_CONNECTED."""
    numbers = (one.inputs[1:] for one in subgraph.operators if _code(model, one) in _PRODUCTS)
    return _constants(model, subgraph, (number for own in numbers for number in own if number != _NONE))


def tables_of(model: Any, subgraph: Any) -> list[Any]:
    """The subgraph's constant tensors from which GATHER takes vectors."""
    taken = (one.inputs[0] for one in subgraph.operators if _code(model, one) == _GATHER)
    return [table for table in _constants(model, subgraph, taken) if _width(table) >= _LEAST_WIDTH]


def _constants(model: Any, subgraph: Any, numbers: Iterable[int]) -> list[Any]:
    """Those of the tensors that are constant, or DEQUANTIZE makes of a constant, which float16 weights need."""
    made_of = {one.outputs[0]: one.inputs[0] for one in subgraph.operators if _code(model, one) == _DEQUANTIZE}
    tensors = (subgraph.tensors[made_of.get(number, number)] for number in numbers)
    return [tensor for tensor in tensors if _is_constant(model, tensor)]


def _is_product(model: Any, subgraph: Any, operator: Any) -> bool:
    if _code(model, operator) not in _PRODUCTS:
        return False
    return _is_constant(model, subgraph.tensors[operator.inputs[_WEIGHTS]])


def _code(model: Any, operator: Any) -> int:
    code = model.operatorCodes[operator.opcodeIndex]
    return int(max(code.builtinCode, code.deprecatedBuiltinCode))


def _is_constant(model: Any, tensor: Any) -> bool:
    data = model.buffers[tensor.buffer].data
    return data is not None and len(data) > 0


def _width(tensor: Any) -> int:
    """Elements of a matrix's row; 0 of what is none."""
    return int(tensor.shape[1]) if len(tensor.shape) == _MATRIX else 0


def _packed(model: Any, subgraph: Any) -> bytes:
    """The model with this subgraph alone, and of tensors and buffers only what it uses."""
    tensors: dict[int, int] = {}

    def renumbered(numbers: Any) -> list[int]:
        return [_NONE if old == _NONE else tensors.setdefault(int(old), len(tensors)) for old in numbers]

    for operator in subgraph.operators:
        operator.inputs, operator.outputs = renumbered(operator.inputs), renumbered(operator.outputs)
    subgraph.inputs, subgraph.outputs = renumbered(subgraph.inputs), renumbered(subgraph.outputs)
    subgraph.tensors = [subgraph.tensors[old] for old in tensors]
    buffers = {0: 0}
    for tensor in subgraph.tensors:
        tensor.buffer = buffers.setdefault(tensor.buffer, len(buffers))
    model.buffers = [model.buffers[old] for old in buffers]
    model.subgraphs, model.signatureDefs, model.metadata = [subgraph], [], []
    return pack(model)
