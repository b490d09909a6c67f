"""The network against an encoder of mBERT's size, both int8 (dynamic range), one thread, the same number of tokens.

The large encoder is KerasHub's BertBackbone in mBERT's dimensions, with random weights and a vocabulary of 1,000:
looking up 32 rows costs the same in a table of 120,000. It is converted once, in about a minute, and kept in
build/.

Both ratios count: warm, in interleaved blocks; and cold, the two called in turn, so that the large one evicts the
weights of the small one from the cache. Needs `pip install "edgenlp[train]" keras-hub`.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import numpy as np

from edgenlp import artifact
from edgenlp.artifact.files import write_atomically
from edgenlp.cli.arguments import positive
from edgenlp.cli.loading import load_quietly
from edgenlp.cli.workshop import needs_workshop
from edgenlp.errors import MissingExtraError, ModelError
from edgenlp.runtime.catalogue import resolve
from edgenlp.runtime.quiet import quiet_runtime
from graphs import GraphRunner, one_length
from network import real_inputs
from report import ROOT, Promise, Report, parser, run
from samples import utterances
from timing import BLOCKS, CALLS, Contender, Ratio, alternating, ratio, warm

LAYERS, HEADS, WIDTH, INNER, POSITIONS = 12, 12, 768, 3072, 512
VOCABULARY: Final = 1000
SIGNATURE: Final = "serving_default"
LEAST: Final = 40.0


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, model=True, data=True)
    made.add_argument("--length", type=positive, default=32, help="tokens of both (default: %(default)s)")
    made.add_argument(
        "--layers", type=positive, default=LAYERS, help="of the large encoder (default: %(default)s, as mBERT)"
    )
    made.add_argument("--blocks", type=positive, default=BLOCKS, help="of each contender (default: %(default)s)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """Both networks, warm and cold."""
    length = options.length
    graph = artifact.read(resolve(options.model)).graph
    model = load_quietly(options.model)
    if length not in model.signatures:
        raise ModelError(f"{options.model} has no graph for {length} tokens: take --length {max(model.signatures)}.")
    content = one_length(encoder_file(options.layers, length), SIGNATURE)
    with quiet_runtime():
        large, small = GraphRunner(content), GraphRunner(one_length(graph, model.signatures[length]))
    large.set(token_ids(length))
    inputs = itertools.cycle(real_inputs(model, utterances("dev", options.data), length))
    found = compare(large, small, lambda: small.set(next(inputs)), options.blocks)
    figures = {"length": length, "layers": options.layers, "encoder_bytes": len(content), **found.figures("network")}
    notes = (
        found.note,
        f"{length} tokens; {model.network.runtime}, one thread; the encoder's file has {len(content):,} bytes",
    )
    promises = [Promise("encoder / network, warm", found.warm.median, "at least", LEAST)]
    return Report(figures, found.table(options.layers, "network"), notes, promises if options.layers == LAYERS else ())


@dataclass(frozen=True, slots=True)
class Comparison:
    """A large encoder against something small, warm in interleaved blocks and cold in turn.

    Attributes:
        large_ms: of a call, warm and cold.
        small_ms: likewise.
        warm: the large one's time over the small one's.
        blocks: of each.
    """

    large_ms: tuple[float, float]
    small_ms: tuple[float, float]
    warm: Ratio
    blocks: int

    @property
    def cold(self) -> float:
        """The same ratio when called in turn."""
        return self.large_ms[1] / self.small_ms[1]

    def figures(self, small: str) -> dict[str, Any]:
        """As JSON values, `small` being what the small one is called."""
        (large_warm, large_cold), (small_warm, small_cold) = self.large_ms, self.small_ms
        spread = {"least": self.warm.least, "greatest": self.warm.greatest}
        return {
            "warm": {"encoder_ms": large_warm, f"{small}_ms": small_warm, "ratio": self.warm.median} | spread,
            "cold": {"encoder_ms": large_cold, f"{small}_ms": small_cold, "ratio": self.cold},
        }

    def table(self, layers: int, small: str) -> list[tuple[object, ...]]:
        """For the reader."""
        return [
            ("", f"{layers}-layer encoder ms", f"{small} ms", "ratio"),
            ("warm", self.large_ms[0], self.small_ms[0], str(self.warm)),
            ("cold", self.large_ms[1], self.small_ms[1], f"{self.cold:.2f}"),
        ]

    @property
    def note(self) -> str:
        """How it was measured."""
        return f"warm: medians of {self.blocks} interleaved blocks of {CALLS} calls; cold: {CALLS} calls in turn"


def compare(large: GraphRunner, small: GraphRunner, feed: Callable[[], None], blocks: int) -> Comparison:
    """Time both; `feed` gives the small one its next input."""
    contenders = [Contender(large.run), Contender(small.run, feed)]
    large_s, small_s = warm(contenders, blocks)
    large_cold, small_cold = alternating(contenders)
    large_ms, small_ms = (statistics.median(seconds) * 1e3 for seconds in (large_s, small_s))
    return Comparison((large_ms, large_cold * 1e3), (small_ms, small_cold * 1e3), ratio(large_s, small_s), blocks)


def token_ids(length: int) -> dict[str, Any]:
    """What the large encoder takes: random ids, no padding."""
    ids = np.random.default_rng(1).integers(VOCABULARY, size=(1, length), dtype=np.int32)
    return {"token_ids": ids, "segment_ids": np.zeros_like(ids), "padding_mask": np.ones_like(ids)}


def encoder_file(layers: int, length: int) -> bytes:
    """The large encoder's file, converted where build/ does not hold it yet."""
    try:
        made_by = version("keras-hub")
    except PackageNotFoundError as error:
        raise MissingExtraError("keras-hub is not installed: pip install keras-hub") from error
    kept = ROOT / "build" / "benchmarks" / f"bert-{layers}x{WIDTH}x{INNER}-{length}-keras-hub-{made_by}.tflite"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with needs_workshop(), quiet_runtime():
            content = _convert(layers, length)
        write_atomically(kept, content)
    return kept.read_bytes()


def _convert(layers: int, length: int) -> bytes:
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    encoder = importlib.import_module("keras_hub").models.BertBackbone(
        vocabulary_size=VOCABULARY,
        num_layers=layers,
        num_heads=HEADS,
        hidden_dim=WIDTH,
        intermediate_dim=INNER,
        max_sequence_length=POSITIONS,
    )
    specs = {name: tf.TensorSpec((1, length), tf.int32, name=name) for name in token_ids(length)}

    def infer(**inputs: tf.Tensor) -> Any:
        return encoder(inputs, training=False)

    module = tf.Module()
    # a module does not find a Keras layer's variables by itself
    module.weights = [weight.value for weight in encoder.weights]
    signature = tf.function(infer, autograph=False).get_concrete_function(**specs)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={SIGNATURE: signature})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        return bytes(converter.convert())


if __name__ == "__main__":
    run(arguments(), measure)
