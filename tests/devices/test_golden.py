"""The predictions on which all platforms agree, replayed by Python."""

import json
from pathlib import Path

import numpy as np
import pytest

import edgenlp

NAMES = sorted(path.stem for path in (Path(__file__).parents[1] / "golden" / "predictions").glob("*.jsonl"))


def test_every_model_has_vectors_and_every_vector_a_model(golden_tool):
    assert sorted(golden_tool.MODELS) == NAMES
    small = [path for name, path in golden_tool.MODELS.items() if name not in golden_tool.BUNDLED]
    assert all(path.stat().st_size <= 250_000 for path in small)


@pytest.mark.parametrize("name", NAMES)
def test_this_runtime_gives_the_vectors(name, golden_tool, check_vectors):
    check_vectors(name, golden_tool.lines(name))


def test_vectors_that_differ_are_found(golden_tool, check_vectors):
    lines = golden_tool.lines("intent-none")
    for before, after in (
        ("[0,4]", "[0,5]"),
        ("length_8", "length_16"),
        ("6.374", "6.375"),
        ('"label":"alarm"', '"label":""'),
    ):
        assert before in lines[0]
        with pytest.raises(AssertionError):
            check_vectors("intent-none", [lines[0].replace(before, after), *lines[1:]])


@pytest.mark.parametrize("name", NAMES)
def test_outputs_say_the_prediction(name, golden_tool, expected_vectors, answer_of):
    """A decoder alone, without an interpreter, finds the answers: exactly, and their scores nearly."""
    model = edgenlp.load(golden_tool.MODELS[name])
    for vector in expected_vectors(name):
        if vector["outputs"] is None:
            continue
        outputs = {output: np.array([values], np.float32) for output, values in vector["outputs"].items()}
        found = json.loads(json.dumps(golden_tool.plain(model.decode(outputs, model.tokenize(vector["text"])))))
        assert answer_of(found) == answer_of(vector["prediction"])
        assert found["score"] == pytest.approx(vector["prediction"]["score"], rel=1e-5)


def test_the_vectors_of_decoding_are_of_this_decoder(predictions, tool):
    lines = (predictions.parent / "decoding.jsonl").read_text(encoding="ascii").splitlines()
    made = tool("make_decoding_vectors").lines()
    for found, expected in zip(map(json.loads, made), map(json.loads, lines), strict=True):
        assert found.pop("score") == pytest.approx(expected.pop("score"), rel=1e-5)
        assert found == expected
