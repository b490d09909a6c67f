"""A student so small that it trains in seconds."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SAMPLE = Path(__file__).parents[2] / "recipes" / "data" / "quickstart" / "train.jsonl"

RECIPE = """
name = "small"
languages = ["en"]
seed = 7

[encoder]
name = "pqrnn"
word_features = 32
ngram_features = 32
bottleneck = 16
state_size = 8
layers = 2
zoneout = 0.1

[head]
name = "semantic_parsing"
hidden = 16

[data]
train = [{ path = "train.jsonl", format = "mtop" }]
dev = [{ path = "dev.jsonl", format = "mtop" }]
tuning_share = 0.2

[training]
epochs = 3
batch_size = 32
learning_rate = 1e-2
average_decay = 0.9
evaluate_every = 1
deterministic = true

[export]
lengths = [8, 16]
"""


@pytest.fixture(scope="session")
def recipe(tmp_path_factory):
    """A recipe beside its data: short utterances, so that few lengths have to be compiled."""
    folder = tmp_path_factory.mktemp("recipe")
    lines = [line for line in SAMPLE.read_text().splitlines() if len(json.loads(line)["question"].split()) < 6]
    (folder / "train.jsonl").write_text("\n".join(lines[:160]) + "\n")
    (folder / "dev.jsonl").write_text("\n".join(lines[160:200]) + "\n")
    path = folder / "small.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="session")
def run(recipe, tmp_path_factory):
    """The recipe, trained without a break."""
    from edgenlp.training import train

    return train(recipe, tmp_path_factory.mktemp("run") / "small", None, [], False)
