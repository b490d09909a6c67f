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

ENCODER = (
    "encoder = { name = 'pqrnn', word_features = 16, ngram_features = 16, bottleneck = 8, state_size = 8, layers = 1 }"
)

FOLDED = f"""
name = "folded"
{ENCODER}
head = {{ name = "classification" }}
export = {{ lengths = [8] }}

[data]
train = [
  {{ path = "de.tsv", format = "delimited", language = "de", folded = true }},
  {{ path = "en.tsv", format = "delimited", language = "en", folded = true }},
]
folds = 3

[training]
epochs = 1
"""

WORDS = f"""
name = "words"
languages = ["de", "en"]
{ENCODER}

[pretraining]
hidden_share = 0.3
width = 8

[data]
train = [
  {{ path = "de.txt", format = "lines", language = "de" }},
  {{ path = "en.txt", format = "lines", language = "en" }},
]
tuning_share = 0.2

[training]
epochs = 2
evaluate_every = 1
"""


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
    assert weights[3] == f"exact match {dev['exact_match'] * 100:.1f} %"
    assert model[3] == f"exact match {exported['metrics']['dynamic']['metrics']['exact_match'] * 100:.1f} %"
    assert [cells[0] for cells in metrics] == ["figure", *(f"{name.replace('_', ' ')}, %" for name in dev), "rows"]
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
    for sentence in ("no finished epoch", "no figures on dev rows", "no trained weights"):
        assert sentence in said
    assert f"edgenlp export {begun}" not in said


def hardly_begun(run_folder, place, reported=None):
    """The beginning of a run, with another digest of the rows that its figures are of, or, with "", with none."""
    place.mkdir(parents=True)
    for name in ("run.json", "history.jsonl"):
        shutil.copy(run_folder / name, place)
    if reported is not None:
        values = json.loads((place / "run.json").read_text())
        values["provenance"]["data"].pop("reported")
        values["provenance"]["data"] |= {"reported": reported} if reported else {}
        (place / "run.json").write_text(json.dumps(values))
    return place


def test_figures_of_other_rows_stand_in_another_chart(run, tmp_path):
    """The rows are told by what they are: where they lie, and what they are called, says little."""
    own, equal = (hardly_begun(run.folder, tmp_path / name) for name in ("own", "equal"))
    other = hardly_begun(run.folder, tmp_path / "other", "0" * 64)
    unknown = hardly_begun(run.folder, tmp_path / "unknown", "")
    out = tmp_path / "r.html"
    assert report(own, equal, out=out).charts == 2  # loss and exact match
    assert "SHA-256 of its rows" not in out.read_text(encoding="utf-8")
    assert report(own, equal, other, unknown, out=out).charts == 6
    captions = re.findall("<figcaption>(.*?)</figcaption>", out.read_text(encoding="utf-8"))
    digest = run.provenance["data"]["reported"]
    for words in (f"begins with {digest[:8]})", "begins with 00000000)", "it is not known which rows)"):
        assert sum(words in caption for caption in captions) == 2


def test_links_lead_to_each_run_whatever_its_name(run, tmp_path):
    names = ["日本", "中国", "a b", "a.b"]
    page = report(*(hardly_begun(run.folder, tmp_path / name) for name in names), out=tmp_path / "r.html")
    anchors = [value for name, value in page.attributes if name == "id"]
    assert len(set(anchors)) == len(names)
    assert [value[1:] for name, value in page.attributes if name == "href"][: len(names)] == anchors


def test_a_run_without_a_model_is_asked_itself(folder, tmp_path):
    alone = tmp_path / "alone"
    shutil.copytree(folder, alone)
    page = report(alone, out=tmp_path / "r.html")
    assert page.missing == [m for m in page.missing if "edgenlp export" in m] and page.missing
    assert "by float weights." in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folded(tmp_path_factory):
    """A run whose dev rows are of two languages, with models of float32 and of int8 weights beside it."""
    base = tmp_path_factory.mktemp("folded")
    for language, (yes, no) in {"de": ("ja", "nein"), "en": ("yes", "no")}.items():
        rows = [f"{word} {number}\t{label}" for number in range(20) for word, label in ((yes, "yes"), (no, "no"))]
        (base / f"{language}.tsv").write_text("\n".join(["text\tlabel", *rows]))
    (base / "recipe.toml").write_text(FOLDED)
    folder = base / "folded"
    assert main(["train", str(base / "recipe.toml"), "--out", str(folder)]) == 0
    for form in ("none", "dynamic"):
        assert main(["export", str(folder), "--out", f"{folder}-{form}.tflite", "--quantize", form]) == 0
    metrics = json.loads((folder / "metrics.json").read_text())
    # so unlike the models' that no row can be another's
    for number, (_, part) in enumerate(sorted(metrics["dev"]["languages"].items())):
        part["metrics"] = dict.fromkeys(part["metrics"], 0.123 + number / 10)
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return folder


def languages_of(page):
    (table,) = [table for table in page.tables if table[0][0] == "language"]
    return table


def figures_of(folder, form):
    languages = json.loads((folder.parent / f"{folder.name}-{form}.report.json").read_text())["metrics"][form][
        "languages"
    ]
    return {
        language: [f"{value * 100:.1f}" for value in part["metrics"].values()] for language, part in languages.items()
    }


def test_float_weights_stand_beside_each_model_in_each_language(folded, tmp_path):
    heading, *rows = languages_of(report(folded, out=tmp_path / "r.html"))
    none, dynamic = figures_of(folded, "none"), figures_of(folded, "dynamic")
    assert heading == ["language", "of", "accuracy, %", "matthews, %", "f1, %"]
    assert rows == [
        ["de", "float weights", *["12.3"] * 3],
        ["de", "folded-dynamic.tflite", *dynamic["de"]],
        ["de", "folded-none.tflite", *none["de"]],
        ["en", "float weights", *["22.3"] * 3],
        ["en", "folded-dynamic.tflite", *dynamic["en"]],
        ["en", "folded-none.tflite", *none["en"]],
    ]


def test_several_runs_have_a_column_a_form_in_each_language(folded, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(folded, again)
    heading, *rows = languages_of(report(folded, again, out=tmp_path / "r.html"))
    assert heading == [
        "language",
        "folded, float weights: accuracy, %",
        "folded, folded-dynamic.tflite: accuracy, %",
        "folded, folded-none.tflite: accuracy, %",
        "again, float weights: accuracy, %",
    ]
    none, dynamic = figures_of(folded, "none"), figures_of(folded, "dynamic")
    assert rows == [
        ["de", "12.3", dynamic["de"][0], none["de"][0], "12.3"],
        ["en", "22.3", dynamic["en"][0], none["en"][0], "22.3"],
    ]


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """A pretrained run: raw text in two languages, no dev rows."""
    base = tmp_path_factory.mktemp("words")
    for language, line in {"de": "{} Tage sind {} Tage", "en": "{} days are {} days"}.items():
        (base / f"{language}.txt").write_text("\n".join(line.format(number, number) for number in range(60)) + "\n")
    (base / "recipe.toml").write_text(WORDS)
    assert main(["pretrain", str(base / "recipe.toml"), "--out", str(base / "words")]) == 0
    return base / "words"


def test_a_pretrained_run_shows_how_well_it_guesses_words(words, tmp_path):
    page = report(words, out=tmp_path / "r.html")
    tuning = json.loads((words / "metrics.json").read_text())["tuning"]
    perplexity, accuracy = f"{tuning['metrics']['perplexity']:.4g}", f"{tuning['metrics']['accuracy'] * 100:.1f}"
    (heading, row), (_, weights), languages, metrics = page.tables
    assert not page.missing
    assert row[heading.index("task on encoder")] == "word prediction on pqrnn"
    assert row[heading.index("epochs")] == "2"
    assert row[heading.index("figure")] == f"perplexity {perplexity} (tuning rows)"
    assert weights[1:4:2] == ["float weights", f"perplexity {perplexity} (tuning rows)"]
    assert metrics == [
        ["figure", "float weights, tuning rows"],
        ["perplexity", perplexity],
        ["accuracy, %", accuracy],
        ["rows", f"{tuning['examples']}"],
    ]
    parts = {language: part["metrics"] for language, part in tuning["languages"].items()}
    assert languages == [
        ["language", "of", "perplexity", "accuracy, %"],
        *(
            [
                language,
                "float weights, tuning rows",
                f"{parts[language]['perplexity']:.4g}",
                f"{parts[language]['accuracy'] * 100:.1f}",
            ]
            for language in ("de", "en")
        ),
    ]
    assert page.charts == 4  # loss, perplexity, accuracy, and size against perplexity
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert 'aria-label="perplexity by epoch"' in text and 'aria-label="accuracy, % by epoch"' in text


def test_a_pretrained_run_whose_encoder_is_not_installed(words, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(words, other)
    values = json.loads((other / "run.json").read_text())
    values["recipe"]["encoder"]["name"] = "elsewhere"
    (other / "run.json").write_text(json.dumps(values))
    page = report(other, out=tmp_path / "r.html")
    assert len(page.missing) == 1 and "no installed plugin has the" in page.missing[0]
    assert page.tables[0][1][5].startswith("perplexity ")


def test_dev_rows_of_a_pretrained_run_come_before_its_tuning_rows(words, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(words, other)
    metrics = json.loads((other / "metrics.json").read_text())
    dev = {"examples": 7, "metrics": {"log_likelihood": -2.0, "perplexity": 7.389, "accuracy": 0.4}, "unknown": 0}
    (other / "metrics.json").write_text(json.dumps({"tuning": metrics["tuning"], "dev": dev}))
    (heading, row), _, languages, shown = report(other, out=tmp_path / "r.html").tables
    assert row[heading.index("figure")] == "perplexity 7.389"
    assert [cells[1] for cells in shown] == ["float weights, dev rows", "7.389", "40.0", "7"]
    assert {cells[1] for cells in languages[1:]} == {"float weights, tuning rows"}


def test_a_pretrained_run_stands_beside_a_task(words, folded, tmp_path):
    page = report(words, folded, out=tmp_path / "r.html")
    assert [row[0] for row in page.tables[0][1:]] == ["words", "folded"]
    heading, *_ = languages_of(page)
    assert heading[1:3] == ["words, float weights, tuning rows: perplexity", "folded, float weights: accuracy, %"]


@pytest.mark.parametrize(
    ("lost", "tuning_rows", "says"),
    [
        (["metrics.json", "weights.npz"], 24, "It has no figures on dev or tuning rows: training has not ended."),
        (["metrics.json"], 24, "It has no figures on dev or tuning rows: training has not ended."),
        (["metrics.json"], 0, "It has no figures on dev or tuning rows: the recipe names none."),
    ],
)
def test_why_there_are_no_figures(words, tmp_path, lost, tuning_rows, says):
    other = tmp_path / "other"
    shutil.copytree(words, other)
    for name in lost:
        (other / name).unlink()
    values = json.loads((other / "run.json").read_text())
    values["provenance"]["data"]["tuning_rows"] = tuning_rows
    (other / "run.json").write_text(json.dumps(values))
    page = report(other, out=tmp_path / "r.html")
    assert page.missing[-1] == says
    assert not any("[head]" in sentence for sentence in page.missing)
    assert page.charts == 3  # the history is still there


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
