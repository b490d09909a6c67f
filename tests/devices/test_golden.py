"""The predictions on which all platforms agree, replayed by Python."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import edgenlp
from edgenlp import artifact

ROOT = Path(__file__).parents[2]
PREDICTIONS = ROOT / "tests" / "golden" / "predictions"


def tool(name):
    specification = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


MAKE = tool("make_golden")


def vectors(name):
    return [json.loads(line) for line in (PREDICTIONS / f"{name}.jsonl").read_text(encoding="ascii").splitlines()]


def without_scores(prediction):
    return prediction and {name: value for name, value in prediction.items() if name not in ("score", "scores")}


def test_every_model_has_vectors_and_every_vector_a_model():
    assert sorted(path.stem for path in PREDICTIONS.glob("*.jsonl")) == sorted(MAKE.MODELS)
    assert all(path.stat().st_size <= 250_000 for name, path in MAKE.MODELS.items() if name not in MAKE.BUNDLED)


@pytest.mark.parametrize("name", MAKE.MODELS)
def test_this_runtime_gives_the_vectors(name):
    exact = artifact.read(MAKE.MODELS[name]).manifest.graph.quantization == "none"
    model = edgenlp.load(MAKE.MODELS[name])
    expected = vectors(name)
    assert [vector["text"] for vector in expected] == MAKE.texts(name)
    same = 0
    for vector in expected:
        found = json.loads(json.dumps(MAKE.vector(model, vector["text"])))
        for key in ("tokens", "length", "signature", "features"):
            assert found[key] == vector[key], vector["text"]
        if exact and vector["outputs"]:
            for output, values in vector["outputs"].items():
                np.testing.assert_allclose(found["outputs"][output], values, rtol=1e-5, atol=1e-5)
        same += without_scores(found["prediction"]) == without_scores(vector["prediction"])
    # of int8 products another processor rounds some the other way, which may turn an answer of hardly any probability
    assert same == len(expected) if exact else same >= 0.9 * len(expected)


@pytest.mark.parametrize("name", MAKE.MODELS)
def test_outputs_say_the_prediction(name):
    """A decoder alone, without an interpreter, finds the answers: exactly, and their scores nearly."""
    model = edgenlp.load(MAKE.MODELS[name])
    for vector in vectors(name):
        if vector["outputs"] is None:
            continue
        outputs = {output: np.array([values], np.float32) for output, values in vector["outputs"].items()}
        found = json.loads(json.dumps(MAKE._plain(model.decode(outputs, model.tokenize(vector["text"])))))
        assert without_scores(found) == without_scores(vector["prediction"])
        assert found["score"] == pytest.approx(vector["prediction"]["score"], rel=1e-5)


def test_the_vectors_of_decoding_are_of_this_decoder():
    lines = (ROOT / "tests" / "golden" / "decoding.jsonl").read_text(encoding="ascii").splitlines()
    for found, expected in zip(
        map(json.loads, tool("make_decoding_vectors").lines()), map(json.loads, lines), strict=True
    ):
        assert found.pop("score") == pytest.approx(expected.pop("score"), rel=1e-5)
        assert found == expected
