"""The command line as a user meets it: fresh processes, exit codes, and nothing on stdout but the answer."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
import unicodedata
from dataclasses import replace

import pytest

from edgenlp import artifact
from edgenlp.cli.main import main
from edgenlp.cli.output import STEERING, printable
from edgenlp.cli.render import render
from edgenlp.cli.texts import read_text
from edgenlp.errors import TextError
from edgenlp.interfaces import Classification, Node, Parse, Regression


@pytest.fixture
def edgenlp_command(toy_environment):
    """Runs `edgenlp ...` in a fresh process."""

    def run(*arguments, stdin=b"", **environment):
        return subprocess.run(
            [sys.executable, "-m", "edgenlp.cli", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            env={**toy_environment, **environment},
        )

    return run


@pytest.fixture
def run(capsys):
    """Runs `edgenlp ...` in this process: exit code, stdout, stderr."""

    def call(*arguments):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = stopped.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def is_one_sentence(error):
    return error.startswith("error: ") and error.count("\n") == 1


def test_predict_json_is_a_line_a_text(edgenlp_command, toy_path):
    result = edgenlp_command("predict", "--model", toy_path, "--json", "wake me up", "क्या कल")
    assert result.returncode == 0
    assert result.stderr == b""
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["text"] for line in lines] == ["wake me up", "क्या कल"]
    assert all(set(line["scores"]) == {"alarm", "music", "weather"} for line in lines)
    assert all(line["score"] == line["scores"][line["label"]] for line in lines)


def test_a_bad_line_of_stdin_is_an_error_object_and_the_rest_go_on(edgenlp_command, toy_path):
    stdin = b"first\n\xff\xfe\n\n  \nlast one\r\na\0b\n\xed\xa0\x80\nno newline"
    result = edgenlp_command("predict", "--model", toy_path, "--json", stdin=stdin)
    assert result.returncode == 1
    assert result.stderr == b""
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line.get("text") for line in lines] == ["first", None, "", "  ", "last one", "a\0b", None, "no newline"]
    bad = {number for number, line in enumerate(lines, 1) if "error" in line}
    assert bad == {2, 3, 4, 7}
    assert all(lines[number - 1]["line"] == number for number in bad)
    assert "UTF-8" in lines[1]["error"]
    assert "empty" in lines[2]["error"]


def test_a_byte_order_mark_is_no_part_of_the_first_line(edgenlp_command, toy_path):
    result = edgenlp_command("predict", "--model", toy_path, "--json", stdin=b"\xef\xbb\xbffirst\n")
    assert json.loads(result.stdout)["text"] == "first"


@pytest.mark.parametrize("loss", ["nan", "inf", "-0.1", "much"])
def test_a_loss_is_a_number_from_0(run, tmp_path, loss):
    code, _, err = run("export", tmp_path, "--out", tmp_path / "a.tflite", "--max-drop", loss)
    assert code == 2
    assert f"--max-drop: {loss} is not a number from 0" in err


def test_lines_are_answered_as_they_come(toy_path, toy_environment):
    command = [sys.executable, "-m", "edgenlp.cli", "predict", "--model", str(toy_path), "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=toy_environment) as process:
        for text in ("one", "two"):
            process.stdin.write(f"{text}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_lone_surrogate_in_an_argument_is_escaped(edgenlp_command, toy_path):
    result = edgenlp_command("predict", "--model", toy_path, "--json", b"caf\xe9".decode("utf-8", "surrogateescape"))
    assert result.returncode == 0
    assert json.loads(result.stdout)["text"] == "caf\udce9"


def test_json_is_utf8_in_any_locale(edgenlp_command, toy_path):
    result = edgenlp_command("predict", "--model", toy_path, "--json", "été", LC_ALL="C", PYTHONUTF8="0")
    assert json.loads(result.stdout.decode("utf-8"))["score"] > 0


def test_predict_for_people(run, toy_path):
    code, out, err = run("predict", "--model", toy_path, "wake me up", "")
    assert code == 1
    assert out.startswith("wake me up\n")
    assert "█" in out
    assert err == "error: line 2: the text is empty or holds only white space.\n"


def test_a_pair_is_two_columns(edgenlp_command, pair_path):
    stdin = b"a b\tc\r\nonly one\na\tb\tc\n\tb\n\t\nlast\tpair"
    result = edgenlp_command("predict", "--model", pair_path, "--json", stdin=stdin)
    assert result.returncode == 1
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["text"] for line in lines] == [["a b", "c"], "only one", "a\tb\tc", "\tb", "\t", ["last", "pair"]]
    takes = "the model takes a pair of texts, and this is one text: a TAB parts the two."
    empty = "the first text of the pair is empty or holds only white space."
    more = "3 texts are parted by TABs here, and no model takes more than two."
    assert [line.get("error") for line in lines] == [None, takes, more, empty, empty, None]


def test_a_pair_as_an_argument(run, pair_path):
    code, out, err = run("predict", "--model", pair_path, "a b\tc")
    assert (code, err) == (0, "")
    assert out.startswith("a b  |  c\n")


@pytest.mark.parametrize(("line", "which"), [("one\t", "second"), ("one\t \t", "second"), ("\t\tone", "first")])
def test_an_empty_text_of_a_pair_is_told_from_the_other(run, pair_path, line, which):
    code, _, err = run("predict", "--model", pair_path, line)
    assert (code, err) == (1, f"error: line 1: the {which} text of the pair is empty or holds only white space.\n")


def test_a_pair_for_a_model_of_single_texts(run, toy_path):
    code, out, err = run("predict", "--model", toy_path, "a\tb", "\tindented", "trailing\t")
    assert code == 1
    assert err == "error: line 1: the model 'toy-toy_label' takes one text, and this is a pair of texts.\n"
    assert out.startswith("\\tindented\n") and "trailing\\t\n" in out


def test_evaluate(run, toy_path, tmp_path):
    data = tmp_path / "a.toy"
    texts = ["wake me up", "play some jazz", "rain or shine", "music"]
    data.write_text("".join(f"weather\t{text}\n" for text in texts), encoding="utf-8")
    code, out, err = run("evaluate", toy_path, "--data", data, "--json")
    assert (code, err) == (0, "")
    values = json.loads(out)
    assert values.keys() == {"model", "examples", "metrics", "unknown"}
    assert values["examples"] == 4
    predicted = [
        json.loads(line)["label"] for line in run("predict", "--model", toy_path, "--json", *texts)[1].splitlines()
    ]
    assert values["metrics"] == {"accuracy": predicted.count("weather") / 4}


def test_evaluate_beside_a_teacher_tells_how_far_both_answer_alike(run, toy_path, pair_path, tmp_path):
    data = tmp_path / "a.toy"
    data.write_text("weather\twake me up\t=en\nmusic\tplay\t=hi\nmusic\t \t=hi\n", encoding="utf-8")
    code, out, err = run("evaluate", toy_path, "--data", data, "--teacher", toy_path, "--json")
    assert (code, err) == (0, "note: 1 rows hold no token and are left out\n")
    values = json.loads(out)
    teacher, agreement = values.pop("teacher"), values.pop("agreement")
    assert teacher == values
    assert agreement["examples"] == 2 and agreement["metrics"] == {"accuracy": 1.0}
    assert agreement["languages"].keys() == {"en", "hi"}
    code, out, _ = run("evaluate", toy_path, "--data", data, "--teacher", toy_path)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        *("toy-toy_label", "all", "en", "hi"),
        *("toy-toy_label", "all", "en", "hi"),
        *("agreement", "all", "en", "hi"),
    ]
    for other, says in (
        (pair_path, "'toy-toy_label' has the head 'toy_label' and 'toy-toy_pair' the head 'toy_pair'"),
        ("", "no model called ''"),
        (tmp_path, "is not a run"),
    ):
        code, out, err = run("evaluate", toy_path, "--data", data, "--teacher", other)
        assert (code, out) == (1, "")
        assert is_one_sentence(err) and says in err


def test_a_bundled_models_name_is_that_models_whatever_folders_there_are(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mtop-en").mkdir()
    (tmp_path / "mtop-en" / "run.json").write_text("{}")
    (tmp_path / "a.jsonl").write_text('{"question": "stop", "logical_form": "[IN:PAUSE_TIMER stop ]"}\n')
    code, out, _ = run("evaluate", "mtop-en", "--data", "a.jsonl", "--json")
    assert (code, json.loads(out)["model"]) == (0, "mtop-en")


def test_a_file_that_is_named_twice_does_not_count_twice(run, toy_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toy").write_text("weather\ta\n", encoding="utf-8")
    code, out, err = run("evaluate", toy_path, "--data", "a.toy", "--data", tmp_path / "a.toy")
    assert (code, out) == (1, "") and "is named twice" in err


def test_evaluate_breaks_down_by_language_and_file(run, toy_path, tmp_path):
    first, second = tmp_path / "a.toy", tmp_path / "b.toy"
    first.write_text("weather\twake me up\t=en\nmusic\tplay\t=de\n", encoding="utf-8")
    second.write_text("weather\twake me up\t=en\n", encoding="utf-8")
    _, out, _ = run("evaluate", toy_path, "--data", first, "--data", second, "--json")
    values = json.loads(out)
    assert values["examples"] == 3
    assert {name: part["examples"] for name, part in values["languages"].items()} == {"en": 2, "de": 1}
    assert {name: part["examples"] for name, part in values["files"].items()} == {str(first): 2, str(second): 1}
    accuracy = sum(part["examples"] * part["metrics"]["accuracy"] for part in values["files"].values()) / 3
    assert values["metrics"]["accuracy"] == pytest.approx(accuracy)
    _, out, _ = run("evaluate", toy_path, "--data", first, "--data", second)
    assert [line.split()[0] for line in out.splitlines()] == [
        "toy-toy_label",
        "all",
        str(first),
        str(second),
        "en",
        "de",
    ]


def test_reader_options(run, toy_path, tmp_path):
    (tmp_path / "a.toy").write_text("weather\ta\nmusic\tb\t=de\n", encoding="utf-8")
    _, out, _ = run("evaluate", toy_path, "--data", tmp_path / "a.toy", "--option", "language=fr", "--json")
    assert set(json.loads(out)["languages"]) == {"fr", "de"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("weathr\ta\n", "did you mean 'weather'"),
        ("", "empty"),
        ("weather\n", "line 1"),
        ("weather\t \n", "row 1"),
        ("weather\ta\tb\n", "a pair of texts"),
    ],
)
def test_bad_data_is_one_sentence(run, toy_path, tmp_path, content, says):
    data = tmp_path / "bad.toy"
    data.write_text(content, encoding="utf-8")
    for arguments in ([], ["--format", "toy"]):
        code, out, err = run("evaluate", toy_path, "--data", data, "--json", *arguments)
        assert (code, out) == (1, "")
        assert is_one_sentence(err)
        assert str(data) in err
        if content:
            assert says in err


def test_unknown_labels_of_a_small_set_do_not_hide_its_figures(run, toy_path, tmp_path):
    data = tmp_path / "a.toy"
    data.write_text("weather\ta\n" * 3 + "unheard\tb\n", encoding="utf-8")
    code, out, _ = run("evaluate", toy_path, "--data", data, "--json")
    assert (code, json.loads(out)["examples"]) == (0, 4)


def test_a_file_of_another_task_is_not_pooled_with_a_larger_one(run, toy_path, tmp_path):
    good, other = tmp_path / "good.toy", tmp_path / "other.toy"
    good.write_text("weather\twhat is it like\n" * 5, encoding="utf-8")
    other.write_text("refund\tmy money back\n" * 3, encoding="utf-8")
    code, out, err = run("evaluate", toy_path, "--data", good, "--data", other)
    assert (code, out) == (1, "")
    assert err.startswith(f"error: {other}: the label 'refund'") and err.endswith("3 of 3 rows have such labels.\n")


def test_a_few_unknown_labels_are_wrong_answers_and_noted(run, toy_path, tmp_path):
    data = tmp_path / "a.toy"
    data.write_text("weather\ta\n" * 199 + "unheard\tb\n", encoding="utf-8")
    code, out, err = run("evaluate", toy_path, "--data", data, "--json")
    assert code == 0
    assert json.loads(out)["examples"] == 200
    assert err == "note: 1 rows have labels that 'toy-toy_label' does not know\n"


def test_rows_without_a_token_are_left_out_and_noted(run, toy_path, tmp_path):
    first, second = tmp_path / "a.toy", tmp_path / "b.toy"
    first.write_text("weather\twake me up\nweather\t \nmusic\tplay\n", encoding="utf-8")
    second.write_text("weather\twake me up\nmusic\tplay\n", encoding="utf-8")
    code, out, err = run("evaluate", toy_path, "--data", first, "--data", second, "--json")
    assert (code, err) == (0, "note: 1 rows hold no token and are left out\n")
    whole = json.loads(out)
    parts = whole.pop("files")
    assert (whole["examples"], whole["empty"]) == (4, 1)
    assert parts[str(first)] == {**parts[str(second)], "empty": 1}
    assert run("evaluate", toy_path, "--data", first)[1].split()[3:5] == ["all", "2"]


def test_a_file_without_a_token_is_one_sentence_and_so_is_a_pair_among_such_rows(run, toy_path, tmp_path):
    good, bad = tmp_path / "good.toy", tmp_path / "bad.toy"
    good.write_text("weather\ta\n", encoding="utf-8")
    for content, says in (
        ("weather\t \nmusic\t \n", "row 1: the text is empty or holds only white space."),
        (
            "weather\t \nmusic\ta\tb\n",
            "row 2: the model 'toy-toy_label' takes one text, and this is a pair of texts.",
        ),
    ):
        bad.write_text(content, encoding="utf-8")
        code, out, err = run("evaluate", toy_path, "--data", good, "--data", bad)
        assert (code, out, err) == (1, "", f"error: {bad}, {says}\n")


def test_unknown_formats_and_files(run, toy_path, tmp_path):
    (tmp_path / "what.xyz").write_text("?", encoding="utf-8")
    for arguments, says in (
        (["--data", tmp_path / "what.xyz"], "say which with --format"),
        (["--data", tmp_path / "none.toy"], "there is no data file"),
        (["--data", tmp_path / "what.xyz", "--format", "tooy"], "did you mean 'toy'"),
    ):
        code, out, err = run("evaluate", toy_path, *arguments)
        assert (code, out) == (1, "")
        assert says in err and is_one_sentence(err)


def test_inspect(run, toy_path):
    code, out, _ = run("inspect", toy_path, "--json")
    values = json.loads(out)
    assert code == 0
    assert values["format_version"] == 1
    assert values["encoder"]["name"] == "toy"
    assert values["head"]["name"] == "toy_label"
    assert values["languages"] == ["en", "hi"]
    assert values["size_bytes"] == toy_path.stat().st_size
    assert values["ops"] == {"FULLY_CONNECTED": 6}
    assert values["min_runtime_version"] == "1.5.0"
    assert values["quantization"] == "none"
    assert values["metrics"]["dev"]["metrics"] == {"accuracy": 0.5}
    shown = run("inspect", toy_path)[1]
    assert "toy-toy_label" in shown and "{" not in shown
    assert shown.splitlines()[-1].split("  ", 1) == ["dev, en hi", "         accuracy 0.500 (2 rows)"]


def test_inspect_prints_names_that_steer_no_terminal(run, toy_files, tmp_path):
    graph, manifest, files = toy_files()
    artifact.write(tmp_path / "m.tflite", graph, replace(manifest, name="evil\033[31m"), files)
    assert "evil\\x1b[31m" in run("inspect", tmp_path / "m.tflite")[1]


@pytest.mark.parametrize(
    "metrics", [{"dev": 1}, {"dev": {"examples": 2, "metrics": {"accuracy": "x"}}}, {"dev": {"languages": [1]}}]
)
def test_inspect_leaves_out_what_is_no_figure(run, toy_files, tmp_path, metrics):
    graph, manifest, files = toy_files()
    artifact.write(tmp_path / "m.tflite", graph, replace(manifest, metrics=metrics), files)
    code, out, err = run("inspect", tmp_path / "m.tflite")
    assert (code, err) == (0, "") and "dev" not in out


def test_the_package_is_a_command(toy_environment):
    command = [sys.executable, "-m", "edgenlp", "--version"]
    assert subprocess.run(command, capture_output=True, env=toy_environment).stdout.startswith(b"edgenlp ")


def test_inspect_needs_no_runtime_and_no_plugin(edgenlp_command, toy_path):
    result = edgenlp_command("inspect", toy_path, "--json", EDGENLP_RUNTIME="none", EDGENLP_BLOCK_PLUGINS="toy")
    assert json.loads(result.stdout)["head"]["name"] == "toy_label"


def test_verify(run, toy_path):
    code, out, err = run("verify", toy_path)
    assert (code, err) == (0, "")
    assert out.startswith("all 7 golden vectors agree on ")
    assert json.loads(run("verify", toy_path, "--json")[1]) == {"vectors": 7, "ties": 0, "mismatches": []}


@pytest.mark.parametrize(("key", "value"), [("features", "0" * 64), ("prediction", {"label": "other", "score": 0.9})])
def test_verify_finds_what_differs(run, toy_files, tmp_path, key, value):
    graph, manifest, files = toy_files()
    vectors = [json.loads(line) for line in files["golden.jsonl"].splitlines()]
    vectors[2][key] = {**vectors[2]["prediction"], **value} if key == "prediction" else value
    files["golden.jsonl"] = "\n".join(map(json.dumps, vectors)).encode()
    artifact.write(tmp_path / "m.tflite", graph, manifest, files)
    code, out, _ = run("verify", tmp_path / "m.tflite")
    assert code == 1
    assert out.startswith("1 of 7 golden vectors differ")
    (mismatch,) = json.loads(run("verify", tmp_path / "m.tflite", "--json")[1])["mismatches"]
    assert (mismatch["line"], mismatch["what"]) == (3, key)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b'{"text": "a"}'])
def test_damaged_golden_vectors_are_a_sentence(run, toy_files, tmp_path, content):
    graph, manifest, files = toy_files()
    files.pop("golden.jsonl")
    if content is not None:
        files["golden.jsonl"] = content
    artifact.write(tmp_path / "m.tflite", graph, manifest, files)
    code, out, err = run("verify", tmp_path / "m.tflite")
    assert (code, out) == (1, "")
    assert "golden vector" in err and is_one_sentence(err)


def test_benchmark(run, toy_path, tmp_path):
    code, out, _ = run("benchmark", toy_path, "--json")
    values = json.loads(out)
    assert code == 0
    for key in ("load_ms", "predict_ms", "featurize_us", "featurize_warm_us", "decode_us", "peak_rss_mb"):
        assert values[key] > 0
    assert set(values["network_ms"]) == {"4", "8", "16"}
    assert values["threads"] == 1
    assert values["runtime"].startswith("ai-edge-litert")
    (tmp_path / "texts").write_text(f"one two\nthree {'and more ' * 30}\n\n", encoding="utf-8")
    out = run("benchmark", toy_path, "--texts", tmp_path / "texts", "--threads", 2)[1]
    assert [line.split()[-1] for line in out.splitlines() if line.startswith(("texts", "threads"))] == ["2", "2"]
    assert "cannot be read" in run("benchmark", toy_path, "--texts", tmp_path / "none")[2]


def test_benchmark_of_pairs(run, pair_path, tmp_path):
    (tmp_path / "pairs").write_text("one two\tthree\nfour\tfive\nno pair\n", encoding="utf-8")
    code, out, _ = run("benchmark", pair_path, "--texts", tmp_path / "pairs", "--json")
    assert code == 0
    assert json.loads(out)["texts"] == 2
    (tmp_path / "single").write_text("one two\n", encoding="utf-8")
    code, _, err = run("benchmark", pair_path, "--texts", tmp_path / "single")
    assert (code, err) == (
        1, "error: there is no text to measure with: the model 'toy-toy_pair' takes a pair of texts, and this is one "
        "text.\n"
    )  # fmt: skip
    (tmp_path / "more").write_text("one two\tthree\t\nthree\tare\ttoo many\n", encoding="utf-8")
    code, out, err = run("benchmark", pair_path, "--texts", tmp_path / "more", "--json")
    assert (code, json.loads(out)["texts"]) == (0, 1), err


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("a\tb", ("a", "b")),
        ("a\tb\t", ("a", "b")),
        ("\ta\tb", ("a", "b")),
        ("a\t \tb", ("a", "b")),
        ("hi\t", "hi\t"),
        ("\thi", "\thi"),
        ("\t", "\t"),
    ],
)
def test_two_texts_of_a_line_are_a_pair(line, text):
    assert read_text(line) == text


def test_no_line_has_three_texts():
    with pytest.raises(TextError, match="3 texts are parted by TABs"):
        read_text("a\tb\t\tc\t")


def test_models(run, toy_path, tmp_path, monkeypatch):
    from edgenlp.runtime import catalogue

    (tmp_path / "toy-en.tflite").write_bytes(toy_path.read_bytes())
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    (model,) = json.loads(run("models", "--json")[1])
    assert model["name"] == "toy-en"
    assert model["task"] == "toy_label"
    assert model["languages"] == ["en", "hi"]
    row = run("models")[1].splitlines()[1]
    assert row.startswith("toy-en  toy_label")
    assert row.endswith("en hi     2  accuracy   0.500       dev")


def test_plugins(run):
    items = json.loads(run("plugins", "--json")[1])
    assert {"name": "toy", "kind": "encoder", "distribution": "edgenlp-toy", "version": "1.0"} in items
    assert all(item.keys() == {"name", "kind", "distribution", "version"} for item in items)
    assert "toy_pair" in run("plugins")[1]


def test_a_broken_plugin_does_not_stop_the_others(edgenlp_command, toy_path, tmp_path):
    broken = tmp_path / "broken-1.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (broken / "entry_points.txt").write_text("[edgenlp]\nbroken = broken_plugin\n")
    (tmp_path / "broken_plugin.py").write_text("raise OSError('no licence server')\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    result = edgenlp_command("predict", "--model", toy_path, "--json", "hello", PYTHONPATH=path)
    assert result.returncode == 0
    assert json.loads(result.stdout)["text"] == "hello"
    assert "no licence server" in edgenlp_command("plugins", PYTHONPATH=path).stderr.decode()


@pytest.mark.parametrize("verb", ["inspect", "verify", "benchmark"])
def test_bad_models_are_one_sentence(run, tmp_path, verb):
    (tmp_path / "text.tflite").write_text("I am a text")
    for name in (tmp_path / "none.tflite", tmp_path / "text.tflite", tmp_path, "mtop-enn"):
        code, out, err = run(verb, name)
        assert (code, out) == (1, "")
        assert is_one_sentence(err)


def test_the_folder_of_a_run_is_no_model(run, tmp_path, monkeypatch):
    (tmp_path / "student").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("student", tmp_path / "student"):
        assert run("predict", "--model", name, "hello") == (
            1, "", f"error: {name} is a folder, not a model file: edgenlp export makes one of a run.\n"
        )  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["predict", "--colour"],
        ["evaluate", "m"],
        ["evaluate", "m", "--data", "d", "--option", "x"],
        ["train", "r"],
        ["export", "r"],
        ["benchmark", "m", "--threads", "0"],
        ["benchmark", "m", "--threads", "99999999999"],
    ],
)
def test_wrong_usage_is_exit_code_2(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "usage: edgenlp" in err


def test_help_names_every_verb(run):
    code, out, _ = run("--help")
    assert code == 0
    for verb in ("predict", "evaluate", "inspect", "verify", "benchmark", "models", "plugins", "train", "export"):
        assert f"\n    {verb}" in out
        assert run(verb, "--help")[0] == 0


def test_training_without_the_workshop_names_the_command(run, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    for arguments in (["train", "r.toml", "--out", tmp_path], ["export", tmp_path, "--out", tmp_path / "m.tflite"]):
        code, out, err = run(*arguments)
        assert (code, out) == (1, "")
        assert 'pip install "edgenlp[train]"' in err and is_one_sentence(err)


def test_interruption(toy_path, toy_environment):
    command = [sys.executable, "-m", "edgenlp.cli", "predict", "--model", str(toy_path), "--json"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=toy_environment,
        # a shell's background jobs, and all that they start, ignore SIGINT
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        process.stdin.write(b"ready\n")
        process.stdin.flush()
        process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 130
        assert b"Traceback" not in process.stderr.read()


def test_a_closed_pipe_is_quiet(toy_path, toy_environment):
    command = [sys.executable, "-m", "edgenlp.cli", "predict", "--model", str(toy_path), "--json"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=toy_environment
    ) as process:
        process.stdout.close()
        process.stdin.write(b"one\ntwo\n")
        process.stdin.close()
        assert process.wait(120) == 141
        assert process.stderr.read() == b""


def test_colours_only_on_a_terminal(toy_path, toy_environment):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "edgenlp.cli", "predict", "--model", str(toy_path), "hello"]
    subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, env=toy_environment, check=True)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "\033[1m" in shown


TEXT = "wake me at 7 pm on monday"
PARSE = Parse(
    TEXT,
    Node(
        "IN:ALARM",
        (),
        (Node("SL:TIME", (), (Node("IN:DATE", (), (Node("SL:HOUR", ((11, 15),)), Node("SL:DAY", ((19, 25),)))),)),),
    ),
    0.875,
)


def test_a_parse_is_a_tree():
    assert render(PARSE, colour=False) == (
        "wake me at 7 pm on monday\n"
        "IN:ALARM  0.88\n"
        "└─ SL:TIME\n"
        "   └─ IN:DATE\n"
        "      ├─ SL:HOUR  7 pm\n"
        "      └─ SL:DAY  monday\n"
    )


def test_slots_are_underlined_in_colour():
    assert render(PARSE, colour=True).startswith("wake me at \033[4m7 pm\033[0m on \033[4mmonday\033[0m\n")


def test_a_value_stands_in_its_range():
    shown = render(Regression(("a", "b\a"), 1.25, (0.0, 5.0)), colour=False)
    assert shown == "a  |  b\\x07\n1.25  from 0 to 5\n   █████\n"
    cut = render(Regression("a", 0.0, (0.0, 0.5), truncated=True), colour=False)
    assert cut == "a\n0  from 0 to 0.5  (the text was cut)\n\n"


@pytest.mark.parametrize(
    ("value", "limits", "shown"),
    [
        (2020.4, (1990.0, 2025.0), "2020.4  from 1990 to 2025"),
        (2023.6, (1990.0, 2025.0), "2023.6  from 1990 to 2025"),
        (1234567.8, (0.0, 9e9), "1234568  from 0 to 9000000000"),
        (0.000123456, (0.0, 0.0005), "0.0001235  from 0 to 0.0005"),
        (-0.00001, (-5.0, 5.0), "0  from -5 to 5"),
    ],
)
def test_a_value_keeps_the_digits_that_matter_in_its_range(value, limits, shown):
    assert render(Regression("a", value, limits), colour=False).splitlines()[1] == shown


def test_text_cannot_steer_the_terminal():
    shown = render(Classification("\033[2Jbad\a\ud800", "a", 1.0, {"a": 1.0}), colour=False)
    assert shown.startswith("\\x1b[2Jbad\\x07\\ud800\n")


@pytest.mark.parametrize(
    "text",
    [
        "Quel temps fait-il à Paris\xa0?",
        "東京\u3000天気",
        "می\u200cخواهم",  # Persian, with a zero-width non-joiner
        "क्\u200dष",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "co\xadoperate",
        "\u200fשלום",
    ],
)
def test_ordinary_text_is_shown_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    "char", ["\n", "\t", "\x7f", "\x9b", "\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069", "\udc80"]
)
def test_what_steers_is_escaped(char):
    assert printable(f"a{char}b") == f"a{char.encode('unicode_escape').decode()}b"


def test_what_steers_is_told_by_unicode():
    steering = {"Cc", "Cs", "Zl", "Zp"}, {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for char in map(chr, range(sys.maxunicode + 1)):
        escaped = unicodedata.category(char) in steering[0] or unicodedata.bidirectional(char) in steering[1]
        assert bool(STEERING.match(char)) == escaped, hex(ord(char))


def test_labels_cannot_either():
    label = "\033[2Jbad"
    for prediction in (
        Classification("a", label, 1.0, {label: 1.0}),
        Parse("a", Node(label, children=(Node(label),)), 1.0),
    ):
        shown = render(prediction, colour=False)
        assert "\033" not in shown and "\\x1b[2Jbad" in shown


def test_where_no_folder_takes_a_file_the_runtime_may_speak(toy_path, toy_environment):
    """The operating system refuses to let files grow, as on a full disk, so that `tempfile` finds no folder."""
    script = (
        "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "from edgenlp.cli.main import main\n"
        "before = os.listdir('/proc/self/fd')\n"
        "code = main(['predict', '--model', sys.argv[1], 'wake me up'])\n"
        "sys.exit(code or before != os.listdir('/proc/self/fd'))"
    )
    result = subprocess.run([sys.executable, "-c", script, str(toy_path)], capture_output=True, env=toy_environment)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(b"wake me up\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams_are_no_traceback(toy_path, toy_environment, closed):
    command = [sys.executable, "-m", "edgenlp.cli", "predict", "--model", str(toy_path)]
    text = [] if closed == "<&-" else ["wake me up"]
    result = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *command, *text], capture_output=True, env=toy_environment, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert bool(result.stdout) == (closed == "2>&-")
