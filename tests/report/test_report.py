"""The page says what the runs' files say, holds all that it needs, and does without what is missing."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser

import pytest

from edgenlp.cli.main import main
from edgenlp.report import _names
from edgenlp.report.collect import model_files

VOID = {"meta", "br"}


class Page(HTMLParser):
    """The tables, the sentences about what is missing, and whether all tags are closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tables, self.missing, self.charts = [], [], [], 0
        self.attributes = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        self.charts += tag == "svg"
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")
        elif ("class", "missing") in attrs:
            self.missing.append("")

    def handle_startendtag(self, tag, attrs):
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and "table" in self.open and ("th" in self.open or "td" in self.open):
            self.tables[-1][-1][-1] += data
        elif self.open and self.open[-1] == "p" and self.missing:
            self.missing[-1] += data


def report(*folders, out):
    assert main(["report", *map(str, folders), "--out", str(out)]) == 0
    return Page(out.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    """The trained run with a model beside it."""
    folder = tmp_path_factory.mktemp("runs") / "small <1>"
    shutil.copytree(run.folder, folder)
    assert main(["export", str(folder), "--out", f"{folder}.tflite"]) == 0
    return folder


def test_one_run(folder, tmp_path, capsys):
    page = report(folder, out=tmp_path / "r.html")
    assert capsys.readouterr().out.strip() == str(tmp_path / "r.html")
    exported = json.loads((folder.parent / f"{folder.name}.report.json").read_text())
    dev = json.loads((folder / "metrics.json").read_text())["dev"]["metrics"]
    (heading, row), (_, weights, model), metrics, *mistakes = page.tables
    assert row[heading.index("run")] == folder.name
    assert row[heading.index("epochs")] == "3"
    assert row[heading.index("size, MB")] == model[2] == f"{exported['size_bytes'] / 1e6:.2f}"
    assert float(row[heading.index("prediction, ms")]) > 0
    assert float(weights[4]) > 0
    assert weights[3] == f"{dev['exact_match'] * 100:.1f}"
    assert model[3] == f"{exported['metrics']['dynamic']['metrics']['exact_match'] * 100:.1f}"
    assert [cells[0] for cells in metrics] == ["%", *(name.replace("_", " ") for name in dev), "rows"]
    assert mistakes  # three epochs leave some
    assert page.charts == 4
    assert page.tables[1][1][1] == "float weights"
    assert not page.missing


def test_nothing_comes_from_elsewhere(folder, tmp_path):
    report(folder, out=tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|//\w|@import|url\(|<script|<link|<img|<iframe", text)
    page = Page(text)
    assert all(value.startswith("#run-") for name, value in page.attributes if name == "href")
    assert not any(name == "src" for name, _ in page.attributes)
    anchors = {value for name, value in page.attributes if name == "id"}
    assert {value[1:] for name, value in page.attributes if name == "href"} <= anchors


def test_several_runs_one_of_them_hardly_begun(folder, tmp_path):
    begun = tmp_path / "begun"
    begun.mkdir()
    shutil.copy(folder / "run.json", begun)
    shutil.copytree(folder / "assets", begun / "assets")
    page = report(folder, begun, folder, out=tmp_path / "r.html")
    heading, *rows = page.tables[0]
    assert [row[0] for row in rows] == [folder.name, "begun"]
    assert rows[1][heading.index("epochs")] == rows[1][heading.index("figure")] == "–"
    said = " ".join(page.missing)
    for sentence in ("no finished epoch", "no figures on dev rows", "No model of it was found", "no trained weights"):
        assert sentence in said


def test_a_run_without_a_model_is_asked_itself(folder, tmp_path):
    alone = tmp_path / "alone"
    shutil.copytree(folder, alone)
    page = report(alone, out=tmp_path / "r.html")
    assert page.missing == [m for m in page.missing if "edgenlp export" in m] and page.missing
    assert "by float weights." in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_data_that_has_changed_and_a_broken_model_are_said(folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    values = json.loads((other / "run.json").read_text())
    values["provenance"]["data"]["sha256"] = "0" * 64
    (other / "run.json").write_text(json.dumps(values))
    (tmp_path / "other.tflite").write_bytes(b"no model")
    page = report(other, out=tmp_path / "r.html")
    said = " ".join(page.missing)
    assert "other.tflite is left out" in said
    assert "has changed since" in said


def test_a_model_of_another_training_is_left_out(folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    values = json.loads((other / "run.json").read_text())
    values["recipe"]["seed"] += 1
    (other / "run.json").write_text(json.dumps(values))
    (own,) = model_files(folder)
    shutil.copy(own, tmp_path / "other.tflite")
    page = report(other, out=tmp_path / "r.html")
    assert "other.tflite is left out: it is of another training" in " ".join(page.missing)


@pytest.mark.parametrize("section", ["encoder", "head"])
def test_a_run_whose_plugin_is_not_installed(folder, tmp_path, section):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    values = json.loads((other / "run.json").read_text())
    values["recipe"][section]["name"] = "elsewhere"
    (other / "run.json").write_text(json.dumps(values))
    page = report(other, out=tmp_path / "r.html")
    assert "no installed plugin has the" in " ".join(page.missing)
    assert "elsewhere" in page.tables[0][1][1]


def test_a_folder_that_is_no_run_is_one_sentence(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"error: {tmp_path} is not a run: it holds no run.json; edgenlp train --out makes one\n"
    )


def test_models_belong_to_the_run_of_the_longest_name(tmp_path):
    for name in ("a", "a-5"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").touch()
    for name in ("a", "a-float", "a.int8", "a-5", "a-5-float", "ab", "b"):
        (tmp_path / f"{name}.tflite").touch()
    (tmp_path / "a" / "inside.tflite").touch()
    assert [path.stem for path in model_files(tmp_path / "a")] == ["inside", "a-float", "a.int8", "a"]
    assert [path.stem for path in model_files(tmp_path / "a-5")] == ["a-5-float", "a-5"]


def test_runs_of_one_name_are_told_apart_by_their_folders(tmp_path):
    folders = [tmp_path / "x" / "run", tmp_path / "y" / "run", tmp_path / "other"]
    assert list(_names(folders).values()) == ["x/run", "y/run", "other"]
