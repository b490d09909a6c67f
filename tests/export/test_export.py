import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.schema_py_generated import QuantizationParametersT, TensorType

import edgenlp
from edgenlp import artifact
from edgenlp.errors import EdgeNLPError, ExportError
from edgenlp.evaluation import verify
from edgenlp.export import export
from edgenlp.export.convert import convert
from edgenlp.export.graph import compact, operations, pack, parse
from edgenlp.export.report import write_report
from edgenlp.export.tflite import TFLiteExporter
from edgenlp.runtime import catalogue
from edgenlp.training import train
from edgenlp.training.student import Student

TEXTS = ["wake me up at 7pm", "hi", "क्या कल बारिश होगी", "play " * 40]


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {
        mode: (folder / f"{mode}.tflite", export(run.folder, folder / f"{mode}.tflite", quantize=mode))
        for mode in ("dynamic", "float16", "none")
    }


def test_the_float_model_says_what_the_student_says(run, exported):
    from edgenlp.training.evaluate import predictor

    student = predictor(run.student(), run.featurizer(), run.decoder(), 16)
    model = edgenlp.load(exported["none"][0])
    examples = [edgenlp.interfaces.Example(text, None) for text in TEXTS]
    for text, expected in zip(TEXTS, student(examples), strict=True):
        found = model.predict(text)
        assert found.to_dict() | {"score": 0} == expected.to_dict() | {"score": 0}
        assert found.score == pytest.approx(expected.score, abs=1e-4)


def test_a_text_says_the_same_in_every_length(exported):
    model = edgenlp.load(exported["none"][0])
    tokens = model.tokenize("wake me up at 7pm")
    answers = [
        model.decode(model.network.run(name, model.features(tokens, length)), tokens)
        for length, name in model.signatures.items()
    ]
    assert len(answers) == 2
    assert answers[0].tree == answers[1].tree
    assert answers[0].score == pytest.approx(answers[1].score, abs=1e-5)


@pytest.mark.parametrize(("mode", "stored"), [("dynamic", TensorType.INT8), ("float16", TensorType.FLOAT16)])
def test_lengths_share_their_weights(exported, mode, stored):
    graph = parse(artifact.read(exported[mode][0]).graph)
    assert len(graph.subgraphs) == 2
    weights = [
        {t.buffer for t in subgraph.tensors if graph.buffers[t.buffer].data is not None and t.type == stored}
        for subgraph in graph.subgraphs
    ]
    assert weights[0] == weights[1] != set()


def constants(path, kind):
    """Bytes of the constants of a type."""
    graph = parse(artifact.read(path).graph)
    tensors = [tensor for subgraph in graph.subgraphs for tensor in subgraph.tensors if tensor.type == kind]
    buffers = {tensor.buffer for tensor in tensors if graph.buffers[tensor.buffer].data is not None}
    return sum(graph.buffers[number].data.nbytes for number in buffers)


def test_float16_weights_take_half_and_say_nearly_the_same(exported):
    whole = constants(exported["none"][0], TensorType.FLOAT32)
    assert constants(exported["float16"][0], TensorType.FLOAT16) == pytest.approx(whole / 2, rel=0.02)
    assert constants(exported["float16"][0], TensorType.FLOAT32) < 0.02 * whole
    exact, half = (edgenlp.load(exported[mode][0]) for mode in ("none", "float16"))
    for text in TEXTS:
        assert half.predict(text).score == pytest.approx(exact.predict(text).score, abs=2e-3)
    report = exported["float16"][1]
    assert set(report["metrics"]) == {"float", "float16"}
    assert report["gate"]["float16"] == pytest.approx(report["gate"]["none"], abs=0.05)


def test_equal_runs_give_equal_bytes(run, exported, tmp_path):
    export(run.folder, tmp_path / "again.tflite", quantize="dynamic")
    assert (tmp_path / "again.tflite").read_bytes() == exported["dynamic"][0].read_bytes()


def test_golden_vectors_travel_in_the_model(exported):
    for path, _ in exported.values():
        replay = verify(edgenlp.load(path))
        assert replay.vectors >= 200
        assert not replay.mismatches


def test_the_report_lies_beside_the_model_and_says_what_quantization_costs(exported):
    path, report = exported["dynamic"]
    assert json.loads(path.with_suffix(".report.json").read_text()) == report
    assert report["size_bytes"] == path.stat().st_size
    assert set(report["metrics"]) == {"float", "dynamic"}
    assert report["gate"]["metric"] == "exact_match"
    assert report["ops"] == edgenlp.load(path).manifest.graph.ops


def test_reports_of_two_files_beside_each_other_are_two(tmp_path):
    names = {"m.tflite": "m.report.json", "m.int8": "m.int8.report.json", "m.dynamic": "m.dynamic.report.json"}
    for name in names:
        write_report(tmp_path / name, {"model": name})
    found = {path.name: json.loads(path.read_text())["model"] for path in tmp_path.iterdir()}
    assert found == {report: name for name, report in names.items()}


def test_a_row_without_a_token_does_not_keep_a_run_from_its_export(recipe, tmp_path):
    data = shutil.copytree(recipe.parent, tmp_path / "data")
    with (data / "dev.jsonl").open("a") as file:
        file.write(json.dumps({"question": "\u200b", "logical_form": "[IN:CREATE_ALARM ]"}) + "\n")
    settings = ['data.tuning=[{path="dev.jsonl", format="mtop"}]', "training.epochs=1", "export.lengths=[8]"]
    trained = train(data / recipe.name, tmp_path / "run", None, settings, False)
    report = export(trained.folder, tmp_path / "m.tflite")
    for measured in report["metrics"].values():
        assert (measured["examples"], measured["empty"]) == (40, 1)
    assert (set(report["metrics"]), report["gate"]["examples"]) == ({"float", "dynamic"}, 40)


def test_float_weights_that_read_more_of_a_text_are_not_set_beside_the_model(run, tmp_path):
    report = export(run.folder, tmp_path / "m.tflite", lengths=[4])
    assert set(report["metrics"]) == {"dynamic"}


def test_a_quantization_that_costs_more_than_allowed_is_refused(run, tmp_path):
    out = tmp_path / "model.tflite"
    with pytest.raises(ExportError, match=r"more than the -1\.0 that --max-drop allows"):
        export(run.folder, out, quantize="dynamic", max_drop=-1.0)
    assert not list(tmp_path.iterdir())


def test_an_unknown_quantization_is_refused_by_name(run, tmp_path):
    with pytest.raises(ExportError, match="'int4': take dynamic or float16 or int8 or none"):
        export(tmp_path / "no-run", tmp_path / "model.tflite", quantize="int4")  # before anything is read


def test_an_unknown_option_is_refused(run, tmp_path):
    with pytest.raises(ExportError, match="no option colour"):
        TFLiteExporter().export(run.folder, tmp_path / "model.tflite", colour="red")


def test_the_command_line_exports_and_says_nothing_of_its_runtime(run, tmp_path):
    command = [sys.executable, "-m", "edgenlp.cli", "export", run.folder, "--out", tmp_path / "m.tflite"]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=quiet)
    assert (result.returncode, result.stderr) == (0, "")
    assert edgenlp.load(tmp_path / "m.tflite").name == "small"


@pytest.mark.parametrize(
    ("asset", "other"),
    [
        ("labels.json", "the head 'semantic_parsing' and one of the encoder 'pqrnn'"),
        ("labels.txt", "the head 'semantic_parsing' and one of the encoder 'pqrnn'"),
        ("golden.jsonl", "the encoder 'pqrnn' and one of edgenlp"),
        ("edgenlp.json", "the encoder 'pqrnn' and one of edgenlp"),
    ],
)
def test_two_files_of_one_name_are_refused(run, tmp_path, asset, other):
    folder = shutil.copytree(run.folder, tmp_path / "run")
    (folder / "assets" / "encoder" / asset).write_bytes(b"anything")
    with pytest.raises(ExportError) as refused:
        export(folder, tmp_path / "model.tflite")
    assert f"two files {asset!r}, one of {other}: " in str(refused.value)
    assert not list(tmp_path.glob("model*"))


class Flex(keras.layers.Layer):
    def call(self, encoded, training=False):
        return {"label": tf.strings.length(tf.strings.as_string(encoded["pooled"]))}


def test_a_layer_that_needs_more_than_builtin_operations_is_refused(run):
    student = Student(run.new_student().encoder, Flex())
    with pytest.raises(ExportError, match="builtin TensorFlow Lite operations"):
        convert(student, run.featurizer(), 1, [8], "none")


def converted(function, *specs):
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [tf.function(function).get_concrete_function(*specs)], tf.Module()
    )
    converter.allow_custom_ops = True
    return converter.convert()


def test_operations_that_are_not_builtin_are_named():
    graph = converted(lambda x: tf.math.erfinv(x), tf.TensorSpec((1, 4), tf.float32))
    with pytest.raises(ExportError, match="'Erfinv', which is not builtin"):
        compact(graph)


def test_compacting_changes_no_operation():
    graph = converted(lambda x: tf.nn.relu(x @ tf.ones((4, 4))), tf.TensorSpec((1, 4), tf.float32))
    assert operations(parse(compact(graph))) == operations(parse(graph))


def test_equal_scales_are_written_once():
    graph = converted(lambda x: tf.nn.relu(x @ tf.ones((4, 4))), tf.TensorSpec((1, 4), tf.float32))
    model = parse(graph)
    sizes = []
    for count in (1, 2, 3):
        scales = np.arange(1000, dtype=np.float32)
        for tensor in model.subgraphs[0].tensors[:count]:
            tensor.quantization = QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = scales, np.zeros(1000, np.int64)
        sizes.append(len(pack(model)))
        read = [tensor.quantization for tensor in parse(pack(model)).subgraphs[0].tensors[:count]]
        assert all((quantization.scale == scales).all() for quantization in read)
    assert sizes[2] < sizes[0] + 200


def test_labels_in_another_order_are_noticed(tmp_path):
    bundled = artifact.read(catalogue.resolve("mtop-en"))
    labels = json.loads(bundled.files["labels.json"])
    labels["intents"] = [*labels["intents"][1:], labels["intents"][0]]
    files = {**bundled.files, "labels.json": json.dumps(labels).encode()}
    replay = verify(edgenlp.Model(replace(bundled, files=files)))
    assert len(replay.mismatches) > replay.vectors / 2


def test_where_a_model_cannot_be_written_is_said_before_any_work(run, tmp_path, monkeypatch):
    monkeypatch.setattr(TFLiteExporter, "export", None)
    (tmp_path / "taken.report.json").mkdir()
    for out, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "m.tflite", "is no folder"),
        (tmp_path / "taken.tflite", r"taken\.report\.json is a folder"),
    ):
        with pytest.raises(EdgeNLPError, match=words):
            export(run.folder, out)


def test_a_model_does_not_tell_where_runs_lie(run, tmp_path):
    started = shutil.copytree(run.folder, tmp_path / "run")
    made = json.loads((started / "run.json").read_text())
    made["recipe"]["start"] = str(tmp_path / "base")
    (started / "run.json").write_text(json.dumps(made))
    export(started, tmp_path / "m.tflite")
    recipe = artifact.read(tmp_path / "m.tflite").manifest.recipe
    assert (recipe["start"], recipe["data"]["train"][0]["path"]) == ("base", "train.jsonl")
    assert str(tmp_path) not in json.dumps(recipe)
