"""A language of templates: what is hidden can be guessed from what stands beside it, and from nothing else."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("tensorflow")

PAIRS = [
    ("salt", "pepper"), ("king", "queen"), ("bread", "butter"), ("cat", "mouse"), ("lock", "key"), ("sun", "moon"),
    ("pen", "paper"), ("cup", "plate"), ("rain", "snow"), ("oak", "pine"), ("iron", "steel"), ("north", "south"),
]  # fmt: skip
PAARE = [("Salz", "Pfeffer"), ("Brot", "Butter"), ("Sonne", "Mond"), ("Regen", "Schnee"), ("Katze", "Maus")]

RECIPE = """
name = "words"
languages = ["en", "de"]
seed = 5

[encoder]
name = "cmow"
vocabulary_size = 90
matrix_size = 4
vector_size = 24
embedding_dropout = 0.0

[pretraining]
hidden_share = 0.25
width = 32
parts = 2

[data]
train = [
  { path = "en.txt", format = "lines", language = "en" },
  { path = "de.txt", format = "lines", options = { language = "de" } },
]
dev = [{ path = "dev.txt", format = "lines", language = "en" }]
tuning_share = 0.1

[training]
epochs = 8
batch_size = 32
learning_rate = 3e-2
average_decay = 0.9
evaluate_every = 4
max_tokens = 24
deterministic = true
"""


def sentence(pairs, draw):
    a, b = draw.choice(pairs)
    number = draw.choice(["one", "two", "three"])
    return f"{number} {a} and {number} {b}"


@pytest.fixture(scope="session")
def text(tmp_path_factory):
    """Raw text in two languages."""
    folder = tmp_path_factory.mktemp("text")
    draw = random.Random(1)
    counted = [f"{sentence(PAIRS, draw)} , {number} times" for number in range(12, 700)]
    lines = list(dict.fromkeys(counted))
    (folder / "en.txt").write_text("\n\n".join(lines[:560]) + "\n")
    (folder / "dev.txt").write_text("\n".join(lines[560:]) + "\n")
    (folder / "de.txt").write_text("\n".join(f"{sentence(PAARE, draw)} , {n} mal" for n in range(240)) + "\n")
    return folder


@pytest.fixture(scope="session")
def words_recipe(text):
    """A recipe of word prediction beside its text."""
    path = text / "words.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="session")
def pretrained(words_recipe, tmp_path_factory):
    """The recipe, pretrained without a break."""
    from edgenlp.training import pretrain

    return pretrain(words_recipe, tmp_path_factory.mktemp("pretrained") / "run", None, [], False)
