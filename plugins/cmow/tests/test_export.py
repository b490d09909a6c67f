"""The network as devices run it: int8 tables, one copy for all lengths, and nothing that is not used."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import edgenlp
from edgenlp.interfaces import PieceTokens
from edgenlp.text.vocabulary import WordPiece
from edgenlp_cmow.config import CMOWConfig
from edgenlp_cmow.featurizer import CMOWFeaturizer

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")

from edgenlp.evaluation import verify  # noqa: E402
from edgenlp.export import export  # noqa: E402
from edgenlp.export.convert import convert  # noqa: E402
from edgenlp.export.graph import operations, parse  # noqa: E402
from edgenlp.runtime.interpreter import Network  # noqa: E402
from edgenlp.training import train  # noqa: E402
from edgenlp.training.student import Student  # noqa: E402
from edgenlp_cmow.network import CMOW  # noqa: E402

CLINC = Path(__file__).parents[3] / "tests" / "data" / "clinc"
SIZE, LENGTHS = 2000, (8, 32)
CONFIG = CMOWConfig(matrix_size=20, vector_size=16)
VOCABULARY = WordPiece(["[PAD]", "[UNK]", *map(str, range(SIZE - 2))], lowercase=True)
INT8 = 9


class Show(keras.layers.Layer):
    """A head that says what it is told."""

    def __init__(self, names):
        super().__init__()
        self.names = names

    def call(self, encoded, training=False):
        return {name: encoded[name] for name in self.names}


def tokens(ids):
    return PieceTokens("", [(0, 0)] * len(ids), ids=ids)


@cache
def graphs(names, mode, trained=True):
    """A student that says `names` of the encoder's result, and its graph."""
    keras.utils.set_random_seed(1)
    student = Student(CMOW(CONFIG, SIZE, VOCABULARY.padding), Show(names))
    if trained:
        student.encoder.table.assign(as_trained())
    student((CMOWFeaturizer(VOCABULARY).inputs(tokens([1]), 8),))
    return student, convert(student, CMOWFeaturizer(VOCABULARY), 1, LENGTHS, mode)


def texts():
    rng = np.random.default_rng(5)
    return [rng.integers(1, SIZE, count).tolist() for count in (1, 2, 5, 8, 13, 32)]


def said(graph, ids, length):
    return Network(graph).run(f"length_{length}", CMOWFeaturizer(VOCABULARY).inputs(tokens(ids), length))


def as_trained():
    """Rows that training moved by more or less, some a hundred times as far as others, and single wild numbers."""
    rng = np.random.default_rng(7)
    table = rng.normal(size=(SIZE, sum(CONFIG.widths))) * 10 ** rng.uniform(-3, -1, (SIZE, 1))
    table[rng.integers(SIZE, size=50), rng.integers(table.shape[1], size=50)] = 0.5
    return table


@pytest.mark.parametrize("trained", [False, True], ids=["at the start", "as trained"])
def test_int8_products_are_within_one_per_cent_of_the_float_ones(trained):
    student, graph = graphs(("pooled",), "dynamic", trained)
    for ids in texts():
        exact = student((CMOWFeaturizer(VOCABULARY).batch([tokens(ids)], 32),))["pooled"].numpy()[0]
        found = said(graph, ids, 32)["pooled"][0]
        for number in range(2):
            start = CONFIG.vector_size + number * 400
            difference, quantized = (vector[start : start + 400].reshape(20, 20) for vector in (exact, found))
            error = np.linalg.norm(quantized - difference)
            assert error <= 0.01 * np.linalg.norm(difference + np.eye(20))
            # and far less than what the words say
            assert error <= 0.02 * np.linalg.norm(difference)


def test_the_float_graph_says_what_the_network_says():
    student, graph = graphs(("tokens", "pooled"), "none")
    for ids in texts():
        exact = student((CMOWFeaturizer(VOCABULARY).batch([tokens(ids)], 32),))
        found = said(graph, ids, 32)
        for name in ("pooled", "tokens"):
            np.testing.assert_allclose(found[name], exact[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", ["dynamic", "none"])
def test_a_text_says_the_same_in_every_length(mode):
    _, graph = graphs(("pooled",), mode)
    for ids in texts()[:4]:
        short, long = (said(graph, ids, length)["pooled"] for length in LENGTHS)
        np.testing.assert_allclose(short, long, rtol=1e-5, atol=1e-6)
        np.testing.assert_array_equal(short[:, CONFIG.vector_size :], long[:, CONFIG.vector_size :])


def test_the_table_is_stored_once_and_in_int8():
    _, graph = graphs(("pooled",), "dynamic")
    model = parse(graph)
    tables = {t.buffer for s in model.subgraphs for t in s.tensors if list(t.shape) == [SIZE, sum(CONFIG.widths)]}
    kinds = {t.type for s in model.subgraphs for t in s.tensors if t.buffer in tables}
    assert len(tables) == 1 and kinds == {INT8}
    # a byte for each number, three for the levels of a token, and the operations of two lengths
    assert len(graph) < SIZE * (sum(CONFIG.widths) + 3) + 20_000


def test_what_no_head_uses_is_not_computed():
    counts = {names: operations(parse(graphs(names, "dynamic")[1])) for names in (("pooled",), ("tokens", "pooled"))}
    pooled, states = counts["pooled",], counts["tokens", "pooled"]
    # 3 levels for 8 tokens and 5 for 32; states go down the tree again, in each direction
    assert pooled["BATCH_MATMUL"] == 3 + 5
    assert states["BATCH_MATMUL"] == 3 + 5 + 2 * (2 + 4)
    assert "CUMSUM" in states and "CUMSUM" not in pooled


RECIPE = """
name = "small"
[encoder]
name = "cmow"
vocabulary_size = 300
matrix_size = 8
vector_size = 32
[head]
name = "classification"
[data]
train = [{ path = "data_small.json", format = "clinc" }]
tuning_share = 0.1
[training]
epochs = 12
batch_size = 32
learning_rate = 1e-2
average_decay = 0.9
evaluate_every = 12
max_tokens = 9
deterministic = true
[export]
lengths = [8, 16]
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("cmow") / "small.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def run(recipe):
    return train(recipe, recipe.parent / "run", CLINC, [], False)


def test_a_trained_model_predicts_from_its_file_alone(run, tmp_path):
    path = tmp_path / "small.tflite"
    report = export(run.folder, path, max_drop=0.02)
    assert report["gate"]["none"] > 0.5
    model = edgenlp.load(path)
    assert model.manifest.encoder.assets == ("vocabulary",)
    replay = verify(model)
    assert replay.vectors >= 200 and not replay.mismatches
    assert model.predict("how do you say hello in spanish").label == "translate"


def test_a_broken_off_run_goes_on_to_the_same_bytes(run, recipe, monkeypatch):
    """The table's rows sleep and wake as they would have."""
    from edgenlp.training import trainer

    folder = recipe.parent / "resumed"
    epochs = trainer.Trainer.train_epoch
    learnt = []

    def break_off(self, report):
        if len(learnt) == 3:
            raise KeyboardInterrupt
        learnt.append(1)
        return epochs(self, report)

    monkeypatch.setattr(trainer.Trainer, "train_epoch", break_off)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, folder, CLINC, [], False)
    monkeypatch.undo()
    train(recipe, folder, CLINC, [], True)
    with np.load(folder / "weights.npz") as resumed, np.load(run.folder / "weights.npz") as unbroken:
        assert resumed.files == unbroken.files
        assert all(resumed[name].tobytes() == unbroken[name].tobytes() for name in resumed.files)
