import itertools
import json
import shutil
import string
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytest.importorskip("keras_hub")

from keras_hub.models import Backbone

from edgenlp.data.vocabulary import vocabulary_asset
from edgenlp.errors import DataError, EdgeNLPError, RecipeError
from edgenlp_keras_hub import train_word_prediction as training
from edgenlp_keras_hub.config import KerasHubEncoderConfig, KerasHubTeacherConfig
from edgenlp_keras_hub.encoder import KerasHubEncoder
from edgenlp_keras_hub.teacher import KerasHubTeacher

# Keras reads variables in a way that numpy 2.4 has deprecated
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SETTINGS = training.Settings(
    steps=420, frozen_steps=10, batch_size=16, head_rate=5e-3, body_rate=5e-3, warmup=5, look_every=140
)


class Killed(BaseException):
    pass


@pytest.fixture(scope="module")
def bare(write_bert, tmp_path_factory):
    """A model without a word-prediction head."""
    return write_bert(tmp_path_factory.mktemp("bare") / "model", word_prediction=False)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Sentences in which each word tells the next one, before any two letters; each line comes twice."""
    sentences = ["wake me up tomorrow", "play some jazz", "set an alarm for tomorrow", "will it rain in the message"]
    letters = string.ascii_lowercase[:12]
    lines = [" ".join(line) for line in itertools.product(sentences, letters, letters)]
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(lines * 2) + "\n\n")
    return path


@pytest.fixture(scope="module")
def trained(bare, text, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "model"
    return out, training.train_word_prediction(str(bare), [text], out, SETTINGS)


def test_a_head_learns_what_stands_behind_a_mask(trained):
    out, found = trained
    assert found["perplexity"] < 9  # without the context it is about 18
    teacher, config = KerasHubTeacher(), KerasHubTeacherConfig(model=str(out))
    assert teacher.offers(config) == {"vocabulary_logits"}
    words = teacher.labels("vocabulary_logits", config)
    places = {"play [MASK] jazz": 1, "set an [MASK] for tomorrow": 2}
    answers = teacher.label(list(places), ["vocabulary_logits"], config)
    play, alarm = (
        answer["vocabulary_logits"][place, [words.index("some"), words.index("alarm")]]
        for answer, place in zip(answers, places.values(), strict=True)
    )
    assert play[0] - play[1] > alarm[0] - alarm[1]
    report = json.loads((out / training.REPORT).read_text())
    assert report["held_out"] == found
    assert report["steps"] == SETTINGS.steps


def test_the_result_is_a_model_like_any_other(trained):
    out, _ = trained
    encoder, config = KerasHubEncoder(), KerasHubEncoderConfig(model=str(out))
    assets = encoder.fit([], config)
    network = encoder.network(config, assets)
    encoder.load_pretrained(network, config)
    featurizer = encoder.featurizer(config, assets)
    assert network(featurizer.batch([featurizer.tokenize("Café", 4)], 4))["tokens"].shape == (1, 4, 16)


def test_its_vocabulary_is_the_models_own(bare, trained, tmp_path):
    out, _ = trained
    assert vocabulary_asset(out) == vocabulary_asset(bare)
    other = shutil.copytree(out, tmp_path / "other")
    tokenizer = json.loads((other / "tokenizer.json").read_text())
    (other / "tokenizer.json").write_text(json.dumps(tokenizer | {"class_name": "GPT2Tokenizer"}))
    with pytest.raises(DataError, match="of no BERT-family model: its tokenizer is 'GPT2Tokenizer'"):
        vocabulary_asset(other)


def test_the_body_waits_for_the_head(bare, text, tmp_path):
    run = training._Training(str(bare), [text], tmp_path / "out", replace(SETTINGS, look_every=1000))
    before = [weight.numpy() for weight in run.model.body.trainable_weights]
    batches = run._batches(0)
    for _ in range(3):
        run._set_rates()
        run._learn[0](*next(batches))
    frozen = [weight.numpy() for weight in run.model.body.trainable_weights]
    assert all(np.array_equal(one, other) for one, other in zip(before, frozen, strict=True))
    run.step = SETTINGS.frozen_steps
    run._set_rates()
    run._learn[1](*next(batches))
    moved = [weight.numpy() for weight in run.model.body.trainable_weights]
    assert any(not np.array_equal(one, other) for one, other in zip(frozen, moved, strict=True))


def test_gradients_are_clipped_together_and_neither_biases_nor_scales_decay(bare, text, tmp_path):
    run = training._Training(str(bare), [text], tmp_path / "out", SETTINGS)
    for optimizer, weights in zip(run.optimizers, run.parts, strict=True):
        assert (optimizer.clipnorm, optimizer.global_clipnorm) == (None, 1.0)
        decayed = {weight.name for weight in weights if optimizer._use_weight_decay(weight)}
        assert decayed and decayed <= {"kernel", "embeddings"}


def test_no_line_is_learnt_and_held_out(bare, text, tmp_path):
    run = training._Training(str(bare), [text], tmp_path / "out", SETTINGS)
    assert (len(run.held_out), len(run.rows)) == (28, 548)
    assert not {tuple(row) for row in run.held_out} & {tuple(row) for row in run.rows}


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_head(bare, text, trained, tmp_path, monkeypatch):
    out = tmp_path / "killed"
    evaluate = training._Training._evaluate

    def killed(self):
        if self.step == 2 * SETTINGS.look_every:
            raise Killed
        return evaluate(self)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(training._Training, "_evaluate", killed)
        training.train_word_prediction(str(bare), [text], out, SETTINGS)
    assert not (out / "config.json").exists()
    with pytest.raises(RecipeError, match="another model, text or settings"):
        training.train_word_prediction(str(bare), [text], out, replace(SETTINGS, seed=2))
    found = training.train_word_prediction(str(bare), [text], out, SETTINGS)
    unbroken, expected = trained
    assert found == pytest.approx(expected, abs=1e-3)
    with np.load(out / "word_prediction.npz") as one, np.load(unbroken / "word_prediction.npz") as other:
        for name in one:
            np.testing.assert_allclose(one[name], other[name], atol=1e-3)
    assert not (out / training.CHECKPOINT).exists()


def test_a_folder_that_holds_a_model_is_not_overwritten(bare, text, trained):
    out, _ = trained
    with pytest.raises(RecipeError, match="holds a model already"):
        training.train_word_prediction(str(bare), [text], out, SETTINGS)


def test_a_file_in_the_place_of_the_folder_is_said_before_the_training(bare, text):
    with pytest.raises(EdgeNLPError, match="could not be made a folder"):
        training.train_word_prediction(str(bare), [text], text, SETTINGS)


def test_a_training_that_was_killed_behind_its_last_step_gives_its_figures(bare, text, tmp_path, monkeypatch):
    settings, out = replace(SETTINGS, steps=4, look_every=4), tmp_path / "out"
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(training._Training, "_write", lambda *_: (_ for _ in ()).throw(Killed))
        training.train_word_prediction(str(bare), [text], out, settings)
    checkpoint = (out / training.CHECKPOINT).read_bytes()
    (out / training.CHECKPOINT).write_bytes(checkpoint[:-100])
    with pytest.raises(RecipeError, match=r"checkpoint\.npz is damaged .*: delete it to begin anew"):
        training.train_word_prediction(str(bare), [text], out, settings)
    (out / training.CHECKPOINT).write_bytes(checkpoint)
    found = training.train_word_prediction(str(bare), [text], out, settings)
    assert found == json.loads((out / training.REPORT).read_text())["held_out"]
    assert found["perplexity"] > 1


def test_too_little_text_is_said(bare, tmp_path, capsys):
    path = tmp_path / "text.txt"
    path.write_text("".join(f"{word} some jazz\n" for word in string.ascii_lowercase[:10]))
    with pytest.raises(DataError, match="10 lines are too few"):
        training.train_word_prediction(str(bare), [path], tmp_path / "out", SETTINGS)
    assert training.main(["--model", str(bare), "--text", str(tmp_path / "no"), "--out", str(tmp_path / "out")]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("setting", [{"batch_size": 0}, {"look_every": 0}, {"warmup": -1}, {"body_rate": float("nan")}])
def test_numbers_out_of_range_are_named(setting):
    (name,) = setting
    with pytest.raises(RecipeError, match=f"--{name.replace('_', '-')} is "):
        replace(SETTINGS, **setting)


def test_a_disk_that_fills_at_the_end_loses_nothing(bare, text, tmp_path, monkeypatch):
    out = tmp_path / "out"
    settings = replace(SETTINGS, steps=12, frozen_steps=4, look_every=6)

    def full(self, preset_dir):
        (Path(preset_dir) / "config.json").write_text("{}")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(EdgeNLPError, match=r"No space left on device.*call again"):
        patch.setattr(Backbone, "save_to_preset", full)
        training.train_word_prediction(str(bare), [text], out, settings)
    assert not (out / "config.json").exists()
    training.train_word_prediction(str(bare), [text], out, settings)
    assert not list(out.glob(".saving*"))
    assert (out / "config.json").exists() and not (out / training.CHECKPOINT).exists()


def test_masks_fall_on_subwords_alone_and_on_at_least_one_of_each_line(bare, text, tmp_path):
    run = training._Training(str(bare), [text], tmp_path / "out", SETTINGS)
    rng = np.random.default_rng(3)
    rows = [run.model.marked(list(range(10, 10 + length))) for length in (1, 2, 30, 60)] * 50
    ids, count, places, stood = run._masked(rows, rng)
    row, column = np.divmod(places, ids.shape[1])
    assert set(row) == set(range(len(rows)))
    assert np.all((column > 0) & (column < count[row] - 1))
    assert np.array_equal(stood, [rows[r][c] for r, c in zip(row, column, strict=True)])
    long = row % 4 >= 2
    share = np.sum(long) / (50 * 90)
    assert abs(share - 0.15) < 0.02
    hidden = ids[row, column] == run.mask
    assert abs(np.mean(hidden) - 0.8) < 0.05
    untouched = np.ones(ids.shape, bool)
    untouched[row, column] = False
    original, _ = run.model.padded(rows)
    assert np.array_equal(ids[untouched], original[untouched])
