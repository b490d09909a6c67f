"""Thai as people write it, without spaces between words, beside Thai that is cut into words.

For each of MTOD and MTOP whose labels the model has, the Thai dev rows that it has not learnt, in up to three forms:

- `words apart`: a space between all words, as the data's own tokenizer cut them;
- `as written`: MTOD's utterances, which have a space here and there; MTOP's come with their words apart;
- `together`: no space between two Thai letters.

Spans go along with their words. `recut` counts the rows whose tokens are others than those of `words apart`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from edgenlp import Model, load
from edgenlp.cli.workshop import needs_workshop
from edgenlp.data import read_examples
from edgenlp.data.edits import edited
from edgenlp.data.meanings import text_key
from edgenlp.errors import DataError
from edgenlp.evaluation import evaluate
from edgenlp.interfaces import Example, Node
from edgenlp.text import segment
from report import ROOT, Promise, Report, parser, run

SAMPLES: Final = ROOT / "tests" / "data"
LEAST: Final = 0.9
METRIC: Final = "exact_match"
BETWEEN_THAI: Final = re.compile(r"(?<=[\u0E00-\u0E7F])\s+(?=[\u0E00-\u0E7F])")

APART, WRITTEN, TOGETHER = "words apart", "as written", "together"

Forms = dict[str, list[Example]]
"""The same rows in each form."""


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    return parser(__doc__, model=True, data=True)


def measure(options: argparse.Namespace) -> Report:
    """Each data set in each form."""
    model = load(options.model)
    if "th" not in model.manifest.languages:
        raise DataError(f"{model.name!r} is not a model of Thai.")
    labels = set(model.head.labels(model.files))
    learnt = _learnt(model, options.data)
    figures: dict[str, Any] = {}
    promises = []
    for name, forms in _data_sets(options.data).items():
        if not labels & {example.target.label for example in forms[APART] if isinstance(example.target, Node)}:
            continue
        rows = [row for row, example in enumerate(forms[next(iter(forms))]) if _key(example) not in learnt]
        if not rows:
            raise DataError(f"the model has learnt all Thai rows of {name}: take a model of one of its folds.")
        figures[name] = {form: _measured(model, forms, form, rows) for form in forms}
        ratio = figures[name][TOGETHER][METRIC] / max(figures[name][APART][METRIC], 1e-9)
        promises.append(Promise(f"{METRIC} of {name} together by that of words apart", ratio, "at least", LEAST))
    if not figures:
        raise DataError(f"{model.name!r} has the labels of neither MTOD nor MTOP.")
    table: list[Sequence[object]] = []
    for name, forms in figures.items():
        table = table or [("", "form", *forms[APART])]
        table += [(name, form, *found.values()) for form, found in forms.items()]
    return Report(figures, table, promises=promises)


def _learnt(model: Model, data: Path | None) -> set[str]:
    """The texts that the model's recipe learns, in any form; without the data, those of the samples are dev rows."""
    if data is None:
        return set()
    with needs_workshop():
        from edgenlp.training.recipe import Recipe
        from edgenlp.training.splits import read_splits

    recipe = Recipe.model_validate(model.manifest.recipe)
    # texts that nobody labelled move no row, and translations among them may not be at hand
    labelled = recipe.model_copy(update={"data": recipe.data.model_copy(update={"unlabelled": []})})
    splits = read_splits(labelled, data)
    return set(map(_key, (*splits.train, *splits.tuning)))


def _key(example: Example) -> str:
    """The same for each form of a text."""
    return text_key(example.text)


def _data_sets(data: Path | None) -> dict[str, Forms]:
    """MTOD and MTOP; the first form of each is the one that a recipe reads."""
    mtod = data / "mtod" / "th" / "eval-th.tsv" if data else SAMPLES / "mtod" / "eval-th.tsv"
    mtop = data / "mtop" / "xsemplr" / "th.dev.tsv" if data else SAMPLES / "mtop" / "th.dev.tsv"
    written, apart = read_examples(mtod, "mtod"), read_examples(mtod, "mtod", words="apart")
    segmented = read_examples(mtop, "mtop")
    return {
        "MTOD": {WRITTEN: written, APART: apart, TOGETHER: [_together(example) for example in written]},
        "MTOP": {APART: segmented, TOGETHER: [_together(example) for example in segmented]},
    }


def _together(example: Example) -> Example:
    return edited(example, [{space.span(): "" for space in BETWEEN_THAI.finditer(str(example.text))}])


def _measured(model: Model, forms: Forms, form: str, rows: Sequence[int]) -> dict[str, float]:
    found = evaluate(model, [forms[form][row] for row in rows], max_unknown=1.0)
    recut = sum(_tokens(forms[form][row]) != _tokens(forms[APART][row]) for row in rows)
    return {"rows": found.examples, "recut": recut, **found.metrics}


def _tokens(example: Example) -> list[str]:
    text = str(example.text)
    return [text[start:end] for start, end in segment(text, len(text))[0]]


if __name__ == "__main__":
    run(arguments(), measure)
