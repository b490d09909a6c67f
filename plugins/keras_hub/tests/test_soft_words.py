"""General distillation: a CMOW student of raw text, and a BERT that says which words could stand there."""

import json
import random

import numpy as np
import pytest

pytest.importorskip("keras_hub")
pytest.importorskip("edgenlp_cmow")

from edgenlp.cli.main import main
from edgenlp.distillation import read_labels
from edgenlp.errors import DataError

RECIPE = """
name = "general"
seed = 4

[encoder]
name = "cmow"
vocabulary_file = "{bert}"
matrix_size = 4
vector_size = 24
embedding_dropout = 0.0

[pretraining]
hidden_share = 0.2
scored_share = 0.5
width = 24

[data]
train = [{{ path = "text.txt", format = "lines" }}]
tuning_share = 0.1

[distillation]
teacher = [{{ name = "keras_hub", model = "{bert}" }}]
objective = [
  {{ name = "soft_words", weight = 0.5, temperature = 2.0 }},
  {{ name = "word_prediction", weight = 0.5 }},
  {{ name = "sentence_embedding", weight = 0.1 }},
]

[training]
epochs = 6
batch_size = 32
learning_rate = 3e-2
average_decay = 0.9
max_tokens = 12
"""
TEXT = "wake me up at play some jazz set an alarm for tomorrow will it rain in the message to mom"


@pytest.fixture(scope="module")
def recipe(bert, tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    draw = random.Random(1)
    lines = [" ".join(draw.choices(TEXT.split(), k=8)) for _ in range(300)]
    (folder / "text.txt").write_text("\n".join([*lines, "play [MASK] jazz for mom", "rain " * 30]) + "\n")
    path = folder / "general.toml"
    path.write_text(RECIPE.format(bert=bert))
    return path


@pytest.fixture(scope="module")
def labels(recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    assert main(["label", str(recipe), "--out", str(folder)]) == 0
    return folder


def test_rows_are_labelled_as_they_are_cut(labels):
    found = read_labels(labels)
    (answer,) = found.of(" ".join(["rain"] * 12))
    assert answer["vocabulary_ids"].shape == (12, 64)
    assert answer["spans"].tolist() == [[5 * n, 5 * n + 4] for n in range(12)]
    with pytest.raises(DataError, match="hold no answer"):
        found.of(" ".join(["rain"] * 13))


def test_a_student_learns_words_from_the_teacher(recipe, labels, tmp_path):
    out = tmp_path / "run"
    assert main(["pretrain", str(recipe), "--out", str(out), "--labels", str(labels)]) == 0
    losses = [json.loads(line)["loss"] for line in (out / "history.jsonl").read_text().splitlines()]
    assert losses[-1] < 0.75 * losses[0]
    with np.load(out / "weights.npz") as weights:
        assert all(np.isfinite(weights[name]).all() for name in weights)


def test_pretraining_with_a_teacher_needs_its_labels(recipe, tmp_path, capsys):
    assert main(["pretrain", str(recipe), "--out", str(tmp_path / "run")]) == 1
    assert "name them with --labels" in capsys.readouterr().err


def test_another_vocabulary_is_told_before_anything_is_asked(recipe, tmp_path, capsys):
    override = "encoder={name='cmow', vocabulary_size=34, matrix_size=4, vector_size=24}"
    assert main(["label", str(recipe), "--out", str(tmp_path / "labels"), "--set", override]) == 1
    assert "has another vocabulary" in capsys.readouterr().err
    assert not (tmp_path / "labels").exists()


def test_rows_of_other_lengths_want_labels_of_their_own(recipe, labels, tmp_path, capsys):
    arguments = ["--labels", str(labels), "--set", "training.max_tokens=20"]
    assert main(["pretrain", str(recipe), "--out", str(tmp_path / "run"), *arguments]) == 1
    assert "for another recipe" in capsys.readouterr().err
