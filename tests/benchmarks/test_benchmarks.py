"""The benchmarks run on a small trained model, and what they say besides times is right."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgenlp import artifact, load

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
BENCHMARKS = ROOT / "benchmarks"
QUICKSTART = ROOT / "recipes" / "quickstart.toml"
MAX_WORDS = 6
PARTS = ("tokenize", "features", "decode")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """The quick start's student on a few short rows, so that little is compiled: two epochs."""
    folder = tmp_path_factory.mktemp("recipe")
    for split, count in (("train", 192), ("dev", 32)):
        lines = (ROOT / f"recipes/data/quickstart/{split}.jsonl").read_text(encoding="utf-8").splitlines()
        short = (line for line in lines if len(json.loads(line)["question"].split()) <= MAX_WORDS)
        (folder / f"{split}.jsonl").write_text("\n".join(itertools.islice(short, count)) + "\n", encoding="utf-8")
    text = QUICKSTART.read_text(encoding="utf-8").replace("data/quickstart/", "").replace("epochs = 12", "epochs = 2")
    assert "epochs = 2" in text
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    path = folder / "small.tflite"
    for arguments in (("train", recipe, "--out", folder / "run"), ("export", folder / "run", "--out", path)):
        subprocess.run([sys.executable, "-m", "edgenlp.cli", *map(str, arguments)], check=True, capture_output=True)
    return path


def script(name, *arguments, stdout=subprocess.PIPE):
    """Runs a benchmark in a process of its own."""
    command = [sys.executable, BENCHMARKS / f"{name}.py", *arguments]
    return subprocess.run(list(map(str, command)), stdout=stdout, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def figures(tmp_path):
    """Runs a script and gives the figures of its JSON file."""

    def run(name, *arguments):
        path = tmp_path / "figures.json"
        result = script(name, *arguments, "--json", path)
        assert result.returncode == 0, result.stderr
        document = json.loads(path.read_text(encoding="utf-8"))
        assert document["benchmark"] == name
        for promise in document["promises"]:
            assert promise["what"] in result.stdout
        return document["figures"]

    return run


@pytest.fixture
def graphs(monkeypatch):
    """The module benchmarks/graphs.py."""
    spec = importlib.util.spec_from_file_location("graphs", BENCHMARKS / "graphs.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "graphs", module)
    spec.loader.exec_module(module)
    return module


def constants(content):
    from edgenlp.export.graph import parse

    return [bytes(buffer.data) for buffer in parse(content).buffers if buffer.data is not None and len(buffer.data)]


def test_one_length_computes_what_the_model_does(graphs, model):
    graph, loaded = artifact.read(model).graph, load(model)
    for length, signature in loaded.signatures.items():
        inputs = loaded.features(loaded.tokenize("wake me up at 7"), length)
        runner = graphs.GraphRunner(graphs.one_length(graph, signature))
        runner.set(inputs)
        runner.run()
        expected = loaded.network.run(signature, inputs)
        found = {array.shape: array for array in runner.outputs()}
        assert len(found) == len(expected)
        for array in expected.values():
            np.testing.assert_array_equal(found[array.shape], array)


def test_the_twin_is_the_matrix_products_and_nothing_else(graphs, model):
    from edgenlp.export.graph import operations, parse

    graph = artifact.read(model).graph
    for signature in load(model).signatures.values():
        single = graphs.one_length(graph, signature)
        twin, count = graphs.matrix_products(graph, signature)
        expected = operations(parse(single))
        kept = {name: expected[name] for name in ("CONV_2D", "FULLY_CONNECTED") if name in expected}
        assert operations(parse(twin)) == kept
        assert sum(kept.values()) == count
        assert set(constants(twin)) <= set(constants(single))
        assert max(map(len, constants(twin))) == max(map(len, constants(single)))
        runner = graphs.GraphRunner(twin)
        assert len(runner.inputs) == count == len(runner.outputs())


def test_network(figures, model):
    lengths = figures("network", model, "--blocks", 1)
    assert set(lengths) == {"8", "16", "32"}
    assert all(0 < found["products_ms"] < found["call_ms"] for found in lengths.values())


def test_network_of_integers(figures):
    (found,) = figures("network", ROOT / "tests/golden/models/micro-int8.tflite", "--blocks", 1).values()
    assert 0 < found["products_ms"] < found["network_ms"]


def test_the_ratio_of_a_network_is_promised_for_pqrnn_alone(tmp_path):
    for model, promises in (("mtop-en", 3), ("clinc150-cmow", 0)):
        result = script("network", model, "--blocks", 1, "--json", tmp_path / "n.json")
        assert result.returncode == 0, result.stderr
        assert len(json.loads((tmp_path / "n.json").read_text(encoding="utf-8"))["promises"]) == promises


def test_teacher(figures, model):
    pytest.importorskip("keras_hub")
    found = figures("teacher", model, "--layers", 1, "--blocks", 1)
    assert found["warm"]["encoder_ms"] > found["warm"]["network_ms"] > 0
    assert found["encoder_bytes"] > 7_000_000  # int8: a layer has 7,077,888 weights


def test_cmow(figures):
    pytest.importorskip("keras_hub")
    found = figures("cmow", "--layers", 1, "--tokens", 500, "--length", 8, "--blocks", 1)
    assert found["warm"]["encoder_ms"] > found["warm"]["cmow_ms"] > 0
    # 1,200 numbers a token; a classifier of 3,600, 1,000 and 2 with layer normalisation
    assert found["parameters"] == 500 * 1200 + 3601 * 1000 + 2 * 1000 + 1001 * 2
    assert 500 * 1200 < found["bytes"] < 500 * 1200 + 20_000


def test_cmow_step(figures):
    found = figures("cmow_step", "--steps", 2, "--epochs", 1, "--words", 5, "--batch", 16)
    large, small = found["tables"]["30522"], found["tables"]["3000"]
    assert min(large["step_ms"], small["step_ms"]) > 0
    assert large["distinct_words"] > small["distinct_words"] > 10


def test_text_side(figures, model):
    found = figures("text_side", model)
    assert found["utterances"] > 10
    for state in ("cold", "warm", "known"):
        assert all(found[state][part] > 0 for part in PARTS)
        assert found[state]["whole"] <= found[state]["whole_90_percent"]


def test_cold_start(figures, model):
    found = figures("cold_start", model, "--runs", 2)
    assert found["workshop_packages"] == []
    assert {"edgenlp", "numpy"} <= set(found["packages"])
    assert found["prediction"]["intent"].startswith("IN:")


def test_runtimes_agree_with_themselves(figures, model):
    found = figures("runtimes", model, "--other", sys.executable, "--blocks", 1)
    assert found["here"] == found["there"]
    assert found["texts"] > 200
    assert found["same"] == 1.0
    assert found["greatest_score_difference"] == 0.0


def test_training(figures, recipe):
    found = figures("training", recipe)
    assert (found["epochs"], found["recipe"]) == (2, "small.toml")
    assert found["utterances"] > 150
    assert 0 < found["whole_utterances_per_second"] < found["steady_utterances_per_second"]


def test_round_trip(figures):
    found = figures("round_trip")
    assert found["mtop/en.train.jsonl"]["rows"] == 600
    assert all(row["labels"] <= row["encoding"] for row in found.values())
    assert all(row["encoding"] >= 0.995 for row in found.values())


def test_collisions(figures):
    found = figures("collisions")
    assert set(found) == {"de", "hi", "th", "ar", "ja", "all"}
    assert all(row["normal_forms"] == row["rows"] == row["hashes"] for row in found.values())


@pytest.mark.parametrize("quantize", ["float16", "int8"])
def test_size_knows_weights_of_any_type(figures, model, tmp_path, quantize):
    other = tmp_path / "other.tflite"
    command = [
        sys.executable,
        "-m",
        "edgenlp.cli",
        "export",
        model.parent / "run",
        "--out",
        other,
        "--quantize",
        quantize,
    ]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    found = figures("size", other)
    assert found["parts"][f"weights {quantize}"] > 0
    assert found["parameters"] == pytest.approx(figures("size", model)["parameters"], rel=0.05)


def test_size(figures, model):
    found = figures("size", model)
    assert sum(found["parts"].values()) == found["bytes"] == model.stat().st_size
    assert found["parts"]["weights int8"] <= found["parameters"] < found["bytes"]


def test_a_table_of_vectors_has_parameters(figures):
    found = figures("size", "clinc150-cmow")
    pieces = 6000
    assert found["parameters"] == pieces * 3 * 400 + 180_150
    assert found["parts"]["other constants"] < 4 * pieces


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("network", ["no-such-model"]),
        ("cold_start", ["MODEL", "--python", "no-such-python"]),
        ("runtimes", ["MODEL", "--other", "no-such-python"]),
        ("collisions", ["--data", "no-such-folder"]),
        ("round_trip", ["--data", "no-such-folder"]),
        ("size", ["mtop-en", "--teacher", "no-such-folder"]),
        ("size", ["no-such-model", "--json", "no-such-folder/figures.json"]),
    ],
)
def test_bad_input_gets_one_sentence(model, name, arguments):
    result = script(name, *(model if argument == "MODEL" else argument for argument in arguments))
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_a_teacher_whose_weights_are_damaged_gets_one_sentence(model, tmp_path):
    run = shutil.copytree(model.parent / "run", tmp_path / "run")
    (run / "weights.npz").write_bytes((run / "weights.npz").read_bytes()[:1000])
    result = script("size", model, "--teacher", run)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith(f"error: {run / 'weights.npz'} is damaged")


def test_a_place_that_takes_no_json_is_said_before_any_work():
    assert "no-such-folder is no folder" in script("size", "no-such-model", "--json", "no-such-folder/a.json").stderr


@pytest.mark.parametrize(
    ("name", "arguments"), [("cold_start", ["mtop-en", "--runs", 0]), ("network", ["mtop-en", "--blocks", 0])]
)
def test_there_is_one_of_each_at_least(name, arguments):
    result = script(name, *arguments)
    assert result.returncode == 2
    assert result.stderr.endswith("'0' is not a whole number from 1 on\n")


def test_figures_are_kept_where_nobody_reads_on(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        result = script("size", "mtop-en", "--json", tmp_path / "size.json", stdout=closed)
    assert (result.returncode, result.stderr) == (141, "")
    with open("/dev/full", "wb") as full:
        result = script("size", "mtop-en", "--json", tmp_path / "again.json", stdout=full)
    assert (result.returncode, result.stderr) == (1, "error: No space left on device\n")
    assert (tmp_path / "size.json").read_bytes() and (tmp_path / "again.json").read_bytes()
