"""Translated texts, with Apertium where it is installed."""

import json
import shutil
import subprocess

import pytest

import texts
import translate

ROWS = ["Set an alarm for tomorrow", "Cancel my reminder about my dentist appointment", "What is the weather"]


@pytest.fixture
def spanish():
    if (
        not shutil.which("apertium")
        or "eng-spa"
        not in subprocess.run(["apertium", "-l"], capture_output=True, text=True, check=True).stdout.split()
    ):
        pytest.skip("Apertium is missing: apt-get install apertium apertium-eng-spa")


@pytest.fixture
def files(tmp_path):
    for name, rows in (("train", ROWS), ("dev", ["what is the  weather"])):
        lines = [json.dumps({"question": text, "logical_form": f"[IN:X {text} ]"}) + "\n" for text in rows]
        (tmp_path / f"{name}.jsonl").write_text("".join(lines))
    return tmp_path


def run(monkeypatch, files, *pairs):
    command = ["translate", f"mtop:{files}/train.jsonl", "--without", f"mtop:{files}/dev.jsonl"]
    monkeypatch.setattr("sys.argv", [*command, "--pairs", *pairs, "--out", f"{files}/out.txt"])
    translate.main()
    return (files / "out.txt").read_text(encoding="utf-8").splitlines()


def test_rows_that_measure_models_are_left_out(files):
    rows, measured = (texts.read([f"mtop:{files}/{name}.jsonl"]) for name in ("train", "dev"))
    assert [row.text for row in translate.unmeasured(rows, measured)] == ROWS[:2]


def test_without_apertium_it_says_what_to_install(files, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="apt-get install apertium"):
        run(monkeypatch, files, "eng-spa")


def test_half_a_character_is_told_before_apertium_is_asked(files, monkeypatch):
    row = {"question": "wake me\ud83d", "logical_form": "[IN:X ]"}
    (files / "train.jsonl").write_text(json.dumps(row))
    with pytest.raises(SystemExit, match=r"error: the line 'wake me\\ud83d\.' holds half a character"):
        run(monkeypatch, files, "eng-spa")


@pytest.mark.parametrize(
    ("source", "said"), [("dev.jsonl", "such as mtop:"), ("mtop:none.jsonl", "none.jsonl"), ("x:y", "'x'")]
)
def test_what_cannot_be_read_is_an_error_in_a_sentence(source, said, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["translate", source, "--pairs", "eng-spa", "--out", str(tmp_path / "out.txt")])
    with pytest.raises(SystemExit, match=said):
        translate.main()


def test_texts_are_translated_but_those_that_measure_models(spanish, files, monkeypatch):
    alarm, reminder = run(monkeypatch, files, "eng-spa")
    assert "alarma" in alarm and "mañana" in alarm
    assert "recordatorio" in reminder and "dentista" in reminder


def test_a_pivot_gives_paraphrases(spanish, files, monkeypatch):
    lines = run(monkeypatch, files, "eng-spa", "spa-eng")
    assert any("alarm" in line for line in lines)
    assert not set(lines) & set(ROWS)


def test_an_unknown_pair_is_named(spanish, files, monkeypatch):
    with pytest.raises(SystemExit, match="xxx-yyy"):
        run(monkeypatch, files, "xxx-yyy")
