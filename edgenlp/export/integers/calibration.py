"""What values a graph has on real inputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from edgenlp.errors import ExportError
from edgenlp.interfaces import Arrays

Sample = tuple[str, Arrays]
"""A signature and what it takes."""


@dataclass
class Range:
    """The values that a tensor has had.

    Attributes:
        low: the least.
        high: the greatest.
        whole: whether all were whole numbers.
    """

    low: float = np.inf
    high: float = -np.inf
    whole: bool = True

    def include(self, values: NDArray[Any]) -> None:
        """Take up more values."""
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))
        self.whole = self.whole and bool((values == np.rint(values)).all())


Ranges = dict[int, Range]
"""By tensor: the float inputs of a subgraph, and all floats that its operations make."""


def calibrate(graph: bytes, model: Any, samples: Iterable[Sample]) -> list[Ranges]:
    """Run the graph on each sample and watch its values.

    Args:
        graph: a float flatbuffer.
        model: the same as an object tree.
        samples: at least one for each signature.

    Returns:
        The ranges of each subgraph.

    Raises:
        ExportError: a signature has no sample.
    """
    # a delegate would keep to itself what stands between its operations
    interpreter = Interpreter(
        model_content=graph,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    numbers = {entry.signatureKey.decode(): int(entry.subgraphIndex) for entry in model.signatureDefs}
    runners = {name: interpreter.get_signature_runner(name) for name in numbers}
    ranges = [{tensor: Range() for tensor in _made_floats(subgraph)} for subgraph in model.subgraphs]
    idle = set(numbers)
    for signature, inputs in samples:
        runners[signature](**inputs)
        for tensor, seen in ranges[numbers[signature]].items():
            seen.include(interpreter.get_tensor(tensor, numbers[signature]))
        idle.discard(signature)
    if idle:
        raise ExportError(f"there is no text to measure the ranges of {', '.join(sorted(idle))} with")
    return ranges


def _made_floats(subgraph: Any) -> list[int]:
    made = [*subgraph.inputs, *(tensor for operator in subgraph.operators for tensor in operator.outputs)]
    return [int(tensor) for tensor in made if subgraph.tensors[tensor].type == schema.TensorType.FLOAT32]
