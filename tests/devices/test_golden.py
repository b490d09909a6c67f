"""The predictions on which all platforms agree, replayed by Python."""

import json
from pathlib import Path

import numpy as np
import pytest

import edgenlp
import make_decoding_vectors
import make_golden

NAMES = sorted(path.stem for path in (Path(__file__).parents[1] / "golden" / "predictions").glob("*.jsonl"))


def test_every_model_has_vectors_and_every_vector_a_model():
    assert sorted(make_golden.MODELS) == NAMES
    small = [path for name, path in make_golden.MODELS.items() if name not in make_golden.BUNDLED]
    assert all(path.stat().st_size <= 250_000 for path in small)


@pytest.mark.parametrize("name", NAMES)
def test_this_runtime_gives_the_vectors(name, check_vectors):
    check_vectors(name, make_golden.lines(name))


def test_vectors_that_differ_are_found(check_vectors):
    lines = make_golden.lines("intent-none")
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
def test_outputs_say_the_prediction(name, expected_vectors, answer_of):
    """A decoder alone, without an interpreter, finds the answers: exactly, and their scores nearly."""
    model = edgenlp.load(make_golden.MODELS[name])
    for vector in expected_vectors(name):
        if vector["outputs"] is None:
            continue
        outputs = {output: np.array([values], np.float32) for output, values in vector["outputs"].items()}
        found = json.loads(json.dumps(make_golden.plain(model.decode(outputs, model.tokenize(vector["text"])))))
        assert answer_of(found) == answer_of(vector["prediction"])
        assert found["score"] == pytest.approx(vector["prediction"]["score"], rel=1e-5)


def test_the_vectors_of_decoding_are_of_this_decoder(predictions):
    lines = (predictions.parent / "decoding.jsonl").read_text(encoding="ascii").splitlines()
    made = make_decoding_vectors.lines()
    for found, expected in zip(map(json.loads, made), map(json.loads, lines), strict=True):
        assert found.pop("score") == pytest.approx(expected.pop("score"), rel=1e-5)
        assert found == expected
