import json

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from ai_edge_litert.schema_py_generated import TensorType
from hypothesis import given
from hypothesis import strategies as st

import edgenlp
from edgenlp import artifact
from edgenlp.cli.main import main
from edgenlp.errors import ExportError
from edgenlp.evaluation import verify
from edgenlp.export import export
from edgenlp.export.convert import convert
from edgenlp.export.graph import compact, operator_name, parse
from edgenlp.export.integers import to_integers
from edgenlp.export.integers.scales import Scale
from edgenlp.interfaces import Tokens

TEXTS = ["wake me up at 7pm", "hi", "क्या कल बारिश होगी", "play " * 40, "play some jazz on spotify"]
INTEGERS = {TensorType.INT8, TensorType.INT16, TensorType.INT32}


@pytest.fixture(scope="module")
def models(run, tmp_path_factory):
    """The same student of floats and of integers, and the reports."""
    folder = tmp_path_factory.mktemp("integers")
    reports = {mode: export(run.folder, folder / f"{mode}.tflite", quantize=mode) for mode in ("int8", "none")}
    return {mode: (edgenlp.load(folder / f"{mode}.tflite"), report) for mode, report in reports.items()}


@pytest.fixture(scope="module")
def graph(models, tmp_path_factory):
    return parse(artifact.read(tmp_path_factory.getbasetemp() / "integers0" / "int8.tflite").graph)


def outputs(model, text, length=None):
    tokens = model.tokenize(text)
    length, signature = (length, model.signatures[length]) if length else model.signature_for(tokens)
    return model.network.run(signature, model.features(tokens, length))


def golden_texts_of(model):
    return [json.loads(line)["text"] for line in model.files[artifact.GOLDEN].decode().splitlines()]


def test_nothing_is_a_float(graph):
    for subgraph in graph.subgraphs:
        assert {tensor.type for tensor in subgraph.tensors} == INTEGERS
        for tensor in (*subgraph.inputs, *subgraph.outputs):
            assert subgraph.tensors[tensor].type == TensorType.INT8


def test_features_are_given_as_they_are(graph):
    for subgraph in graph.subgraphs:
        for tensor in subgraph.inputs:
            quantization = subgraph.tensors[tensor].quantization
            assert quantization.scale.tolist() == [1.0]
            assert quantization.zeroPoint.tolist() == [0]


def test_recurrence_and_activations_are_of_16_bits_and_products_of_8(graph):
    for subgraph in graph.subgraphs:
        for operator in subgraph.operators:
            name = operator_name(graph.operatorCodes[operator.opcodeIndex])
            made = subgraph.tensors[operator.outputs[0]]
            if name in ("TANH", "LOGISTIC", "SOFTMAX", "UNPACK", "ADD", "SUB", "BATCH_MATMUL"):
                assert made.type == TensorType.INT16
            if name in ("CONV_2D", "GATHER"):
                assert made.type == TensorType.INT8
            if name == "CONCATENATION":
                assert len(operator.inputs) <= 10


def test_lengths_share_weights_biases_and_scales(graph):
    constants = [
        {
            (tensor.buffer, tensor.type, tuple(tensor.quantization.scale))
            for tensor in subgraph.tensors
            if graph.buffers[tensor.buffer].data is not None and getattr(tensor.quantization, "scale", None) is not None
        }
        for subgraph in graph.subgraphs
    ]
    assert constants[0] == constants[1] != set()


def test_outputs_are_near_those_of_floats(models):
    whole, exact = models["int8"][0], models["none"][0]
    for text in TEXTS:
        found, expected = outputs(whole, text), outputs(exact, text)
        assert found.keys() == expected.keys()
        for name, values in expected.items():
            assert found[name].dtype == np.float32
            assert found[name].shape == values.shape
            count = len(exact.tokenize(text)[0])
            real = np.s_[:, :count] if name == "tags" else np.s_[:]
            assert np.abs(found[name][real] - values[real]).max() < 0.05 * np.ptp(values)


def test_a_text_says_the_same_in_every_length(models):
    model = models["int8"][0]
    short, long = (outputs(model, "wake me up at 7pm", length) for length in model.signatures)
    np.testing.assert_allclose(short["intent"], long["intent"], atol=0.02 * np.ptp(long["intent"]))
    np.testing.assert_allclose(short["tags"][:, :6], long["tags"][:, :6], atol=0.02 * np.ptp(long["tags"]))


@pytest.mark.parametrize("kernels", [OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.BUILTIN_REF])
def test_kernels_of_other_roundings_give_the_same_integers(models, tmp_path_factory, kernels):
    """XNNPACK, which is the default, multiplies in float32; ruy rounds once, and the reference kernels twice."""
    model = models["int8"][0]
    graph = artifact.read(tmp_path_factory.getbasetemp() / "integers0" / "int8.tflite").graph
    default, other = (
        Interpreter(model_content=graph, experimental_op_resolver_type=resolver)
        for resolver in (OpResolverType.AUTO, kernels)
    )
    for text in golden_texts_of(model):
        tokens = model.tokenize(text)
        length, signature = model.signature_for(tokens)
        whole = {name: values.astype(np.int8) for name, values in model.features(tokens, length).items()}
        found, expected = (run.get_signature_runner(signature)(**whole) for run in (other, default))
        for name, values in expected.items():
            assert values.dtype == np.int8
            np.testing.assert_array_equal(found[name], values)


def test_golden_vectors_travel_in_the_model(models):
    replay = verify(models["int8"][0])
    assert replay.vectors >= 200
    assert not replay.mismatches
    assert not replay.ties


def test_the_report_says_what_integers_cost(models):
    report = models["int8"][1]
    assert report["quantization"] == "int8"
    assert set(report["metrics"]) == {"float", "int8"}
    assert report["gate"]["int8"] == pytest.approx(report["gate"]["none"], abs=0.1)
    assert report["min_runtime_version"] == "2.4.0"
    assert set(report["arithmetic"]) == {"int8", "int16"}
    assert {"TANH", "LOGISTIC", "MUL", "ADD", "UNPACK"} <= set(report["arithmetic"]["int16"])
    assert report["arithmetic"]["int8"]["CONV_2D"] == report["ops"]["CONV_2D"]


def test_the_command_line_exports_one_length(run, tmp_path):
    out = tmp_path / "m.tflite"
    assert main(["export", str(run.folder), "--out", str(out), "--quantize", "int8", "--lengths", "12"]) == 0
    model = edgenlp.load(out)
    assert model.signatures == {12: "length_12"}
    assert model.manifest.graph.quantization == "int8"


@pytest.mark.parametrize("length", [0, 5000])
def test_lengths_that_no_model_has_are_refused(run, tmp_path, length):
    with pytest.raises(ExportError, match=r"not all from 1 to 4,096"):
        export(run.folder, tmp_path / "m.tflite", lengths=[8, length])


def test_equal_runs_give_equal_bytes(run, models, tmp_path):
    export(run.folder, tmp_path / "again.tflite", quantize="int8")
    assert artifact.read(tmp_path / "again.tflite").manifest == models["int8"][0].manifest


def test_a_student_may_be_trained_for_integers(recipe, tmp_path):
    from edgenlp.training import train

    run = train(recipe, tmp_path / "run", None, ["encoder.quantization_aware=true", "training.epochs=2"], False)
    losses = [json.loads(line)["loss"] for line in (run.folder / "history.jsonl").read_text().splitlines()]
    assert losses[1] < losses[0]
    report = export(run.folder, tmp_path / "int8.tflite", quantize="int8", lengths=[8])
    assert report["gate"]["int8"] == pytest.approx(report["gate"]["none"], abs=0.1)
    model = edgenlp.load(tmp_path / "int8.tflite")
    assert model.manifest.encoder.config["quantization_aware"] is True
    assert not verify(model).mismatches


def test_a_network_that_widens_is_made_of_integers_too():
    """Where the bottleneck is not as wide as the states, they are joined in another way."""
    from edgenlp.training.student import Student
    from edgenlp_pqrnn import PQRNNEncoder
    from edgenlp_pqrnn.config import PQRNNConfig

    tf.keras.utils.set_random_seed(1)
    config = PQRNNConfig(word_features=64, ngram_features=64, bottleneck=24, state_size=8, layers=2)
    encoder = PQRNNEncoder()
    featurizer = encoder.featurizer(config, {})

    class Tokenwise(tf.keras.layers.Layer):
        def call(self, encoded, training=False):
            return {"tokens": encoded["tokens"] * 1.0, "pooled": encoded["pooled"] * 1.0}

    student = Student(encoder.network(config, {}), Tokenwise())
    student(({name: tf.constant(array) for name, array in featurizer.inputs(Tokens("", []), 8).items()},))
    graphs = {mode: convert(student, featurizer, 1, [12], mode, TEXTS) for mode in ("int8", "none")}
    tokens = featurizer.tokenize("play some jazz on spotify", 12)
    found, expected = (
        edgenlp.runtime.interpreter.Network(graphs[mode]).run("length_12", featurizer.inputs(tokens, 12))
        for mode in ("int8", "none")
    )
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=0.06 * np.ptp(values))


def converted(function, *specs):
    made = tf.function(function).get_concrete_function(*specs)
    module = tf.Module()
    return compact(tf.lite.TFLiteConverter.from_concrete_functions([made], module).convert())


def test_an_operation_that_is_not_known_in_integers_is_named(run):
    graph = converted(lambda x: {"y": tf.math.rsqrt(x)}, tf.TensorSpec((1, 4), tf.float32, name="x"))
    (signature,) = parse(graph).signatureDefs
    with pytest.raises(ExportError, match="RSQRT, which is not known in integers"):
        to_integers(graph, [(signature.signatureKey.decode(), {"x": np.ones((1, 4), np.float32)})])


def test_ranges_need_texts(run):
    with pytest.raises(ExportError, match="no text to measure the ranges of length_8 with"):
        convert(run.student(), run.featurizer(), 1, [8], "int8")


@given(
    width=st.sampled_from([8, 16]),
    symmetric=st.booleans(),
    values=st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=30),
)
def test_a_settled_scale_holds_its_range_and_zero(width, symmetric, values):
    scale = Scale(width)
    scale.symmetric |= symmetric
    scale.hold(min(values), max(values))
    scale.settle()
    real = np.array([0.0, *values])
    back = (scale.integers(real).astype(np.float64) - scale.zero) * scale.step
    assert back[0] == 0
    np.testing.assert_allclose(back, real, atol=1.001 * scale.step)
    if scale.symmetric:
        assert scale.zero == 0


def test_scales_that_are_fixed_and_differ_are_not_joined():
    first, second = Scale(8), Scale(8)
    first.step, second.step = 1.0, 0.5
    with pytest.raises(ExportError, match="fixed and differ"):
        first.join(second)
