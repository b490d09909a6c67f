import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("tensorflow")
keras_hub = pytest.importorskip("keras_hub")

from edgenlp.errors import ExportError, RecipeError  # noqa: E402
from edgenlp.export.tflite import TFLiteExporter  # noqa: E402
from edgenlp.testing import EncoderConformance  # noqa: E402
from edgenlp.text import segment  # noqa: E402
from edgenlp.training import load_run, train  # noqa: E402
from edgenlp_keras_hub.config import KerasHubEncoderConfig  # noqa: E402
from edgenlp_keras_hub.encoder import KerasHubEncoder  # noqa: E402

SAMPLE = Path(__file__).parents[3] / "recipes" / "data" / "quickstart" / "train.jsonl"

RECIPE = """
name = "teacher"
seed = 3
encoder = { name = "keras_hub" }
head = { name = "HEAD" }

[data]
train = [{ path = "train.jsonl", format = "FORMAT" }]
dev = [{ path = "dev.jsonl", format = "FORMAT" }]
tuning_share = 0

[training]
epochs = 2
batch_size = 32
learning_rate = 1e-2
max_tokens = 5
deterministic = true
"""


class TestKerasHub(EncoderConformance):
    encoder = KerasHubEncoder()
    tolerance = 1e-5

    @pytest.fixture(autouse=True)
    def model(self, bert):
        type(self).config = KerasHubEncoderConfig(model=str(bert), dtype="float32")


@pytest.fixture(scope="module")
def parts(bert):
    encoder, config = KerasHubEncoder(), KerasHubEncoderConfig(model=str(bert), dtype="float32")
    assets = encoder.fit([], config)
    return encoder, config, assets


def test_subwords_are_the_models_own_with_accents_folded(parts):
    encoder, config, assets = parts
    featurizer = encoder.featurizer(config, assets)
    vocabulary = assets["vocabulary.txt"].decode().split("\n")
    arrays = featurizer.inputs(featurizer.tokenize("Café plays 7pm", 8), 8)
    names = [vocabulary[number] for number in arrays["padded"][0, : arrays["count"][0]]]
    assert names == ["[CLS]", "caf", "##e", "play", "##s", "7", "p", "##m", "[SEP]"]
    assert arrays["first"][0].tolist() == [1, 3, 5, 6, 0, 0, 0, 0]


def test_a_runs_vocabulary_that_does_not_fit_its_network_is_refused(parts):
    encoder, config, assets = parts
    cut = b"".join(assets["vocabulary.txt"].splitlines(keepends=True)[:50])
    with pytest.raises(RecipeError, match=r"the run's encoder holds a vocabulary of 50 subwords and a model for \d+"):
        encoder.featurizer(config, {**assets, "vocabulary.txt": cut})


# Keras reads variables in a way that numpy 2.4 has deprecated
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_network_of_electras_is_read_in_kerashubs_form(parts, tmp_path):
    encoder, _, assets = parts
    words = assets["vocabulary.txt"].decode().splitlines()
    sizes = {"num_layers": 1, "num_heads": 2, "hidden_dim": 16, "embedding_dim": 16, "intermediate_dim": 32}
    keras_hub.models.ElectraBackbone(vocab_size=len(words), **sizes).save_to_preset(tmp_path)
    keras_hub.models.ElectraTokenizer(vocabulary=words).save_to_preset(tmp_path)
    config = KerasHubEncoderConfig(model=str(tmp_path), dtype="float32")
    own = encoder.fit([], config)
    network, featurizer = encoder.network(config, own), encoder.featurizer(config, own)
    encoder.load_pretrained(network, config)
    assert network(featurizer.batch([featurizer.tokenize("play jazz", 4)], 4))["pooled"].shape == (1, 16)


def test_a_text_longer_than_the_model_keeps_the_first_subwords_of_each_token(parts):
    encoder, config, assets = parts
    featurizer = encoder.featurizer(config, assets)
    tokens = featurizer.tokenize("abcd " * 40, 40)
    arrays = featurizer.batch([tokens], 40)
    assert arrays["count"].tolist() == [42]
    assert arrays["first"][0].tolist() == list(range(1, 41))
    beyond = featurizer.batch([featurizer.tokenize("abcd " * 100, 100)], 100)
    assert beyond["count"].tolist() == [64]
    assert beyond["first"][0, 60:65].tolist() == [61, 62, 63, 63, 63]


def test_a_pair_is_read_as_one_text_with_a_mark_between(parts):
    import tensorflow as tf

    encoder, config, assets = parts
    featurizer, network = encoder.featurizer(config, assets), encoder.network(config, assets)
    pairs = [("café plays", "7pm"), ("jazz", "set an alarm for tomorrow"), ("", "jazz")]
    batches = [
        featurizer.batch([featurizer.tokenize(text, 8) for text in texts], 8) for texts in zip(*pairs, strict=True)
    ]
    together = network.pair(*({name: tf.constant(array) for name, array in one.items()} for one in batches))["pooled"]
    for pair, pooled in zip(pairs, together.numpy(), strict=True):
        rows = [featurizer.batch([featurizer.tokenize(text, 8)], 8)["pieces"].tolist() for text in pair]
        ids = rows[0] + rows[1][1:]
        inputs = {
            "token_ids": tf.constant([ids]),
            "segment_ids": tf.constant([[0] * len(rows[0]) + [1] * (len(rows[1]) - 1)]),
            "padding_mask": tf.ones((1, len(ids)), tf.int32),
        }
        np.testing.assert_allclose(pooled, network.body(inputs)[0, 0].numpy(), atol=1e-5)


@given(st.lists(st.tuples(st.integers(2, 30), st.integers(2, 30)), min_size=1, max_size=5), st.integers(4, 40))
def test_a_pair_beyond_the_window_loses_the_longer_texts_last_subwords(lengths, window):
    from edgenlp_keras_hub.network import joined

    def padded(rows):
        widest = max(map(len, rows))
        return np.array([row + [0] * (widest - len(row)) for row in rows], np.int32)

    texts = [([1, *range(100, 98 + one), 2], [1, *range(200, 198 + other), 2]) for one, other in lengths]
    one, other = zip(*texts, strict=True)
    sides = [(padded(rows), np.array(list(map(len, rows)), np.int32)) for rows in (one, other)]
    subwords, count, segments = (part.numpy() for part in joined(*sides, window))
    for row, (first, second) in enumerate(texts):
        found, where = subwords[row, : count[row]].tolist(), segments[row, : count[row]].tolist()
        assert where == sorted(where)
        left = len(where) - sum(where)
        kept, rest = found[:left], found[left:]
        assert kept == [*first[: left - 1], 2]
        assert rest == [*second[1 : len(rest)], 2]
        assert count[row] == min(window, len(first) + len(second) - 1)
        if count[row] < len(first) + len(second) - 1:
            assert min(left, len(rest)) >= min(window // 2, len(first), len(second) - 1)


def test_the_network_starts_from_the_folders_weights(parts, bert):
    import tensorflow as tf

    encoder, config, assets = parts
    network = encoder.network(config, assets)
    encoder.load_pretrained(network, config)
    featurizer = encoder.featurizer(config, assets)
    tokens = [featurizer.tokenize(text, 8) for text in ("wake me up", "play some jazz for mom")]
    encoded = network(featurizer.batch(tokens, 8))
    plain = keras_hub.models.Backbone.from_preset(str(bert))
    ids = tf.constant(featurizer.inputs(tokens[1], 8)["padded"][:, :7])
    expected = plain({"token_ids": ids, "segment_ids": tf.zeros_like(ids), "padding_mask": tf.ones_like(ids)})
    np.testing.assert_allclose(encoded["tokens"][1, :5], expected["sequence_output"][0, 1:6], atol=1e-5)
    np.testing.assert_allclose(encoded["pooled"][1], expected["sequence_output"][0, 0], atol=1e-5)


def write_recipe(folder, head):
    """A recipe for a head, beside its data."""
    rows = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    # of one length, for which training compiles its step
    rows = [row for row in rows if len(segment(row["question"], 10)[0]) == 5][:80]
    lines, kind = [json.dumps(row) for row in rows], "mtop"
    if head == "classification":
        kind = "delimited"
        lines = [json.dumps({"text": row["question"], "label": row["logical_form"][4:12]}) for row in rows]
    (folder / "train.jsonl").write_text("\n".join(lines[:64]) + "\n")
    (folder / "dev.jsonl").write_text("\n".join(lines[64:]) + "\n")
    path = folder / "recipe.toml"
    path.write_text(RECIPE.replace("HEAD", head).replace("FORMAT", kind))
    return path


@pytest.fixture(scope="module", params=["semantic_parsing", "classification"])
def run(request, bert, tmp_path_factory):
    """The model, fine-tuned on a head's task."""
    folder = tmp_path_factory.mktemp(request.param)
    recipe = write_recipe(folder, request.param)
    return train(recipe, folder / "run", None, [f"encoder.model={str(bert)!r}"], False)


def test_training_a_run_fine_tunes_it_on_a_heads_task(run):
    history = [json.loads(line) for line in (run.folder / "history.jsonl").read_text().splitlines()]
    assert history[-1]["loss"] < history[0]["loss"]
    assert run.metrics["dev"]["metrics"]


def test_a_trained_run_needs_the_models_folder_no_more(run, monkeypatch):
    monkeypatch.setattr("edgenlp_keras_hub.encoder.locate", lambda model: pytest.fail("the folder was read"))
    student = load_run(run.folder).student()
    assert student.count_params() > 0


def test_a_teacher_is_not_exported(run, tmp_path):
    with pytest.raises(ExportError, match="is a teacher"):
        TFLiteExporter().export(run.folder, tmp_path / "model.tflite")
    assert not (tmp_path / "model.tflite").exists()
