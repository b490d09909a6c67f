"""Writes `tests/golden/predictions`: what models make of some texts, from the text to the answer, step by step.

Every platform replays these files with its own interpreter. `NAME.jsonl` is of `tests/golden/models/NAME.tflite`, or of
the model NAME that comes with the package, and has one JSON object a line:

- `text`: lone surrogates are JSON escapes;
- `tokens`: their spans, in code points of the text;
- `length`, `signature`: of the graph that runs;
- `features`: the digest of its inputs, as in a model's own golden vectors (`edgenlp/evaluation/golden.py`);
- `outputs`: the graph's outputs by name, without the batch dimension, and without rows for padding;
- `prediction`: the decoded result, its `text` left out; of a parse also `root`, the whole tree, whose nodes have
  `label`, `spans` (in code points, a leaf's) and `children`.

All but `text` and `tokens` are null for a text that the model refuses: one without tokens.

Needs the device side alone, so that it can run where the models do.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import edgenlp
from edgenlp.errors import TextError
from edgenlp.evaluation.golden import digest
from edgenlp.interfaces import Parse, Prediction, Tokens
from edgenlp.runtime import Model, bundled_models
from edgenlp.text import golden_texts

GOLDEN: Final = Path(__file__).resolve().parent.parent / "tests" / "golden"
TARGET: Final = GOLDEN / "predictions"
BUNDLED: Final = {model.name: model.path for model in bundled_models()}
MODELS: Final = {
    **BUNDLED,
    **{path.stem: path for path in sorted((GOLDEN / "models").glob("*.tflite"))},
}

OF_EACH_SCRIPT: Final = 1
SHORT: Final = 120
"""A longer golden string is taken where it is golden for its length alone."""

UTTERANCES: Final = (
    "wake me up at 7 pm tomorrow",
    "Set an alarm for 6:30am, and a timer for ten minutes!",
    "remind me to call Zoë at 7pm, don't forget",
    "Will it rain in São Paulo this weekend",
    "Stelle einen Wecker für morgen früh um 7",
    "Spiel bitte das neue Album von Rammstein ab",
    "Ruf meine Mutter an und füge Peter zum Anruf hinzu",
    "play some jazz on spotify",
    "add this song to my road trip playlist",
    "book a table for two near the station at noon",
    "what's my credit score 🤔",
    "how much is 20 euros in dollars",
    "क्या कल मुंबई में बारिश होगी",
    "พรุ่งนี้ฝนจะตกไหม",
    "明日の天気はどうですか",
)
"""In the models' languages or near them."""


def texts(name: str) -> list[str]:
    """What a model reads: utterances; and, where it has few outputs, a golden string of each script and oddity."""
    if name in BUNDLED:
        return list(UTTERANCES)
    seen: dict[str, int] = {}
    kept = []
    for script, text in golden_texts():
        seen[script] = seen.get(script, 0) + (len(text) <= SHORT or script == "Long")
        if seen[script] <= OF_EACH_SCRIPT and (len(text) <= SHORT or script == "Long"):
            kept.append(text)
    return [*UTTERANCES, *kept]


def vector(model: Model, text: str) -> dict[str, Any]:
    """What a model makes of one text, as the head of this module says."""
    try:
        (tokens,) = read = model.tokenize(text)
    except TextError:
        refused = dict.fromkeys(("length", "signature", "features", "outputs", "prediction"))
        return {"text": text, "tokens": [], **refused}
    length, signature = model.signature_for(read)
    features = model.features(read, length)
    outputs = model.network.run(signature, features)
    return {
        "text": text,
        "tokens": tokens.spans,
        "length": length,
        "signature": signature,
        "features": digest(features),
        "outputs": _outputs(outputs, read),
        "prediction": plain(model.decode(outputs, read)),
    }


def lines(name: str, model: Model | None = None) -> list[str]:
    """The lines of a model's file, ASCII only; `model` is the one of that name where it runs in another runtime."""
    model = model or edgenlp.load(MODELS[name])
    return [json.dumps(vector(model, text), separators=(",", ":")) for text in texts(name)]


def _outputs(outputs: Mapping[str, Any], read: Sequence[Tokens]) -> dict[str, Any]:
    (tokens,) = read
    rows = {name: array[0] if array.ndim < 3 else array[0, : len(tokens)] for name, array in outputs.items()}
    return {name: _shortest(array) for name, array in sorted(rows.items())}


def _shortest(array: Any) -> Any:
    """Nested lists of the shortest decimals that are these float32 and no others."""
    return [_shortest(row) for row in array] if array.ndim else float(str(array))


def plain(prediction: Prediction) -> dict[str, Any]:
    """A decoded result without its text, and with the whole tree of a parse."""
    values = prediction.to_dict()
    del values["text"]
    if isinstance(prediction, Parse):
        values["root"] = dataclasses.asdict(prediction.root)
    return values


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "target", type=Path, nargs="?", default=TARGET, help="a folder; by default the repository's own"
    )
    parser.add_argument("names", nargs="*", choices=MODELS, metavar="NAME", help="of a model; by default all")
    arguments = parser.parse_args()
    arguments.target.mkdir(exist_ok=True)
    for name in arguments.names or MODELS:
        (arguments.target / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines(name)), encoding="ascii")


if __name__ == "__main__":
    main()
