"""A model in tflite-micro's interpreter, which is what runs on microcontrollers.

    python tests/devices/micro.py MODEL [FORMAT FILE]

prints how much memory each graph of a model needs there, and, of a file that the reader FORMAT knows, the metrics there
and in the runtime that edgenlp uses otherwise. Needs the package `tflite-micro`, in an environment of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from tflite_micro.python.tflite_micro import runtime

import edgenlp
from edgenlp.data import read_examples
from edgenlp.errors import ModelError
from edgenlp.evaluation import evaluate
from edgenlp.export.graph import pack, parse

STEP = 256
"""How exactly the arena is measured, in bytes."""


class MicroGraph:
    """One graph of a model, alone: tflite-micro runs the first graph of a file and no other.

    Args:
        graph: the flatbuffer.
        signature: which graph of it.
        arena: bytes of memory that it may use; by default more than enough.
    """

    def __init__(self, graph, signature, arena=1 << 24):
        model = parse(graph)
        (kept,) = [entry for entry in model.signatureDefs if entry.signatureKey.decode() == signature]
        subgraph = model.subgraphs[kept.subgraphIndex]
        model.subgraphs, model.signatureDefs, model.metadata = [subgraph], [], []
        used = sorted({0, *(tensor.buffer for tensor in subgraph.tensors)})
        model.buffers = [model.buffers[number] for number in used]
        for tensor in subgraph.tensors:
            tensor.buffer = used.index(tensor.buffer)
        self._inputs = [_name(kept.inputs, number) for number in subgraph.inputs]
        self._outputs = [_name(kept.outputs, number) for number in subgraph.outputs]
        self._content = pack(model)
        self._interpreter = self._within(arena)

    def _within(self, arena):
        try:
            return runtime.Interpreter.from_bytes(self._content, arena_size=arena)
        except RuntimeError as error:
            raise ModelError(f"tflite-micro refuses the graph: {error}") from error

    def arena(self):
        """The least memory, in bytes, that it runs in, found by trying."""
        low, high = 0, 1 << 24
        while high - low > STEP:
            middle = (low + high) // 2 // STEP * STEP
            try:
                self._within(middle).invoke()
                high = middle
            except (ModelError, RuntimeError):
                low = middle
        return high

    def step(self, name):
        """What one step of an int8 output is worth; 0 for one of float32."""
        detail = self._interpreter.get_output_details(self._outputs.index(name))
        return _scale(detail)[0] if np.issubdtype(detail["dtype"], np.integer) else 0.0

    def run(self, inputs):
        """Outputs by name; what the graph has as int8 is converted from and to float32 here."""
        for number, name in enumerate(self._inputs):
            detail = self._interpreter.get_input_details(number)
            self._interpreter.set_input(_quantized(inputs[name], detail), number)
        self._interpreter.invoke()
        details = [self._interpreter.get_output_details(number) for number in range(len(self._outputs))]
        return {
            name: _real(self._interpreter.get_output(number), details[number])
            for number, name in enumerate(self._outputs)
        }


class MicroNetwork:
    """In the place of `edgenlp.runtime.Network`: signatures, each with an interpreter of its own."""

    def __init__(self, graph, signatures):
        self.graphs = {name: MicroGraph(graph, name) for name in signatures}

    def run(self, signature, inputs):
        return self.graphs[signature].run(inputs)


def load(path):
    """A model that runs in tflite-micro's interpreter."""
    model = edgenlp.load(path)
    model.network = MicroNetwork(edgenlp.artifact.read(path).graph, model.signatures.values())
    return model


def _name(entries, number):
    (name,) = [entry.name.decode() for entry in entries if entry.tensorIndex == number]
    return name


def _quantized(values, detail):
    if detail["dtype"] == values.dtype:
        return values
    scale, zero = _scale(detail)
    limits = np.iinfo(detail["dtype"])
    return np.clip(np.rint(values / scale) + zero, limits.min, limits.max).astype(detail["dtype"])


def _real(values, detail):
    if np.issubdtype(values.dtype, np.floating):
        return values
    scale, zero = _scale(detail)
    return ((values.astype(np.float32) - zero) * scale).astype(np.float32)


def _scale(detail):
    parameters = detail["quantization_parameters"]
    return float(parameters["scales"][0]), int(parameters["zero_points"][0])


def main(path, *data):
    model = load(path)
    report = {"arena_bytes": {name: graph.arena() for name, graph in model.network.graphs.items()}}
    if data:
        reader, file = data
        examples = read_examples(file, reader)
        report["tflite-micro"] = evaluate(model, examples).metrics
        other = edgenlp.load(path)
        report[str(other.network.runtime)] = evaluate(other, examples).metrics
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
