"""Thai in several forms: the same rows, the same words, and the same slots."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import pytest

from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Node

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def thai(monkeypatch):
    """The module benchmarks/thai.py."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("thai")


def words(example):
    return [
        (node.label, *("".join(example.text[start:end].split()) for start, end in node.spans))
        for node in example.target.walk()
    ]


def test_rows_keep_their_words_and_slots_in_every_form(thai):
    data_sets = thai._data_sets(None)
    assert {name: list(forms) for name, forms in data_sets.items()} == {
        "MTOD": ["as written", "words apart", "together"],
        "MTOP": ["words apart", "together"],
    }
    for forms in data_sets.values():
        for rows in zip(*forms.values(), strict=True):
            assert len({example.text.replace(" ", "") for example in rows}) == 1
            assert len({str(words(example)) for example in rows}) == 1
        spaces = {form: sum(example.text.count(" ") for example in rows) for form, rows in forms.items()}
        assert spaces["words apart"] == max(spaces.values()) > 2 * spaces["together"]


def test_spaces_beside_other_scripts_stay(thai):
    contact = Node("IN:CREATE_CALL", children=(Node("SL:CONTACT", ((7, 14),)), Node("SL:TYPE", ((0, 6),))))
    row = thai._together(Example("โทร หา Avery M ที่ 7", contact))
    assert row.text == "โทรหา Avery M ที่ 7"
    assert words(row)[1:] == [("SL:CONTACT", "AveryM"), ("SL:TYPE", "โทรหา")]


def test_a_model_of_other_languages_is_refused(thai):
    with pytest.raises(DataError, match="'mtop-en' is not a model of Thai"):
        thai.measure(argparse.Namespace(model="mtop-en", data=None))
