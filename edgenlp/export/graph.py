"""The TFLite flatbuffer after conversion: each constant once, builtin operations only, the same bytes each time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from edgenlp.errors import ExportError

_OPERATOR_NAMES = {
    value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int) and value >= 0
}
_TYPE_NAMES = {value: name.lower() for name, value in vars(schema.TensorType).items() if isinstance(value, int)}
_MIN_RUNTIME_VERSION = b"min_runtime_version"
_NONE = -1
"""In the place of an input that an operation leaves out."""


def parse(content: bytes) -> Any:
    """A flatbuffer as the schema's object tree."""
    return schema.ModelT.InitFromPackedBuf(bytearray(content), 0)


def pack(model: Any) -> bytes:
    """An object tree as a flatbuffer, in which tensors of equal scales refer to one table of them."""
    tensors = [tensor for subgraph in model.subgraphs for tensor in subgraph.tensors]
    scales = [tensor.quantization for tensor in tensors]
    tables: dict[str, _Table] = {}
    for tensor in tensors:
        if tensor.quantization is not None:
            tensor.quantization = tables.setdefault(_content(tensor.quantization), _Table(tensor.quantization))
    builder = flatbuffers.Builder(1 << 22)
    builder.Finish(model.Pack(builder), b"TFL3")
    for tensor, own in zip(tensors, scales, strict=True):
        tensor.quantization = own
    return bytes(builder.Output())


class _Table:
    """What packs an object of the tree once, however many refer to it."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._offset: int | None = None

    def Pack(self, builder: Any) -> int:  # noqa: N802 - as the generated classes call it
        if self._offset is None:
            self._offset = self._table.Pack(builder)
        return self._offset


def _content(table: Any) -> str:
    """Equal for equal tables."""
    parts = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(table).items()}
    return repr(parts)


def compact(content: bytes) -> bytes:
    """The same graphs with each distinct constant stored once and no names but the signatures'.

    The converter writes a signature's weights for itself; graphs of several lengths would repeat them all.

    Raises:
        ExportError: there is an operation that is not builtin.
    """
    model = parse(content)
    check_builtin(model)
    model.description = b"edgenlp"
    for subgraph in model.subgraphs:
        endpoints = {*subgraph.inputs, *subgraph.outputs}
        for number, tensor in enumerate(subgraph.tensors):
            if number not in endpoints:
                tensor.name = None
            if tensor.quantization is not None:
                # the calibrated range has done its work: what counts is the scale
                tensor.quantization.min = tensor.quantization.max = None
    model.metadata = [entry for entry in model.metadata or [] if entry.name == _MIN_RUNTIME_VERSION]
    return pack_once(model)


def pack_once(model: Any) -> bytes:
    """An object tree as a flatbuffer, with each distinct constant once and nothing that no operation uses."""
    for subgraph in model.subgraphs:
        _drop_unused_tensors(model, subgraph)
    _share_constants(model)
    _drop_unused_buffers(model)
    return pack(model)


def check_builtin(model: Any) -> None:
    """Refuse custom and Flex operations, which most devices do not have, and weights that are not constants.

    Raises:
        ExportError: naming the operation and the tensor that it makes, whose name tells the layer.
    """
    for subgraph in model.subgraphs:
        for operator in subgraph.operators:
            code = model.operatorCodes[operator.opcodeIndex]
            made = subgraph.tensors[operator.outputs[0]].name.decode() if len(operator.outputs) else "nothing"
            if code.customCode:
                raise ExportError(
                    f"the layer that makes {made!r} needs the operation {code.customCode.decode()!r}, which is not "
                    "builtin in TensorFlow Lite: write the layer with builtin operations."
                )
            if operator_name(code) == "READ_VARIABLE":
                raise ExportError(
                    f"the layer that makes {made!r} reads a variable that is not among its weights, so that the model "
                    "would not hold its value: make it with add_weight."
                )


def operations(model: Any) -> dict[str, int]:
    """How many operations of each kind there are in all graphs, by name."""
    counts = Counter(
        operator_name(model.operatorCodes[operator.opcodeIndex])
        for subgraph in model.subgraphs
        for operator in subgraph.operators
    )
    return dict(sorted(counts.items()))


def arithmetic(model: Any) -> dict[str, dict[str, int]]:
    """The same by the type of what they make, such as `int16`."""
    counts: dict[str, Counter[str]] = {}
    for subgraph in model.subgraphs:
        for operator in subgraph.operators:
            made = type_name(subgraph.tensors[operator.outputs[0]])
            counts.setdefault(made, Counter())[operator_name(model.operatorCodes[operator.opcodeIndex])] += 1
    return {made: dict(sorted(names.items())) for made, names in sorted(counts.items())}


def type_name(tensor: Any) -> str:
    """The type of a tensor's elements, such as `int8`."""
    return _TYPE_NAMES[tensor.type]


def min_runtime_version(model: Any) -> str:
    """The oldest TensorFlow Lite that knows every operation of the model, as the converter states it."""
    for entry in model.metadata or []:
        if entry.name == _MIN_RUNTIME_VERSION:
            return bytes(model.buffers[entry.buffer].data).split(b"\0")[0].decode()
    return ""


def set_min_runtime_version(model: Any, version: str) -> None:
    """State the oldest TensorFlow Lite that knows every operation of the model."""
    for entry in model.metadata or []:
        if entry.name == _MIN_RUNTIME_VERSION:
            model.buffers[entry.buffer].data = np.frombuffer(version.encode().ljust(16, b"\0"), np.uint8)


def operator_name(code: Any) -> str:
    """What an operation is called in the schema."""
    # codes beyond 127 do not fit the older field
    return _OPERATOR_NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]


def _share_constants(model: Any) -> None:
    first: dict[bytes, int] = {}
    shared = {}
    for number, buffer in enumerate(model.buffers):
        content = b"" if buffer.data is None else np.asarray(buffer.data, np.uint8).tobytes()
        # buffer 0 is the empty one by the schema's rule; an empty buffer beside it may be a variable's
        shared[number] = first.setdefault(content, number) if content else number
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            tensor.buffer = shared[tensor.buffer]


def _drop_unused_tensors(model: Any, subgraph: Any) -> None:
    lists = [(subgraph, "inputs"), (subgraph, "outputs")]
    lists += [(operator, name) for operator in subgraph.operators for name in ("inputs", "outputs")]
    used = sorted({int(tensor) for owner, name in lists for tensor in getattr(owner, name)} - {_NONE})
    renumbered = {_NONE: _NONE, **{old: new for new, old in enumerate(used)}}
    subgraph.tensors = [subgraph.tensors[old] for old in used]
    for owner, name in lists:
        setattr(owner, name, np.array([renumbered[int(tensor)] for tensor in getattr(owner, name)], np.int32))
    for entry in model.signatureDefs:
        if model.subgraphs[entry.subgraphIndex] is subgraph:
            for endpoint in (*entry.inputs, *entry.outputs):
                endpoint.tensorIndex = renumbered[int(endpoint.tensorIndex)]


def _drop_unused_buffers(model: Any) -> None:
    used = {0} | {tensor.buffer for subgraph in model.subgraphs for tensor in subgraph.tensors}
    used |= {entry.buffer for entry in model.metadata}
    renumbered = {old: new for new, old in enumerate(sorted(used))}
    model.buffers = [model.buffers[old] for old in sorted(used)]
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            tensor.buffer = renumbered[tensor.buffer]
    for entry in model.metadata:
        entry.buffer = renumbered[entry.buffer]
