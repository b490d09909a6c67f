"""What counts as the same result on another runtime."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from edgenlp import artifact
from edgenlp.artifact import Artifact
from edgenlp.evaluation import golden, golden_texts, verify
from edgenlp.evaluation.golden import digest
from edgenlp.runtime import Model


@pytest.fixture
def altered(toy_files):
    """The toy model with its first golden vector changed by a function."""

    def alter(change):
        graph, manifest, files = toy_files()
        vectors = [json.loads(line) for line in files["golden.jsonl"].splitlines()]
        change(vectors[0])
        files["golden.jsonl"] = "\n".join(map(json.dumps, vectors)).encode()
        return verify(Model(Artifact(graph, manifest, files)))

    return alter


def test_the_digest_is_as_defined():
    features = {"b": np.array([[1, 2]], np.int32), "a": np.array([[0.5]], np.float32)}
    expected = hashlib.sha256(
        b"a\0float32\0" + b"1,1\0" + bytes([0, 0, 0, 0x3F]) + b"b\0int32\0" + b"1,2\0" + bytes([1, 0, 0, 0, 2, 0, 0, 0])
    )
    assert digest(features) == expected.hexdigest()


def test_the_digest_does_not_depend_on_the_order_of_bytes_in_memory():
    plain = np.arange(6, dtype=np.float32).reshape(2, 3)
    for same in (plain.astype(">f4"), np.asfortranarray(plain)):
        assert digest({"x": same}) == digest({"x": plain})


def test_golden_vectors_are_reproduced(toy_path, pair_path):
    for path, count in ((toy_path, 7), (pair_path, 6)):
        model = Model(artifact.read(path))
        replay = verify(model)
        assert (replay.vectors, replay.ties, replay.mismatches) == (count, 0, [])
        assert golden(model, golden_texts(model)) == model.files["golden.jsonl"]


def test_lone_surrogates_and_nul_travel(toy_path):
    model = Model(artifact.read(toy_path))
    texts = ["\ud800 a\0b", "👩‍👩‍👧"]
    lines = golden(model, texts).decode("ascii").splitlines()
    assert [json.loads(line)["text"] for line in lines] == texts


def test_small_differences_of_scores_agree(altered):
    def nudge(vector):
        vector["prediction"]["score"] += 0.015

    assert altered(nudge).mismatches == []


def test_large_differences_of_scores_do_not(altered):
    def push(vector):
        vector["prediction"]["score"] += 0.1

    assert [mismatch.what for mismatch in altered(push).mismatches] == ["prediction"]


def test_an_equally_probable_answer_is_a_tie(altered):
    def swap(vector):
        vector["prediction"]["label"] = "other"

    replay = altered(swap)
    assert (replay.ties, replay.mismatches) == (1, [])


def test_a_confident_answer_has_no_tie(altered):
    def claim(vector):
        vector["prediction"] |= {"label": "other", "score": 0.9}

    replay = altered(claim)
    assert (replay.ties, len(replay.mismatches)) == (0, 1)


def test_a_cut_text_is_no_tie(altered):
    def cut(vector):
        vector["prediction"]["truncated"] = True

    assert len(altered(cut).mismatches) == 1


def test_a_text_that_is_now_refused_is_a_mismatch(altered):
    def empty(vector):
        vector["text"] = " "

    (mismatch,) = altered(empty).mismatches
    assert "empty" in mismatch.what
