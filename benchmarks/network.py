"""The network against its own matrix products, at each of the model's lengths.

The matrix products are a file of their own: every CONV_2D and FULLY_CONNECTED of the network with the same shapes
and the same quantized weights, each on an input of its own. What the network takes longer is what a
quasi-recurrent network does beside them: so the promise is pQRNN's, and there is none for CMOW, whose own products are
BATCH_MATMUL. `call` is what a prediction pays: the same network through `Model.network`, arrays in and out.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from collections.abc import Sequence
from typing import Any, Final

from edgenlp import artifact
from edgenlp.cli.arguments import positive
from edgenlp.cli.loading import load_quietly
from edgenlp.interfaces import Arrays
from edgenlp.runtime import Model
from edgenlp.runtime.catalogue import resolve
from edgenlp.runtime.quiet import quiet_runtime
from graphs import GraphRunner, matrix_products, one_length
from report import Promise, Report, parser, run
from samples import utterances
from timing import BLOCKS, CALLS, Contender, ratio, warm

MOST: Final = 1.4


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, model=True, data=True)
    made.add_argument("--blocks", type=positive, default=BLOCKS, help="of each contender (default: %(default)s)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """Both graphs at each length, in interleaved blocks."""
    source = artifact.read(resolve(options.model))
    model = load_quietly(options.model)
    texts = utterances("dev", options.data)
    figures = {
        length: _compare(model, source.graph, signature, real_inputs(model, texts, length), options.blocks)
        for length, signature in model.signatures.items()
    }
    heading = ("tokens", "utterances", "products", "products ms", "network ms", "call ms", "ratio", "least", "greatest")
    table = [
        heading,
        *((length, *(found[name.replace(" ", "_")] for name in heading[1:])) for length, found in figures.items()),
    ]
    return Report(
        {str(length): found for length, found in figures.items()},
        table,
        (f"medians of {options.blocks} interleaved warm blocks of {CALLS} calls; {model.network.runtime}, one thread",),
        [
            Promise(f"network / its matrix products, {length} tokens", found["ratio"], "at most", MOST)
            for length, found in figures.items()
            if source.manifest.encoder.name == "pqrnn"
        ],
    )


def real_inputs(model: Model, texts: Sequence[str], length: int) -> list[Arrays]:
    """The network's inputs for the texts that take the signature of this length; for all that fit where none does."""
    tokens = [model.tokenize(text) for text in texts]
    own = [part for part in tokens if model.signature_for(part)[0] == length]
    fitting = own or [part for part in tokens if len(part[0]) <= length]
    return [model.features(part, length) for part in fitting]


def _compare(model: Model, graph: bytes, signature: str, inputs: Sequence[Arrays], blocks: int) -> dict[str, Any]:
    content, count = matrix_products(graph, signature)
    with quiet_runtime():
        network, products = GraphRunner(one_length(graph, signature)), GraphRunner(content)
    products.set_random()
    given, called = itertools.cycle(inputs), itertools.cycle(inputs)
    contenders = [
        Contender(products.run),
        Contender(network.run, lambda: network.set(next(given))),
        Contender(lambda: model.network.run(signature, next(called))),
    ]
    product_s, network_s, call_s = warm(contenders, blocks)
    against = ratio(network_s, product_s)
    return {
        "utterances": len(inputs),
        "products": count,
        "products_ms": statistics.median(product_s) * 1e3,
        "network_ms": statistics.median(network_s) * 1e3,
        "call_ms": statistics.median(call_s) * 1e3,
        "ratio": against.median,
        "least": against.least,
        "greatest": against.greatest,
    }


if __name__ == "__main__":
    run(arguments(), measure)
