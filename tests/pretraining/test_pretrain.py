"""Pretraining on raw text: what it learns, that it resumes, that tasks start from it, and what is wrong is told."""

from __future__ import annotations

import json
import math
from collections import Counter

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from edgenlp.cli.main import main
from edgenlp.errors import DataError, RecipeError
from edgenlp.training import load_run, pretrain, read_recipe, train
from edgenlp.training.trainer import Trainer
from edgenlp_pqrnn.featurizer import PQRNNFeaturizer


class Killed(BaseException):
    pass


def unigram_perplexity(run, text):
    """Of guessing each piece by how often it stands in the text."""
    featurizer = run.featurizer()
    counts = Counter(piece for line in text.split("\n") for piece in featurizer.pieces(line, 99).ids)
    total = counts.total()
    return math.exp(-sum(count / total * math.log(count / total) for count in counts.values()))


def test_hidden_words_are_guessed_from_their_neighbours(pretrained, text):
    tuning, dev = pretrained.metrics["tuning"], pretrained.metrics["dev"]
    chance = unigram_perplexity(pretrained, (text / "en.txt").read_text())
    assert dev["metrics"]["perplexity"] < 0.5 * chance
    assert dev["metrics"]["log_likelihood"] == pytest.approx(-math.log(dev["metrics"]["perplexity"]))
    assert 0.4 < dev["metrics"]["accuracy"] < 1
    assert set(tuning["languages"]) == {"en", "de"}
    assert sum(part["examples"] for part in tuning["languages"].values()) == tuning["examples"]


def test_an_encoder_without_a_vocabulary_guesses_frequent_words(words_recipe, text, tmp_path):
    small = "{name='pqrnn', word_features=64, ngram_features=64, bottleneck=32, state_size=24, layers=1}"
    run = pretrain(words_recipe, tmp_path / "run", None, [f"encoder={small}", "training.epochs=12"], False)
    counts = Counter((text / "en.txt").read_text().split())
    total = counts.total()
    chance = math.exp(-sum(count / total * math.log(count / total) for count in counts.values()))
    assert run.metrics["dev"]["metrics"]["perplexity"] < 0.5 * chance
    (tmp_path / "task.tsv").write_text("text\tlabel\n" + "one salt\tfood\ntwo king\tpeople\n" * 8)
    recipe = tmp_path / "task.toml"
    recipe.write_text(TASK.format(start=run.folder))
    overrides = [f"encoder={small}", "training.learning_rate=1e-9", "training.average_decay=0"]
    task = train(recipe, tmp_path / "task", None, overrides, False)
    with np.load(task.folder / "weights.npz") as learnt, np.load(run.folder / "weights.npz") as words:
        np.testing.assert_allclose(learnt["encoder.0"], words["encoder.0"], atol=1e-6)


def test_a_run_keeps_each_looks_perplexities(pretrained):
    history = [json.loads(line) for line in (pretrained.folder / "history.jsonl").read_text().splitlines()]
    looks = [record for record in history if "perplexity" in record]
    assert [record["epoch"] for record in looks] == [4, 8]
    assert {"log_likelihood", "accuracy", "perplexity_en", "perplexity_de", "accuracy_de"} <= looks[0].keys()
    assert looks[-1]["perplexity_de"] < looks[0]["perplexity_de"]
    assert (pretrained.folder / "learning_curve.png").is_file()


def test_a_killed_run_resumes_to_the_same_bytes(pretrained, words_recipe, tmp_path, monkeypatch):
    learn, steps = Trainer._step, []

    def killed(self, batch, step):
        steps.append(step)
        if len(steps) > 60:
            raise Killed
        return learn(self, batch, step)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Trainer, "_step", killed)
        pretrain(words_recipe, tmp_path / "run", None, [], False)
    pretrain(words_recipe, tmp_path / "run", None, [], True)
    for name in ("weights.npz", "metrics.json"):
        assert (tmp_path / "run" / name).read_bytes() == (pretrained.folder / name).read_bytes()


TASK = """
name = "task"
seed = 2
start = "{start}"
encoder = {{ name = "cmow", vocabulary_size = 90, matrix_size = 4, vector_size = 24 }}
head = {{ name = "classification" }}

[data]
train = [{{ path = "task.tsv", format = "delimited" }}]
tuning_share = 0

[training]
epochs = 1
"""


def test_a_task_starts_from_it(pretrained, tmp_path):
    (tmp_path / "task.tsv").write_text("text\tlabel\n" + "one salt\tfood\ntwo king\tpeople\n" * 8)
    recipe = tmp_path / "task.toml"
    recipe.write_text(TASK.format(start=pretrained.folder))
    run = train(recipe, tmp_path / "run", None, ["training.learning_rate=1e-9", "training.average_decay=0"], False)
    with np.load(run.folder / "weights.npz") as task, np.load(pretrained.folder / "weights.npz") as words:
        np.testing.assert_allclose(task["encoder.0"], words["encoder.0"], atol=1e-6)
    assert run.encoder_assets == pretrained.encoder_assets
    assert run.provenance["start"] == pretrained.weights_digest()


def test_pretraining_starts_from_another_run(pretrained, words_recipe, tmp_path):
    overrides = [f"start={str(pretrained.folder)!r}", "training.epochs=1", "training.learning_rate=1e-9"]
    run = pretrain(words_recipe, tmp_path / "run", None, overrides, False)
    with np.load(run.folder / "weights.npz") as again, np.load(pretrained.folder / "weights.npz") as words:
        np.testing.assert_allclose(again["encoder.0"], words["encoder.0"], atol=1e-6)
        assert not np.allclose(again["head.0"], words["head.0"])


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["pretraining.words=0"], "greater than or equal to 1"),
        (["head={name='classification'}"], "trains a task or an encoder"),
        (["augmentation=[{name='character_noise'}]"], "raw text is not varied"),
        (["pretraining.scored_share=0.1"], "the hidden pieces, a share of 0.25, are among them"),
        (["pretraining.hidden_share=0"], "greater than 0"),
        (["pretraining.hiden_share=0.2"], "did you mean 'hidden_share'"),
        (["pretraining.parts=5000"], "than pretraining.parts has parts: lower it"),
        (["training.max_tokens=1"], "training.max_tokens is 1, and a piece is guessed from others: raise it"),
        (["data.train=[{path='empty.txt', format='lines'}]"], "empty.txt holds no rows"),
        (["data.train=[{path='latin.txt', format='lines'}]"], "latin.txt, line 2: byte 0xfc"),
        (["data.train=[{path='nowhere.txt', format='lines'}]"], "nowhere.txt"),
        (
            ["distillation={teacher=[{name='run', run='x'}], objective=[{name='hard_labels'}]}"],
            "'hard_labels' is not for a recipe of edgenlp pretrain",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence_and_leaves_nothing(words_recipe, tmp_path, capsys, overrides, words):
    (words_recipe.parent / "empty.txt").write_text("\n \n")
    (words_recipe.parent / "latin.txt").write_bytes("früh\n".encode() + "früh\n".encode("latin-1"))
    arguments = [part for override in overrides for part in ("--set", override)]
    assert main(["pretrain", str(words_recipe), "--out", str(tmp_path / "run"), *arguments]) == 1
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith("error: ") and error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_verbs_and_recipes_belong_together(words_recipe, pretrained, recipe, tmp_path, capsys):
    assert main(["train", str(words_recipe), "--out", str(tmp_path / "run")]) == 1
    assert "has no section [head]: edgenlp pretrain trains its encoder" in capsys.readouterr().err
    assert main(["pretrain", str(recipe), "--out", str(tmp_path / "run")]) == 1
    assert "has no section [pretraining]" in capsys.readouterr().err
    assert main(["export", str(pretrained.folder), "--out", str(tmp_path / "model.tflite")]) == 1
    assert "has no section [head]" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_task_does_not_learn_words(recipe, tmp_path):
    goals = 'distillation={teacher=[{name="run", run="x"}], objective=[{name="soft_words"}]}'
    with pytest.raises(RecipeError, match="'soft_words' is not for a recipe of edgenlp train"):
        read_recipe(recipe, [goals])


def test_a_pretrained_run_is_not_started_over(pretrained, words_recipe):
    with pytest.raises(RecipeError, match="--resume"):
        pretrain(words_recipe, pretrained.folder, None, [], False)
    assert load_run(pretrained.folder).recipe.pretraining.width == 32


def test_raw_text_is_told_from_data(words_recipe, text, toy_path, capsys):
    assert main(["evaluate", str(toy_path), "--data", str(text / "en.txt")]) == 1
    assert "of no known format" in capsys.readouterr().err


def test_too_little_text(words_recipe, text, tmp_path):
    (text / "one.txt").write_text("salt\n")
    with pytest.raises(DataError, match=r"make fewer rows \(1\) than pretraining\.parts"):
        sources = [
            "data.train=[{path='one.txt', format='lines'}]",
            "data.dev=[]",
            f"encoder.vocabulary_file={str(vocabulary(text, tmp_path))!r}",
        ]
        pretrain(words_recipe, tmp_path / "run", None, sources, False)


def test_raw_text_is_for_training(words_recipe, tmp_path):
    with pytest.raises(RecipeError, match=r"raw text goes under 'data\.train'"):
        pretrain(words_recipe, tmp_path / "run", None, ["data.unlabelled=[{path='en.txt', format='lines'}]"], False)


def vocabulary(text, folder):
    """A vocabulary that has each word of the text."""
    path = folder / "vocabulary"
    assert main(["vocab", str(text / "en.txt"), "--out", str(path), "--size", "100"]) == 0
    return path


def test_an_encoder_from_which_nothing_can_be_hidden_is_told(words_recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(PQRNNFeaturizer, "reads_spelling", False)
    with pytest.raises(RecipeError, match="the encoder 'pqrnn' reads no pieces of a vocabulary"):
        pretrain(words_recipe, tmp_path / "run", None, ["encoder={name='pqrnn'}"], False)
    assert not (tmp_path / "run").exists()
