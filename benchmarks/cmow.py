"""CMOW of the published size against an encoder of DistilBERT's size, both int8, one thread, as many tokens.

CMOW has 30,522 tokens, 20 x 20 matrices in both directions and vectors of 400, in a file of its own that gives the
vector of a text; each call reads other random tokens. Its weights are random, which changes no time. The large encoder
is that of teacher.py with 6 layers. Parameters are counted with the paper's classifier for pairs on top.

Warm: in interleaved blocks. Cold: called in turn, so that each finds the cache as the other left it. Needs
`pip install "edgenlp[train]" keras-hub`.
"""

from __future__ import annotations

import argparse
import itertools
from typing import Any, Final

import numpy as np

from edgenlp.cli.arguments import positive
from edgenlp.cli.workshop import needs_workshop
from edgenlp.runtime.quiet import quiet_runtime
from graphs import GraphRunner, one_length
from report import Promise, Report, parser, run
from teacher import SIGNATURE, compare, encoder_file, token_ids
from timing import BLOCKS, CALLS

TOKENS: Final = 30_522
LAYERS: Final = 6
HIDDEN: Final = 1_000
LEAST: Final = 20.0
PARAMETERS: Final = 40_300_000


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__)
    made.add_argument("--length", type=positive, default=32, help="tokens of both (default: %(default)s)")
    made.add_argument(
        "--layers", type=positive, default=LAYERS, help="of the large encoder (default: %(default)s, as DistilBERT)"
    )
    made.add_argument("--tokens", type=positive, default=TOKENS, help="of CMOW's vocabulary (default: %(default)s)")
    made.add_argument("--blocks", type=positive, default=BLOCKS, help="of each contender (default: %(default)s)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """Both networks, warm and cold, and what CMOW holds."""
    length = options.length
    with needs_workshop(), quiet_runtime():
        file, parameters = _cmow(options.tokens, length)
        large = GraphRunner(one_length(encoder_file(options.layers, length), SIGNATURE))
        small = GraphRunner(one_length(file, f"length_{length}"))
    large.set(token_ids(length))
    draw = np.random.default_rng(1)
    texts = itertools.cycle([draw.integers(1, options.tokens, (1, length), np.int32) for _ in range(CALLS)])
    found = compare(large, small, lambda: small.set({"ids": next(texts)}), options.blocks)
    figures: dict[str, Any] = {
        "length": length,
        "layers": options.layers,
        "tokens": options.tokens,
        "parameters": parameters,
        "bytes": len(file),
        **found.figures("cmow"),
    }
    notes = (
        found.note,
        f"{length} tokens, one thread; CMOW's file has {len(file):,} bytes",
    )
    published = (options.layers, options.tokens) == (LAYERS, TOKENS)
    promises = [
        Promise("encoder / CMOW, warm", found.warm.median, "at least", LEAST),
        Promise("parameters with a classifier for pairs", parameters, "at most", PARAMETERS),
    ]
    return Report(figures, found.table(options.layers, "CMOW"), notes, promises if published else ())


def _cmow(tokens: int, length: int) -> tuple[bytes, int]:
    """The int8 file of the encoder alone, and the parameters of a student for pairs."""
    import keras

    from edgenlp.export.convert import convert
    from edgenlp.interfaces import Example, Tokens
    from edgenlp.text.vocabulary import wordpiece_asset
    from edgenlp.training.student import Student, build_student
    from edgenlp_classification.classification import PairClassifier
    from edgenlp_cmow import CMOWEncoder

    class Pooled(keras.layers.Layer):  # type: ignore[misc]
        """A head that says the vector of the text."""

        def call(self, encoded: dict[str, Any], training: bool = False) -> dict[str, Any]:  # noqa: ARG002
            """`pooled`, as the encoder gives it."""
            return {"pooled": encoded["pooled"]}

    encoder, head = CMOWEncoder(), PairClassifier()
    config = encoder.Config()
    head_config = head.Config(hidden=HIDDEN, layer_normalization=True)
    pieces = ["[PAD]", "[UNK]", *(f"w{number}" for number in range(tokens - 2))]
    assets = {"vocabulary": wordpiece_asset(pieces, lowercase=False)}
    labels = head.fit([Example(("", ""), "no"), Example(("", ""), "yes")], head_config)
    featurizer = encoder.featurizer(config, assets)
    pairs = build_student(encoder, config, head, head_config, (assets, labels), featurizer, seed=1)
    alone = Student(pairs.encoder, Pooled())
    # Keras traces a model that was never called once more than the converter does
    alone((featurizer.inputs(Tokens("", []), length),))
    return convert(alone, featurizer, 1, [length], "dynamic"), pairs.count_params()


if __name__ == "__main__":
    run(arguments(), measure)
