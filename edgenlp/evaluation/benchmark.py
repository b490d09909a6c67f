"""How long each step of a prediction takes, on one machine, with real and distinct texts."""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from edgenlp.errors import DataError, TextError
from edgenlp.evaluation.golden import golden_texts
from edgenlp.interfaces import Text, parts
from edgenlp.runtime import Model, graph_inputs, load

CALLS: Final = 200
LONGEST_TEXT: Final = 200


def benchmark(path_or_name: str | Path, texts: Sequence[Text] | None = None, threads: int = 1) -> dict[str, Any]:
    """Load a model and measure it; all times are medians.

    Args:
        path_or_name: as for `edgenlp.load`.
        texts: what is predicted; by default the model's golden texts of at most 200 characters.
        threads: that the TFLite runtime uses.

    Returns:
        `load_ms`; `predict_ms`, warm; `network_ms` by signature length, interleaved in blocks of 200 calls;
        `featurize_us`, each text by a featurizer with an empty token cache; `featurize_warm_us`; `decode_us`;
        `peak_rss_mb` of the process; `texts`, how many; `threads`; `runtime`.

    Raises:
        EdgeNLPError: the model cannot be used, or takes none of the texts.
        ValueError: as by `edgenlp.load`.
    """
    start = time.perf_counter()
    model = load(path_or_name, threads=threads)
    load_ms = (time.perf_counter() - start) * 1e3
    usable = _usable(model, _default_texts(model) if texts is None else texts)
    featurize_cold = [_seconds(_fresh(model), text) for text in usable]
    rounds = range(-(-CALLS // len(usable)))
    for text in usable:
        model.predict(text)
    predict = [_seconds(model.predict, text) for _ in rounds for text in usable]
    featurize_warm = [_seconds(_featurize, model, text) for _ in rounds for text in usable]
    return {
        "load_ms": _round(load_ms),
        "predict_ms": _median(predict, 1e3),
        "network_ms": _network_ms(model, usable),
        "featurize_us": _median(featurize_cold, 1e6),
        "featurize_warm_us": _median(featurize_warm, 1e6),
        "decode_us": _median(_decode_seconds(model, usable), 1e6),
        "peak_rss_mb": peak_rss_mb(),
        "texts": len(usable),
        "threads": threads,
        "runtime": str(model.network.runtime),
    }


def peak_rss_mb() -> float:
    """The most memory that this process has held, in megabytes."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return _round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def _default_texts(model: Model) -> list[Text]:
    return [text for text in golden_texts(model) if len("".join(text)) <= LONGEST_TEXT]


def _usable(model: Model, texts: Sequence[Text]) -> list[Text]:
    """Each text that the model takes, once."""
    usable: list[Text] = []
    refused: list[TextError] = []
    for text in dict.fromkeys(texts):
        try:
            model.tokenize(text)
        except TextError as error:
            refused.append(error)
        else:
            usable.append(text)
    if not usable:
        raise DataError(f"there is no text to measure with: {refused[0] if refused else 'none is given.'}")
    return usable


def _fresh(model: Model) -> Callable[[Text], None]:
    """Featurizes with an empty token cache."""
    featurizer, limit = model.new_featurizer(), max(model.signatures)

    def featurize(text: Text) -> None:
        tokens = [featurizer.tokenize(part, limit) for part in parts(text)]
        graph_inputs(featurizer, tokens, model.signature_for(tokens)[0])

    return featurize


def _featurize(model: Model, text: Text) -> None:
    tokens = model.tokenize(text)
    model.features(tokens, model.signature_for(tokens)[0])


def _network_ms(model: Model, texts: Sequence[Text]) -> dict[str, float]:
    tokens = [model.tokenize(text) for text in texts]
    times: dict[int, list[float]] = {length: [] for length in model.signatures}
    for _ in range(3):
        for length, signature in model.signatures.items():
            inputs = [model.features(part, length) for part in tokens if max(map(len, part)) <= length]
            for features in itertools.islice(itertools.cycle(inputs), CALLS):
                times[length].append(_seconds(model.network.run, signature, features))
    return {str(length): _median(seconds, 1e3) for length, seconds in times.items() if seconds}


def _decode_seconds(model: Model, texts: Sequence[Text]) -> list[float]:
    times = []
    for text in texts:
        tokens = model.tokenize(text)
        length, signature = model.signature_for(tokens)
        outputs = model.network.run(signature, model.features(tokens, length))
        times.append(_seconds(model.decode, outputs, tokens))
    return times


def _seconds(call: Callable[..., object], *arguments: Any) -> float:
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def _median(seconds: Sequence[float], scale: float) -> float:
    return _round(statistics.median(seconds) * scale)


def _round(value: float) -> float:
    return round(value, 4)
