"""The benchmark of a model's own embeddings, on a task that they tell."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("keras_hub")

pytestmark = [
    pytest.mark.slow,
    # Keras reads variables in a way that numpy 2.4 has deprecated
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

SCRIPT = Path(__file__).resolve().parent.parent.parent / "benchmarks" / "glue_embeddings.py"
WORDS = ["wake", "me", "up", "at", "seven", "play", "some", "jazz", "will", "it", "rain", "in", "the", "morning"]


@pytest.fixture
def model(tmp_path):
    """A folder of a tiny BERT with random weights, which gives the mean of its vectors as a sentence's."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    from keras_hub import models

    keras.utils.set_random_seed(1)
    folder = tmp_path / "model"
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    models.BertBackbone(len(vocabulary), 1, 2, 16, 32, max_sequence_length=32).save_to_preset(folder)
    models.BertTokenizer(vocabulary, lowercase=True).save_to_preset(folder)
    (folder / "modules.json").write_text(json.dumps([{"type": kind} for kind in ("Transformer", "Pooling")]))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": "mean"}))
    return folder


@pytest.fixture
def data(tmp_path):
    """RTE of another kind: a text follows from itself, and from no other one."""
    random.seed(1)
    folder = tmp_path / "glue" / "RTE"
    folder.mkdir(parents=True)
    for split, count in (("train", 400), ("dev", 60)):
        rows = ["index\tsentence1\tsentence2\tlabel"]
        for number in range(count):
            first = " ".join(random.choices(WORDS, k=6))
            other = first if number % 2 else " ".join(random.choices(WORDS, k=6))
            rows.append(f"{number}\t{first}\t{other}\t{'entailment' if number % 2 else 'not_entailment'}")
        (folder / f"{split}.tsv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_a_head_learns_from_embeddings_what_they_tell(model, data, tmp_path):
    out = tmp_path / "figures.json"
    command = [sys.executable, SCRIPT, "--data", data, "--model", model, "--tasks", "RTE", "--seeds", "1", "2"]
    result = subprocess.run([*map(str, command), "--json", str(out)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    figures = json.loads(out.read_text())["figures"]["RTE"]
    assert len(figures) == 2
    assert all(metrics["accuracy"] > 0.9 for metrics in figures)
