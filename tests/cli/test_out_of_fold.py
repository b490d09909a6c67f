"""What models, inspect and evaluate say of whose the figures are of a model that has learnt all folds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from edgenlp import artifact
from edgenlp.cli.main import main
from edgenlp.runtime import bundled_models, catalogue

PART = {"examples": 2, "metrics": {"accuracy": 0.5}, "unknown": 0}


@pytest.fixture
def said_of(toy_files, tmp_path, monkeypatch, capsys):
    """Writes a model with such metrics and data; what a verb prints of it."""

    def said(metrics, data, *arguments, to="out"):
        graph, manifest, files = toy_files()
        artifact.write(tmp_path / "toy.tflite", graph, replace(manifest, name="toy", metrics=metrics, data=data), files)
        monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
        assert main(list(arguments)) == 0
        return getattr(capsys.readouterr(), to)

    return said


@pytest.mark.parametrize("verb", [["models"], ["inspect", "toy"]])
def test_the_figures_of_a_model_that_has_learnt_all_rows_are_another_runs(said_of, verb):
    one = {"out_of_fold": {**PART, "folds": {"held_out": [0], "of": 5}}}
    out = said_of(one, {"tuning_rows": 0, "dev_rows": 0}, *verb)
    assert out.endswith(
        "\n\ntoy has learnt all rows. Its figures out of fold are those of another run (float weights) that had not "
        "learnt the measured rows: it held out fold 0 of 5.\n"
    )
    assert "held_out" not in out
    assert "toy has learnt all rows but those to tune. " in said_of(one, {"tuning_rows": 7, "dev_rows": 0}, *verb)
    several = {"dev": PART, "out_of_fold": {**PART, "folds": {"held_out": [0, 2], "of": 3}}}
    out = said_of(several, {"tuning_rows": 7, "dev_rows": 9}, *verb)
    assert "toy has learnt all rows but those to tune and those of dev. " in out
    assert out.endswith(
        "other runs (float weights), none of which had learnt the rows that it measured: they held out folds 0, 2 of "
        "3, one each.\n"
    )


@pytest.mark.parametrize("verb", [["models"], ["inspect", "toy"]])
@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"dev": PART},
        {"out_of_fold": PART},
        {"out_of_fold": {**PART, "folds": {"held_out": [], "of": 3}}},
        {"out_of_fold": {**PART, "folds": [0]}},
    ],
)
def test_nothing_is_said_of_any_other_model(said_of, verb, metrics):
    out = said_of(metrics, {}, *verb)
    assert "has learnt" not in out and "\n\n" not in out


def test_json_holds_what_the_manifest_does(said_of):
    metrics = {"out_of_fold": {**PART, "folds": {"held_out": [0], "of": 5}}}
    assert json.loads(said_of(metrics, {}, "inspect", "toy", "--json"))["metrics"] == metrics
    assert json.loads(said_of(metrics, {}, "models", "--json"))[0]["metrics"] == metrics


def test_it_is_said_of_each_bundled_model_that_has_learnt_all_folds(capsys):
    folded = [model.name for model in bundled_models() if "out_of_fold" in model.manifest.metrics]
    assert {"mtop-multilingual", "xsid-multilingual"} <= set(folded)
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines() if " has learnt all rows" in line] == folded


def test_measuring_such_a_model_says_that_it_has_learnt_rows(said_of, tmp_path):
    (tmp_path / "a.toy").write_text("weather\twake me up\n", encoding="utf-8")
    verb = ["evaluate", "toy", "--data", str(tmp_path / "a.toy")]
    one = {"out_of_fold": {**PART, "folds": {"held_out": [0], "of": 5}}}
    assert said_of(one, {"tuning_rows": 0, "dev_rows": 0}, *verb, to="err").startswith(
        "note: toy has learnt all rows. "
    )
    assert said_of({"dev": PART}, {"tuning_rows": 0, "dev_rows": 0}, *verb, to="err") == ""


def test_several_languages_have_a_row_as_a_whole_before_them(said_of):
    whole = {"examples": 4, "metrics": {"accuracy": 0.75}, "unknown": 0, "languages": {"en": PART, "hi": PART}}
    rows = [line.split()[3:6] for line in said_of({"dev": whole}, {}, "models").splitlines()[1:]]
    assert rows == [["all", "4", "accuracy"], ["en", "2", "accuracy"], ["hi", "2", "accuracy"]]
