"""What a model may ask of a TFLite runtime; each operation here runs on tflite-runtime 2.14 and on LiteRT."""

from __future__ import annotations

from edgenlp import artifact
from edgenlp.export.graph import operations, parse

ALLOWED = {
    "ABS",
    "ADD",
    "BATCH_MATMUL",
    "CAST",
    "CONCATENATION",
    "CONV_2D",
    "CUMSUM",
    "DEQUANTIZE",
    "GATHER",
    "LOGISTIC",
    "MAXIMUM",
    "MEAN",
    "MINIMUM",
    "MUL",
    "NEG",
    "NOT_EQUAL",
    "PACK",
    "PAD",
    "QUANTIZE",
    "RESHAPE",
    "RSQRT",
    "SOFTMAX",
    "SPLIT",
    "SPLIT_V",
    "SQUARED_DIFFERENCE",
    "STRIDED_SLICE",
    "SUB",
    "SUM",
    "TANH",
    "UNPACK",
}
NEWEST = (2, 14)


def test_operations_are_builtin_and_known_to_every_runtime(model_path):
    model = artifact.read(model_path)
    graph = parse(model.graph)
    assert not [code.customCode for code in graph.operatorCodes if code.customCode]
    found = operations(graph)
    assert set(found) <= ALLOWED
    assert found == model.manifest.graph.ops
    assert not any(buffer.offset for buffer in graph.buffers)
    major, minor = map(int, model.manifest.graph.min_runtime_version.split(".")[:2])
    assert (major, minor) <= NEWEST
