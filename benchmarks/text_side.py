"""What a prediction costs beside the network: featurizing and decoding utterances of ten words, each seen once.

Three states of the featurizer's token cache:

- `cold`: none of the utterance's tokens is in it;
- `warm`: as other utterances (MTOP's training rows) leave it, these being new to it;
- `known`: every token is in it.

`tokenize`, `features` and `decode` are timed, the last on the network's real outputs, which are computed before. In the
rows `network between` the network runs in its place, untimed: its weights then push what the text side uses out of the
processor's caches, as in a prediction.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from edgenlp.cli.arguments import positive
from edgenlp.cli.loading import load_quietly
from edgenlp.errors import DataError
from edgenlp.interfaces import Arrays, Featurizer
from edgenlp.runtime import Model, graph_inputs
from report import Promise, Report, parser, run
from samples import utterances

WORDS: Final = 10
MOST_COLD_US: Final = 150.0
MOST_WARM_US: Final = 80.0
OTHER_WORDS: Final = "ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα δέκα"
"""What a new featurizer sees first, so that `cold` is the token cache alone and not the processor's."""


class Seconds(NamedTuple):
    """What one utterance took."""

    tokenize: float
    features: float
    decode: float

    @property
    def whole(self) -> float:
        """Featurizing and decoding."""
        return sum(self)


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, model=True, data=True)
    made.add_argument("--words", type=positive, default=WORDS, help="of each utterance (default: %(default)s)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """The three states."""
    model = load_quietly(options.model)
    others = utterances("train", options.data)
    texts = [text for text in utterances("dev", options.data) if len(text.split()) == options.words]
    texts = [text for text in texts if text not in set(others)]
    if not texts:
        raise DataError(f"there is no utterance of {options.words} words to measure with.")
    fresh = [_having_seen(model, [OTHER_WORDS]) for _ in texts]
    warm, known = _having_seen(model, others), _having_seen(model, texts)
    states = {
        "cold": _measured(model, texts, fresh, between=False),
        "warm": _measured(model, texts, [warm] * len(texts), between=False),
        "known": _measured(model, texts, [known] * len(texts), between=False),
    }
    fresh = [_having_seen(model, [OTHER_WORDS]) for _ in texts]
    warm = _having_seen(model, others)
    states |= {
        "cold, network between": _measured(model, texts, fresh, between=True),
        "warm, network between": _measured(model, texts, [warm] * len(texts), between=True),
    }
    figures = {state: _microseconds(seconds) for state, seconds in states.items()}
    heading = ("microseconds", *(name.replace("_", " ") for name in figures["cold"]))
    table = [heading, *((state, *map("{:.1f}".format, found.values())) for state, found in figures.items())]
    return Report(
        {"utterances": len(texts), "words": options.words, **figures},
        table,
        (f"medians over {len(texts)} distinct utterances of {options.words} words, one thread",),
        [
            Promise("featurize + decode, cold, microseconds", figures["cold"]["whole"], "at most", MOST_COLD_US),
            Promise("featurize + decode, warm, microseconds", figures["warm"]["whole"], "at most", MOST_WARM_US),
        ],
    )


def _having_seen(model: Model, texts: Sequence[str]) -> Featurizer:
    """A new featurizer with the tokens of these texts in its cache."""
    featurizer = model.new_featurizer()
    limit = max(model.signatures)
    for text in texts:
        graph_inputs(featurizer, [featurizer.tokenize(text, limit)], limit)
    return featurizer


def _measured(model: Model, texts: Sequence[str], featurizers: Sequence[Featurizer], between: bool) -> list[Seconds]:
    """Each text once, in order, by its featurizer; `between` runs the network before each decoding."""
    outputs = [_outputs(model, text) for text in texts]
    _seconds(model, model.new_featurizer(), OTHER_WORDS, _outputs(model, OTHER_WORDS), between)
    return [
        _seconds(model, featurizer, text, output, between)
        for featurizer, text, output in zip(featurizers, texts, outputs, strict=True)
    ]


def _outputs(model: Model, text: str) -> Arrays:
    tokens = model.tokenize(text)
    length, signature = model.signature_for(tokens)
    return model.network.run(signature, model.features(tokens, length))


def _seconds(model: Model, featurizer: Featurizer, text: str, outputs: Arrays, between: bool) -> Seconds:
    limit, clock = max(model.signatures), time.perf_counter
    start = clock()
    tokens = [featurizer.tokenize(text, limit)]
    tokenized = clock()
    length, signature = model.signature_for(tokens)
    features = graph_inputs(featurizer, tokens, length)
    featurized = clock()
    if between:
        outputs = model.network.run(signature, features)
    computed = clock()
    model.decode(outputs, tokens)
    decoded = clock()
    return Seconds(tokenized - start, featurized - tokenized, decoded - computed)


def _microseconds(measured: Sequence[Seconds]) -> dict[str, float]:
    medians = {name: statistics.median(getattr(seconds, name) for seconds in measured) for name in Seconds._fields}
    whole = sorted(seconds.whole for seconds in measured)
    figures = {**medians, "whole": statistics.median(whole), "whole_90_percent": whole[len(whole) * 9 // 10]}
    return {name: round(seconds * 1e6, 1) for name, seconds in figures.items()}


if __name__ == "__main__":
    run(arguments(), measure)
