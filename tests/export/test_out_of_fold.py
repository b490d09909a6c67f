"""Figures of held-out folds in a model that has learnt all rows."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

pytest.importorskip("tensorflow")

from edgenlp.cli.main import main
from edgenlp.errors import ExportError
from edgenlp.export.out_of_fold import out_of_fold
from edgenlp.training import load_run, train
from edgenlp.training.splits import _hash, text_key

RECIPE = """
name = "folded"
encoder = { name = "pqrnn", word_features = 16, ngram_features = 16, bottleneck = 8, state_size = 8, layers = 1 }
head = { name = "classification" }
export = { lengths = [8] }

[data]
train = [
  { path = "de.tsv", format = "delimited", language = "de", folded = true },
  { path = "en.tsv", format = "delimited", language = "en", folded = true },
]
folds = 3

[training]
epochs = 1
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Runs of two folds, of all rows, and of another recipe; fold 2 has no English."""
    folder = tmp_path_factory.mktemp("folds")
    for language, word in (("de", "ja"), ("en", "no")):
        texts = [f"{word} {number}" for number in range(30)]
        rows = [f"{text}\t{word}" for text in texts if language == "de" or _hash(f"text {text_key(text)}") % 3 != 2]
        (folder / f"{language}.tsv").write_text("\n".join(["text\tlabel", *rows]))
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE)
    settings = {"0": ["data.fold=0"], "2": ["data.fold=2"], "all": ["data.folds=0"], "other": ["seed=2"]}
    return {name: train(recipe, folder / name, None, overrides, False).folder for name, overrides in settings.items()}


def test_they_are_pooled_by_rows(trained):
    parts = [json.loads((trained[fold] / "metrics.json").read_text())["dev"] for fold in ("0", "2")]
    found = out_of_fold(load_run(trained["all"]), [trained["2"], trained["0"]])
    assert found["folds"] == {"held_out": [0, 2], "of": 3}
    assert found["examples"] == sum(part["examples"] for part in parts)
    right = sum(part["examples"] * part["metrics"]["accuracy"] for part in parts)
    assert found["metrics"]["accuracy"] == pytest.approx(right / found["examples"])
    assert "languages" not in parts[1]  # and its rows are German ones nevertheless
    assert found["languages"]["de"]["examples"] == parts[0]["languages"]["de"]["examples"] + parts[1]["examples"]
    assert set(found["languages"]) == {"de", "en"}
    assert sum(part["examples"] for part in found["languages"].values()) == found["examples"]


def test_they_stand_in_the_model_and_in_the_report(trained, tmp_path, capsys):
    out = tmp_path / "model.tflite"
    assert main(["export", str(trained["all"]), "--out", str(out), "--out-of-fold", str(trained["0"])]) == 0
    assert "on the held-out folds" in capsys.readouterr().out
    assert main(["inspect", str(out), "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert list(metrics) == ["out_of_fold"]
    assert metrics["out_of_fold"] == json.loads(out.with_suffix(".report.json").read_text())["out_of_fold"]


def test_each_fold_may_start_and_learn_from_runs_of_its_own(trained, tmp_path):
    def lineage(fold):
        teacher = {"teacher": [{"name": "run", "run": f"teacher-{fold}"}], "objective": [{"name": "soft_labels"}]}
        return {"start": f"encoder-{fold}", "distillation": teacher}

    everything = load_run(trained["all"])
    recipe = everything.recipe.model_validate(everything.recipe.model_dump() | lineage("all"))
    held_out = shutil.copytree(trained["0"], tmp_path / "0")
    made = json.loads((held_out / "run.json").read_text())
    (held_out / "run.json").write_text(json.dumps(made | {"recipe": made["recipe"] | lineage("0")}))
    assert out_of_fold(replace(everything, recipe=recipe), [held_out])["folds"] == {"held_out": [0], "of": 3}
    with pytest.raises(ExportError, match="is of another recipe than"):
        out_of_fold(everything, [held_out])


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        (["other"], "is of another recipe than"),
        (["all"], "has no figures of a fold that it has not learnt"),
        (["0", "0"], "must each hold out another one"),
    ],
)
def test_figures_of_anything_else_are_refused(trained, runs, words):
    with pytest.raises(ExportError, match=words):
        out_of_fold(load_run(trained["all"]), [trained[name] for name in runs])


def test_a_run_that_holds_a_fold_out_itself_has_its_own_figures(trained):
    with pytest.raises(ExportError, match="holds a fold out itself"):
        out_of_fold(load_run(trained["0"]), [trained["2"]])


def test_figures_on_other_data_are_refused(trained, tmp_path):
    folder = shutil.copytree(trained["0"], tmp_path / "0")
    made = json.loads((folder / "run.json").read_text())
    made["provenance"]["data"]["sha256"] = "0" * 64
    (folder / "run.json").write_text(json.dumps(made))
    with pytest.raises(ExportError, match="is of other data than"):
        out_of_fold(load_run(trained["all"]), [folder])


def test_dev_rows_that_every_run_has_measured_are_not_pooled(trained, tmp_path):
    folders = []
    for name in ("all", "0", "2"):
        folder = shutil.copytree(trained[name], tmp_path / name)
        made = json.loads((folder / "run.json").read_text())
        made["recipe"]["data"]["dev"] = [{"path": "dev.tsv", "format": "delimited"}]
        (folder / "run.json").write_text(json.dumps(made))
        folders.append(folder)
    everything, first, second = folders
    assert out_of_fold(load_run(everything), [first])["folds"]["held_out"] == [0]
    with pytest.raises(ExportError, match=r"has measured the rows of data\.dev too"):
        out_of_fold(load_run(everything), [first, second])
