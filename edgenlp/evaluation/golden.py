"""Golden vectors: texts that travel in a model with what it made of them when it was exported.

`golden.jsonl` has one JSON object a line:

- `text`: a text, or a list of two;
- `features`: SHA-256, in hex, over the graph's inputs by ascending name: the name in UTF-8, a zero byte, the dtype's
  name (`float32`), a zero byte, the shape as decimal numbers joined by commas, a zero byte, and the little-endian
  values; the inputs are those of the shortest signature that holds the text;
- `prediction`: the decoded result without its text, and in the place of a value of a range its share of the range;
  floats have 4 decimals, and of objects that hold only numbers (the scores of labels) those below 0.001 are left out.

Features must agree to the bit. Runtimes round differently, so floats of the prediction may differ by `TOLERANCE`; and
an answer of at most even odds may give way to another one that is as probable: a tie, counted but no mismatch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from edgenlp.artifact import GOLDEN
from edgenlp.errors import EdgeNLPError, ModelError
from edgenlp.interfaces import Arrays, Prediction, Regression, Text
from edgenlp.runtime import Model

TOLERANCE: Final = 0.05
"""Of probabilities, and of shares of a range. Two runtimes were seen 0.026 apart, each as far from the float graph."""
MOST_TIES: Final = 0.1
"""Another runtime turns few answers; where more turn, the decoder reads something else than it did."""
EVEN_ODDS: Final = 0.5
SMALLEST: Final = 0.001
DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A golden vector that a model does not reproduce.

    Attributes:
        line: of `golden.jsonl`, from 1.
        text: the input.
        what: `features`, `prediction`, or the sentence of an error.
        expected: as exported.
        found: as now.
    """

    line: int
    text: Text
    what: str
    expected: Any
    found: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of the golden vectors.

    Attributes:
        vectors: how many there are.
        ties: how many have another answer that is as probable as the exported one.
        mismatches: those that are not reproduced.
    """

    vectors: int
    ties: int
    mismatches: list[Mismatch]


def golden(model: Model, texts: Iterable[Text]) -> bytes:
    """The file `golden.jsonl` for a model that is about to be written.

    Raises:
        TextError: a text is one that the model refuses.
    """
    lines = []
    for text in texts:
        features, prediction = _replay(model, text)
        vector = {"text": text, "features": features, "prediction": prediction}
        lines.append(json.dumps(vector, sort_keys=True, separators=(",", ":")) + "\n")
    return "".join(lines).encode()


def golden_texts(model: Model) -> list[Text]:
    """The texts of the model's golden vectors.

    Raises:
        ModelError: it has none, or they are damaged.
    """
    return [vector["text"] for vector in _vectors(model)]


def verify(model: Model) -> Replay:
    """Replay the golden vectors.

    Raises:
        ModelError: the model has no golden vectors, or they are damaged.
    """
    vectors = _vectors(model)
    ties: list[Mismatch] = []
    mismatches: list[Mismatch] = []
    for line, vector in enumerate(vectors, 1):
        text = vector["text"]
        try:
            features, prediction = _replay(model, text)
        except EdgeNLPError as error:
            mismatches.append(Mismatch(line, text, str(error), None, None))
            continue
        if features != vector["features"]:
            mismatches.append(Mismatch(line, text, "features", vector["features"], features))
        elif not _agree(vector["prediction"], prediction):
            tied = _tie(vector["prediction"], prediction)
            (ties if tied else mismatches).append(Mismatch(line, text, "prediction", vector["prediction"], prediction))
    if len(ties) > max(1, MOST_TIES * len(vectors)):
        ties, mismatches = [], sorted([*mismatches, *ties], key=lambda mismatch: mismatch.line)
    return Replay(len(vectors), len(ties), mismatches)


def digest(features: Arrays) -> str:
    """SHA-256 of the graph's inputs, as defined at the head of this module."""
    sha256 = hashlib.sha256()
    for name, array in sorted(features.items()):
        shape = ",".join(map(str, array.shape))
        sha256.update(f"{name}\0{array.dtype.name}\0{shape}\0".encode())
        sha256.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
    return sha256.hexdigest()


def _vectors(model: Model) -> list[dict[str, Any]]:
    content = model.files.get(GOLDEN)
    if not content:
        raise ModelError(f"the model {model.name!r} has no golden vectors: export it again.")
    vectors = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            vector = json.loads(line)
            text = vector["text"]
            if not isinstance(vector["features"], str) or not isinstance(vector["prediction"], dict):
                raise TypeError(vector)
            vectors.append({**vector, "text": text if isinstance(text, str) else tuple(text)})
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"line {number} of {GOLDEN} in {model.name!r} is not a golden vector.") from error
    return vectors


def _replay(model: Model, text: Text) -> tuple[str, dict[str, Any]]:
    tokens = model.tokenize(text)
    length, signature = model.signature_for(tokens)
    features = model.features(tokens, length)
    return digest(features), _plain(model.decode(model.network.run(signature, features), tokens))


def _plain(prediction: Prediction) -> dict[str, Any]:
    values = prediction.to_dict()
    values.pop("text", None)
    if isinstance(prediction, Regression):
        values["value"] = prediction.share
    plain: dict[str, Any] = _rounded(values)
    return plain


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, Mapping):
        kept = {name: item for name, item in value.items() if not (_numbers(value) and item < SMALLEST)}
        return {name: _rounded(item) for name, item in kept.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def _agree(expected: Any, found: Any) -> bool:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        default = 0.0 if _numbers(expected) and _numbers(found) else None
        return all(_agree(expected.get(key, default), found.get(key, default)) for key in {*expected, *found})
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(_agree, expected, found))
    if isinstance(expected, float) and isinstance(found, float):
        return abs(expected - found) <= TOLERANCE
    return bool(expected == found)


def _tie(expected: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Two answers can be equally probable only where neither has better than even odds."""
    once, again = expected.get("score"), found.get("score")
    if not isinstance(once, float) or not isinstance(again, float):
        return False
    if expected.get("truncated") != found.get("truncated"):
        return False
    return abs(once - again) <= TOLERANCE and max(once, again) <= EVEN_ODDS + TOLERANCE


def _numbers(value: Mapping[str, Any]) -> bool:
    return all(isinstance(item, float) for item in value.values())
