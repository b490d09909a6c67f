"""A BERT with fresh weights, over edgenlp's own vocabularies."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("keras_hub")

from edgenlp.errors import RecipeError
from edgenlp.testing import EncoderConformance
from edgenlp.testing.common import TEXTS
from edgenlp_keras_hub.bert import BertConfig, BertEncoder
from edgenlp_keras_hub.config import KerasHubEncoderConfig
from edgenlp_keras_hub.encoder import KerasHubEncoder

SMALL = BertConfig(vocabulary_size=86, layers=2, width=16, heads=2, max_pieces=16, dtype="float32")


class TestBert(EncoderConformance):
    encoder = BertEncoder()
    config = SMALL


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"width": 100, "heads": 3}, "width is 100: it must be a multiple of heads"),
        ({"layers": 0}, "layers is 0"),
        ({"window": 2}, "window is 2"),
        ({"vocabulary_size": 3_000_000_000}, "vocabulary_size is 3000000000: it must be from 4 to 1,000,000"),
        ({"dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_settings_out_of_range_are_named(settings, words):
    with pytest.raises(RecipeError, match=words):
        BertConfig(**settings)


@pytest.fixture(params=["bert", "keras_hub"])
def featurizer(request, bert):
    encoder, config = (
        (BertEncoder(), SMALL)
        if request.param == "bert"
        else (KerasHubEncoder(), KerasHubEncoderConfig(model=str(bert)))
    )
    return encoder.featurizer(config, encoder.fit(TEXTS, config))


def test_pieces_are_what_tokens_become(featurizer):
    text = "wake me up tomorrow at play"
    tokens, pieces = featurizer.tokenize(text, 32), featurizer.pieces(text, 32)
    whole, single = (featurizer.batch([read], 32) for read in (tokens, pieces))
    np.testing.assert_array_equal(whole["pieces"], single["pieces"])
    assert single["first"][0, : len(pieces)].tolist() == list(range(1, len(pieces) + 1))
    assert len(pieces) == len(pieces.spans) == whole["count"][0] - 2


def test_scripts_without_spaces_are_read_as_raw_text_is():
    texts = ["ตั้งปลุกพรุ่งนี้ตอน 7 โมงเช้า", "世界の歴史的な自己の気", "play some jazz"]
    encoder = BertEncoder()
    config = replace(SMALL, vocabulary_size=47)
    featurizer = encoder.featurizer(config, encoder.fit([text for text in texts for _ in range(20)], config))
    for text in texts:
        tokens, pieces = featurizer.tokenize(text, 64), featurizer.pieces(text, 64)
        whole, single = (featurizer.batch([read], 64)["pieces"] for read in (tokens, pieces))
        np.testing.assert_array_equal(whole, single)
        assert [text[start:end] for start, end in tokens.spans]


def test_pieces_fit_the_window(featurizer):
    pieces = featurizer.pieces("tomorrow " * 200, 1000)
    assert pieces.truncated
    assert featurizer.batch([pieces], len(pieces))["count"][0] == len(pieces) + 2


def test_a_hidden_piece_is_read_in_the_place_of_its_own(featurizer):
    pieces = featurizer.pieces("play some jazz", 32)
    hidden = type(pieces)(pieces.text, pieces.spans, ids=[featurizer.vocabulary.mask, *pieces.ids[1:]])
    read = featurizer.batch([hidden, featurizer.tokenize("play some jazz", 32)], 32)["pieces"]
    mine, plain = np.split(read, 2)
    assert mine[1] == featurizer.vocabulary.mask != plain[1]
    np.testing.assert_array_equal(mine[2:], plain[2:])


RECIPE = """
name = "{name}"
seed = 1
start = "{start}"
encoder = {{ name = "bert", vocabulary_size = 40, layers = 1, width = 16, heads = 2, dtype = "float32" }}
{task}

[data]
train = [{{ path = "rows.tsv", format = "{format}" }}]
tuning_share = {tuning}

[training]
epochs = 2
batch_size = 16
learning_rate = 1e-2
"""


def test_it_is_pretrained_and_then_taught(tmp_path):
    from edgenlp.training import pretrain, train

    pairs = [("wake me up at", "alarm"), ("play some loud jazz", "music"), ("will it rain today in", "weather")]
    rows = [f"{text} {number}\t{label}" for number in range(40) for text, label in pairs]
    (tmp_path / "rows.tsv").write_text("text\tlabel\n" + "\n".join(rows) + "\n")
    words, task = tmp_path / "words.toml", tmp_path / "task.toml"
    words.write_text(RECIPE.format(name="w", start="", task="pretraining = { width = 16 }", format="lines", tuning=0.2))
    run = pretrain(words, tmp_path / "words", None, [], False)
    assert run.metrics["tuning"]["metrics"]["perplexity"] < 40
    head = 'head = { name = "classification" }'
    task.write_text(RECIPE.format(name="t", start=run.folder, task=head, format="delimited", tuning=0))
    taught = train(task, tmp_path / "task", None, ["training.learning_rate=1e-9"], False)
    assert taught.encoder_assets == run.encoder_assets
    with np.load(run.folder / "weights.npz") as before, np.load(taught.folder / "weights.npz") as after:
        for name in before:
            if name.startswith("encoder."):
                np.testing.assert_allclose(after[name], before[name], atol=1e-6)
