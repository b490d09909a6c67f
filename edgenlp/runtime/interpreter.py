"""One face for three TFLite runtimes: LiteRT, the older tflite-runtime, and the one inside TensorFlow."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edgenlp.errors import EdgeNLPError, MissingExtraError, ModelError
from edgenlp.interfaces import Arrays

RUNTIME_VARIABLE: Final = "EDGENLP_RUNTIME"

MAX_THREADS: Final = 1024
"""More than a prediction can use: runtimes take any number, and fail at a great one in ways of their own."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A TFLite runtime.

    Attributes:
        name: what the environment variable EDGENLP_RUNTIME calls it.
        module: where its class `Interpreter` is.
        distribution: what pip calls it.
    """

    name: str
    module: str
    distribution: str

    @property
    def version(self) -> str:
        """Of the installed distribution."""
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return ""

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".strip()

    def interpreter(self, graph: bytes, threads: int) -> Any:
        """An interpreter of the graph, with nothing allocated yet."""
        return importlib.import_module(self.module).Interpreter(model_content=graph, num_threads=threads)


RUNTIMES: Final = (
    Runtime("litert", "ai_edge_litert.interpreter", "ai-edge-litert"),
    Runtime("tflite-runtime", "tflite_runtime.interpreter", "tflite-runtime"),
    Runtime("tensorflow", "tensorflow.lite.python.interpreter", "tensorflow"),
)


@cache
def find_runtime(forced: str | None = None) -> Runtime:
    """The first runtime that is installed, or the one that is asked for.

    Args:
        forced: `litert`, `tflite-runtime` or `tensorflow`.

    Raises:
        MissingExtraError: it is not installed; the message holds the command that installs it.
        EdgeNLPError: no runtime is called so.
    """
    names = [runtime.name for runtime in RUNTIMES]
    if forced and forced not in names:
        raise EdgeNLPError(f"{RUNTIME_VARIABLE}={forced} names no runtime: use {', '.join(names[:-1])} or {names[-1]}.")
    for runtime in RUNTIMES:
        if forced in (None, "", runtime.name):
            try:
                importlib.import_module(runtime.module)
            except ImportError:
                continue
            return runtime
    if forced:
        wanted = RUNTIMES[names.index(forced)].distribution
        raise MissingExtraError(f"{RUNTIME_VARIABLE}={forced} is not installed: pip install {wanted}")
    raise MissingExtraError('no TFLite runtime is installed: pip install "edgenlp[default]"')


class Network:
    """A graph that runs its named signatures; any number of threads may call it.

    An interpreter serves one call at a time, and one that has run holds megabytes of packed weights. So interpreters
    are lent: a call takes an idle one, and another is made only where calls overlap, up to one for each core.

    Args:
        graph: the flatbuffer.
        threads: that the runtime uses within one call.
        min_runtime_version: named to the user where the installed runtime does not know an operation.

    Attributes:
        graph: as given.
        runtime: which one runs the graph.
        threads: as given.

    Raises:
        ValueError: threads are not from 1 to `MAX_THREADS`.
        ModelError: the runtime refuses the graph.
        MissingExtraError: no runtime is installed.
    """

    def __init__(self, graph: bytes, threads: int = 1, min_runtime_version: str = "") -> None:
        if not (type(threads) is int and 1 <= threads <= MAX_THREADS):
            raise ValueError(f"threads is {threads!r}: it must be a whole number from 1 to {MAX_THREADS}.")
        self.runtime = find_runtime(os.environ.get(RUNTIME_VARIABLE))
        self.threads = threads
        self.graph = graph
        self._min_runtime_version = min_runtime_version
        self._seats = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._idle = [self._interpreter()]

    def run(self, signature: str, inputs: Mapping[str, Any]) -> Arrays:
        """Outputs by name, each a copy with its batch dimension.

        A graph of integers is given and gives real numbers like any other (docs/text-spec.md, Graphs of integers).

        Args:
            signature: one of the graph's.
            inputs: arrays of the shapes that `shapes` tells.

        Raises:
            ModelError: the runtime cannot run the graph.
        """
        with self._lent() as interpreter:
            try:
                return interpreter.signature(signature).run(inputs)
            except (ValueError, RuntimeError) as error:
                raise self._refusal(error) from error

    def shapes(self, signature: str) -> dict[str, tuple[tuple[int, ...], str]]:
        """Shape and dtype name of each input; integers that stand for real numbers are given as `float32`."""
        with self._lent() as interpreter:
            made = interpreter.signature(signature)
            return {
                name: (
                    tuple(int(size) for size in detail["shape"]),
                    "float32" if name in made.integers else detail["dtype"].__name__,
                )
                for name, detail in made.runner.get_input_details().items()
            }

    @contextmanager
    def _lent(self) -> Iterator[_Interpreter]:
        with self._seats:
            try:
                interpreter = self._idle.pop()
            except IndexError:
                interpreter = self._interpreter()
            try:
                yield interpreter
            finally:
                self._idle.append(interpreter)

    def _interpreter(self) -> _Interpreter:
        try:
            return _Interpreter(self.runtime.interpreter(self.graph, self.threads))
        except (ValueError, RuntimeError) as error:
            raise self._refusal(error) from error

    def _refusal(self, error: Exception) -> ModelError:
        first_line = str(error).strip().partition("\n")[0].rstrip(".")
        version = self._min_runtime_version
        needed = f"; its operations are those of TensorFlow Lite {version} and later" if version else ""
        return ModelError(f"{self.runtime} cannot run this graph ({first_line}){needed}.")


class _Interpreter:
    """One interpreter and its signatures, made as they are asked for."""

    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter
        self._signatures: dict[str, _Signature] = {}

    def signature(self, name: str) -> _Signature:
        found = self._signatures.get(name)
        if found is None:
            found = self._signatures[name] = _Signature(self._interpreter.get_signature_runner(name))
        return found


class _Signature:
    """A signature of an interpreter.

    Attributes:
        runner: the runtime's own.
        integers: the inputs whose integers stand for real numbers.
    """

    def __init__(self, runner: Any) -> None:
        self.runner = runner
        self.integers = integers_of(runner.get_input_details())
        self._made_integers = integers_of(runner.get_output_details())

    def run(self, inputs: Mapping[str, Any]) -> Arrays:
        """Outputs by name; real numbers in and out."""
        if self.integers:
            inputs = {**inputs, **{name: kind.written(inputs[name]) for name, kind in self.integers.items()}}
        outputs: Arrays = self.runner(**inputs)
        for name, kind in self._made_integers.items():
            outputs[name] = kind.read(outputs[name])
        return outputs


class Integers(NamedTuple):
    """Integers q that stand for the real numbers (q - zero) * scale."""

    dtype: Any
    scale: np.float32
    zero: int

    def written(self, values: Any) -> NDArray[Any]:
        """The integers nearest to real numbers, as far as the type goes."""
        limits = np.iinfo(self.dtype)
        whole: NDArray[Any] = np.clip(np.rint(values / self.scale) + self.zero, limits.min, limits.max)
        return whole.astype(self.dtype)

    def read(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """The real numbers that integers stand for."""
        real: NDArray[np.float32] = (numbers.astype(np.float32) - self.zero) * self.scale
        return real


def integers_of(details: Mapping[str, Any]) -> dict[str, Integers]:
    """Those of a signature's arrays that have a scale."""
    return {
        name: Integers(detail["dtype"], np.float32(detail["quantization"][0]), int(detail["quantization"][1]))
        for name, detail in details.items()
        if detail["quantization"][0]
    }
