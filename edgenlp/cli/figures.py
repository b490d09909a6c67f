"""What a model was measured with, as verbs print it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from edgenlp.artifact import Manifest


class Figures(NamedTuple):
    """What was measured on some rows.

    Attributes:
        measured: the rows' kind, such as `dev`.
        language: of the rows, all of a model's, or `all` beside figures of each.
        examples: how many.
        metrics: fractions of 1 by name, one at least.
    """

    measured: str
    language: str
    examples: int
    metrics: dict[str, float]


def figures_of(manifest: Manifest) -> Iterator[Figures]:
    """A model's figures, by language where there are several; any content of its `metrics` will do."""
    for measured, whole in manifest.metrics.items():
        if not isinstance(whole, dict):
            continue
        match whole.get("languages"):
            case {} as languages if languages:
                parts = {**({"all": whole} if len(languages) > 1 else {}), **languages}
            case _:
                parts = {" ".join(manifest.languages): whole}
        for language, part in parts.items():
            match part:
                case {"examples": int(examples), "metrics": dict(metrics)} if metrics and _are_numbers(metrics):
                    yield Figures(measured.replace("_", " "), language, examples, metrics)


def _are_numbers(metrics: dict[str, Any]) -> bool:
    return all(isinstance(figure, int | float) for figure in metrics.values())
