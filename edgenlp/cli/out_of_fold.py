"""Whose the figures are of a model that has learnt all folds, in words."""

from __future__ import annotations

from edgenlp.artifact import Manifest


def explain_out_of_fold(name: str, manifest: Manifest) -> str:
    """Sentences about a model whose figures out of fold are those of other runs; empty for a model without such.

    Args:
        name: what the sentences call the model.
        manifest: its own; any content of `metrics` will do.
    """
    match manifest.metrics.get("out_of_fold"):
        case {"folds": {"held_out": [fold], "of": of}}:
            whose = (
                f"another run (float weights) that had not learnt the measured rows: it held out fold {fold} of {of}"
            )
        case {"folds": {"held_out": [_, *_] as folds, "of": of}}:
            whose = (
                "other runs (float weights), none of which had learnt the rows that it measured: they held out folds "
                f"{', '.join(map(str, folds))} of {of}, one each"
            )
        case _:
            return ""
    return f"{name} has learnt all rows{_but(manifest)}. Its figures out of fold are those of {whose}."


def _but(manifest: Manifest) -> str:
    """The rows that no fold decides about, and that are not learnt."""
    kept = [words for key, words in (("tuning_rows", "to tune"), ("dev_rows", "of dev")) if manifest.data.get(key)]
    return f" but those {' and those '.join(kept)}" if kept else ""
