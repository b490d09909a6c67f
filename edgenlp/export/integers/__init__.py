"""A float graph as one of integers: what processors without floating point can run, and tflite-micro.

Matrix products take and give int8, with weights of int8 and a scale for each output (Jacob et al. 2018). What stands
between an activation (tanh, sigmoid, softmax) and the next product is int16: a recurrence adds up the rounding of all
its steps, which eight bits do not bear.
"""

from __future__ import annotations

from collections.abc import Iterable

from edgenlp.export.graph import pack_once, parse, set_min_runtime_version
from edgenlp.export.integers.calibration import Sample, calibrate
from edgenlp.export.integers.plan import Plan, agree
from edgenlp.export.integers.writing import Writer, oldest_runtime

__all__ = ["Sample", "to_integers"]


def to_integers(graph: bytes, samples: Iterable[Sample]) -> bytes:
    """The graph with integers alone, from its inputs to its outputs.

    Args:
        graph: float, as the exporter makes it.
        samples: real inputs, from which the ranges of all values are taken.

    Raises:
        ExportError: there is an operation that is not known in integers, or a signature without a sample.
    """
    model = parse(graph)
    ranges = calibrate(graph, model, samples)
    plans = [Plan(model, subgraph, seen) for subgraph, seen in zip(model.subgraphs, ranges, strict=True)]
    agree(plans)
    writer = Writer(model)
    for plan in plans:
        plan.settle()
        writer.write(plan)
    model.operatorCodes = writer.operator_codes()
    set_min_runtime_version(model, oldest_runtime(model))
    return pack_once(model)
