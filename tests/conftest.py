"""A tiny real model for the tests of the device side, and a student that trains in seconds; once a session."""

from __future__ import annotations

import itertools
import json
import os
import random
import sys
from operator import eq
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOY_PATHS = [str(ROOT / "tests" / "toy"), str(ROOT / "docs" / "eggsample")]
sys.path[:0] = TOY_PATHS

from edgenlp import artifact  # noqa: E402
from edgenlp.artifact import Artifact, Component, Graph, Manifest  # noqa: E402

LENGTHS = (4, 8, 16)
LABELS = ["alarm", "music", "weather"]
TEXTS = [
    "wake me up at 7",
    "play some jazz",
    "wird es morgen regnen",
    "क्या कल बारिश होगी",
    "พรุ่งนี้ ฝน จะ ตก ไหม",
    "明日 は 雨 ですか",
    "set a timer for the pasta and play something nice while I am waiting for it to boil over again",
]


@pytest.fixture(scope="session")
def toy_environment():
    """Environment of a fresh process in which the toy plugin is installed."""
    path = os.pathsep.join([*TOY_PATHS, *filter(None, sys.path)])
    return {**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}


def toy_graph(head, sequences):
    """An untrained student as a TFLite graph with a signature for each of LENGTHS."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf
    from edgenlp_toy import ToyEncoder

    keras.utils.set_random_seed(1)
    encoder = ToyEncoder()
    config = encoder.Config()
    encode = encoder.network(config, {})
    decide = head.network(head.Config(), {"labels.txt": "\n".join(LABELS).encode()})
    prefixes = [""] if sequences == 1 else ["first_", "second_"]

    def student(inputs):
        encoded = [
            encode({"counts": inputs[f"{prefix}counts"], "mask": inputs[f"{prefix}mask"]}) for prefix in prefixes
        ]
        return decide(encoded[0] if sequences == 1 else encoded)

    module = tf.Module()
    signatures = {}
    for length in LENGTHS:
        shapes = {"counts": [1, length, config.buckets], "mask": [1, length]}
        specs = {
            f"{prefix}{name}": tf.TensorSpec(shape, tf.float32, f"{prefix}{name}")
            for prefix in prefixes
            for name, shape in shapes.items()
        }
        student({name: tf.zeros(spec.shape) for name, spec in specs.items()})
        call = tf.function(lambda **inputs: student(inputs)).get_concrete_function(**specs)
        signatures[f"length_{length}"] = call
    # Keras variables as such are not tracked by a module, and would be left uninitialised in the graph.
    module.weights = [weight.value for layer in (encode, decide) for weight in layer.weights]
    return module, signatures


def to_tflite(module, signatures, folder):
    import tensorflow as tf

    tf.saved_model.save(module, str(folder), signatures=signatures)
    return tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=list(signatures)).convert()


def toy_manifest(head):
    return Manifest(
        name=f"toy-{head}",
        encoder=Component("toy", "edgenlp-toy", {"buckets": 64, "width": 16}),
        head=Component(head, "edgenlp-toy", {"temperature": 1.0}, ("labels.txt",)),
        graph=Graph({f"length_{length}": length for length in LENGTHS}, {"FULLY_CONNECTED": 6}, "1.5.0", "none"),
        languages=("en", "hi"),
        metrics={"dev": {"examples": 2, "metrics": {"accuracy": 0.5}, "unknown": 0}},
        license="Apache-2.0",
    )


@pytest.fixture(scope="session")
def graphs(tmp_path_factory):
    """Bytes of the toy graphs by head."""
    from edgenlp_toy import ToyHead, ToyPairHead

    folder = tmp_path_factory.mktemp("graphs")
    return {
        head.name: to_tflite(*toy_graph(head, head.sequences), folder / head.name)
        for head in (ToyHead(), ToyPairHead())
    }


@pytest.fixture(scope="session")
def toy_files(graphs):
    """A function from a head's name to what `artifact.write` takes."""
    from edgenlp.evaluation import golden
    from edgenlp.runtime import Model

    made = {}

    def parts(head="toy_label"):
        if head not in made:
            manifest, files = toy_manifest(head), {"labels.txt": "\n".join(LABELS).encode()}
            texts = TEXTS if head == "toy_label" else list(itertools.pairwise(TEXTS))
            files["golden.jsonl"] = golden(Model(Artifact(graphs[head], manifest, files)), texts)
            made[head] = graphs[head], manifest, files
        graph, manifest, files = made[head]
        return graph, manifest, dict(files)

    return parts


@pytest.fixture(scope="session")
def toy_path(toy_files, tmp_path_factory):
    """A model file of the head `toy_label`."""
    path = tmp_path_factory.mktemp("models") / "toy.tflite"
    artifact.write(path, *toy_files())
    return path


@pytest.fixture(scope="session")
def pair_path(toy_files, tmp_path_factory):
    """A model file of the head `toy_pair`."""
    path = tmp_path_factory.mktemp("models") / "pair.tflite"
    artifact.write(path, *toy_files("toy_pair"))
    return path


SAMPLE = ROOT / "recipes" / "data" / "quickstart" / "train.jsonl"

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


WORDS = [["red", "blue", "green", "white"], ["lamp", "door", "car", "dog"], ["here", "outside", "upstairs"]]

PAIR_RECIPE = """
name = "pairs"
languages = ["en"]
seed = 2

[encoder]
name = "pqrnn"
word_features = 64
ngram_features = 64
bottleneck = 32
state_size = 16
layers = 1
output_dropout = 0.0
token_dropout = 0.0
training_dtype = "float32"

[head]
name = "{head}"
hidden = 64
layer_normalization = true
metric = "{metric}"

[data]
train = [{{ path = "train.tsv", format = "delimited", options = {options} }}]
dev = [{{ path = "dev.tsv", format = "delimited", options = {options} }}]
tuning_share = 0.1

[training]
epochs = 16
batch_size = 32
learning_rate = 1e-2
average_decay = 0.9
evaluate_every = 8
deterministic = true

[export]
lengths = [4, 8]
"""


def pair_rows(count, seed):
    """Two phrases that have each word in common or not, by chance: `red lamp here`, `red dog here`."""
    draw = random.Random(seed)
    for _ in range(count):
        first = [draw.choice(words) for words in WORDS]
        second = [draw.choice((word, draw.choice(words))) for word, words in zip(first, WORDS, strict=True)]
        yield first, second


PAIR_TASKS = {
    # whether the colours are the same; and how many words are, in tens from 10 on
    "pair_classification": ("matthews", "label", lambda a, b: "same" if a[0] == b[0] else "other"),
    "pair_regression": ("pearson", "number", lambda a, b: 10 + 10 * sum(map(eq, a, b))),
}


@pytest.fixture(scope="session")
def pair_runs(tmp_path_factory):
    """Runs of the heads for pairs, by head."""
    from edgenlp.training import train

    runs = {}
    for head, (metric, target, answer) in PAIR_TASKS.items():
        folder = tmp_path_factory.mktemp(head)
        for name, count in (("train", 480), ("dev", 80)):
            lines = [f"{' '.join(a)}\t{' '.join(b)}\t{answer(a, b)}" for a, b in pair_rows(count, name)]
            (folder / f"{name}.tsv").write_text("\n".join(["one\ttwo\tanswer", *lines]) + "\n")
        options = f'{{ text = "one", text_b = "two", label = "answer", target = "{target}" }}'
        recipe = folder / "pairs.toml"
        recipe.write_text(PAIR_RECIPE.format(head=head, metric=metric, options=options))
        runs[head] = train(recipe, folder / "run", None, [], False)
    return runs


@pytest.fixture(scope="session")
def pair_models(pair_runs, tmp_path_factory):
    """Files of the models for pairs, quantized, by head."""
    from edgenlp.export import export

    folder = tmp_path_factory.mktemp("pair_models")
    for head, run in pair_runs.items():
        export(run.folder, folder / f"{head}.tflite")
    return {head: folder / f"{head}.tflite" for head in pair_runs}
