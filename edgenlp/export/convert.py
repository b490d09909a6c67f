"""A student as TensorFlow Lite: one signature for each length, weights quantized, builtin operations only."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, Final

import tensorflow as tf
from tensorflow.lite.python.convert_phase import ConverterError

from edgenlp.errors import ExportError
from edgenlp.export.graph import compact
from edgenlp.export.integers import Sample, to_integers
from edgenlp.interfaces import Featurizer, Text, Tokens, parts
from edgenlp.layers import CONSTANTS
from edgenlp.runtime.inputs import PAIR_PREFIXES, graph_inputs
from edgenlp.training.student import Student

QUANTIZATIONS = ("dynamic", "float16", "int8", "none")

MEASURED_TEXTS: Final = 500
"""Of which, at least, the ranges of int8 are taken: evenly drawn, they are fewer than twice as many."""


def check_quantization(name: str) -> None:
    """Raise where there is no such quantization.

    Raises:
        ExportError: naming those that there are.
    """
    if name not in QUANTIZATIONS:
        raise ExportError(f"there is no quantization {name!r}: take {' or '.join(QUANTIZATIONS)}")


def signature_name(length: int) -> str:
    """What the graph for `length` tokens is called."""
    return f"length_{length}"


def convert(
    student: Student,
    featurizer: Featurizer,
    sequences: int,
    lengths: Sequence[int],
    quantize: str,
    texts: Sequence[Text] = (),
) -> bytes:
    """The student as a flatbuffer.

    Args:
        student: float weights.
        featurizer: its encoder's, which says what the graph takes.
        sequences: texts in an input, 1 or 2.
        lengths: a signature is made for each.
        quantize: `dynamic` stores weights as int8 and computes in int8 with scales taken from each input;
            `float16` stores weights as float16 and computes in float32; `int8` takes, computes and gives integers
            alone (`edgenlp.export.integers`); `none` keeps float32.
        texts: real ones, that `int8` takes the ranges of all values from.

    Raises:
        ExportError: the network needs an operation that is not builtin, or not known in integers; or the quantization
            is unknown.
    """
    check_quantization(quantize)
    signatures = {signature_name(length): _signature(student, featurizer, sequences, length) for length in lengths}
    module = tf.Module()
    # a module does not find a Keras layer's variables by itself, and would save them without their values
    module.weights = [weight.value for weight in student.weights]
    module.constants = [value for made in signatures.values() for value in made.graph.get_collection(CONSTANTS)]
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(signatures))
        # without this list the converter would let operations through that phones do not have
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if quantize in ("dynamic", "float16"):
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        try:
            graph = compact(converter.convert())
        except (tf.errors.OpError, ConverterError) as error:
            raise ExportError(_unsupported(error)) from error
    return to_integers(graph, _samples(featurizer, lengths, texts)) if quantize == "int8" else graph


def _samples(featurizer: Featurizer, lengths: Sequence[int], texts: Sequence[Text]) -> Iterator[Sample]:
    """Texts from all over, each as the device gives it to a graph: to the shortest that holds it."""
    lengths = sorted(lengths)
    unused = set(lengths)
    for text in texts[:: max(1, len(texts) // MEASURED_TEXTS)]:
        tokens = [featurizer.tokenize(part, lengths[-1]) for part in parts(text)]
        length = next(length for length in lengths if length >= max(map(len, tokens)))
        unused.discard(length)
        yield signature_name(length), graph_inputs(featurizer, tokens, length)
    for length in unused:
        # where the data has no text so long, shorter ones tell the ranges
        for text in texts[:1]:
            tokens = [featurizer.tokenize(part, length) for part in parts(text)]
            yield signature_name(length), graph_inputs(featurizer, tokens, length)


def _signature(student: Student, featurizer: Featurizer, sequences: int, length: int) -> Any:
    """The student's logits as a function of the graph's named inputs."""
    example = graph_inputs(featurizer, [Tokens("", [])] * sequences, length)
    specs = {name: tf.TensorSpec(array.shape, array.dtype, name=name) for name, array in example.items()}

    def infer(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return student(_sequences(inputs, sequences), training=False)

    return tf.function(infer, autograph=False).get_concrete_function(**specs)


def _sequences(inputs: dict[str, tf.Tensor], sequences: int) -> tuple[dict[str, tf.Tensor], ...]:
    if sequences == 1:
        return (inputs,)
    return tuple(
        {name.removeprefix(prefix): value for name, value in inputs.items() if name.startswith(prefix)}
        for prefix in PAIR_PREFIXES
    )


def _unsupported(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = next((line for line in lines if "op" in line.lower()), lines[0] if lines else type(error).__name__)
    return f"the network cannot be converted to builtin TensorFlow Lite operations: {named}"
