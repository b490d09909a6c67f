"""Rearranged English stands nearer to other languages, on rows that taught nothing."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import pytest

from edgenlp.errors import DataError

ROOT = Path(__file__).resolve().parents[2]
RECIPE = """
name = "order"

[encoder]
name = "pqrnn"

[head]
name = "semantic_parsing"

[data]
train = [{sources}]
folds = 2
"""


@pytest.fixture
def word_order(monkeypatch):
    """The module benchmarks/word_order.py."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("word_order")


def measured(word_order, folder, languages):
    sources = ", ".join(f'{{ path = "mtop/{tag}.dev.tsv", format = "mtop", folded = true }}' for tag in languages)
    recipe = folder / "order.toml"
    recipe.write_text(RECIPE.format(sources=sources))
    return word_order.measure(argparse.Namespace(recipe=recipe, data=ROOT / "tests" / "data", set=[]))


def test_fewer_pairs_are_turned_than_were_most_of_all_in_hindi(word_order, tmp_path):
    figures = measured(word_order, tmp_path, ["en", "de", "hi"]).figures
    assert list(figures) == ["de", "hi"]
    for own in figures.values():
        assert 0 <= own["turned, rearranged"] <= own["turned"] < own["pairs"]
    hindi = figures["hi"]
    assert hindi["turned, rearranged"] < hindi["turned"] * 2 / 3  # of a few dozen rows


def test_rows_that_nobody_translated_are_refused(word_order, tmp_path):
    with pytest.raises(DataError, match=r"order\.toml has no rows in 'en' with translations"):
        measured(word_order, tmp_path, ["en"])
