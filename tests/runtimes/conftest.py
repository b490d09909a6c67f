"""The models that every runtime has to run, and the Python that holds the older one."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from edgenlp.runtime import bundled_models

ROOT = Path(__file__).parents[2]
TFLITE_RUNTIME_VARIABLE = "EDGENLP_TFLITE_RUNTIME_PYTHON"
FORMS = ("dynamic", "float16", "int8", "none")
PAIRS = ("pair_classification", "pair_regression")
BUNDLED = {model.name: model.path for model in bundled_models()}
CLASSIFIER = """
name = "classifier"

[encoder]
name = "pqrnn"
word_features = 64
ngram_features = 64
bottleneck = 32
state_size = 16
layers = 1

[head]
name = "classification"

[data]
train = [{ path = "data_small.json", format = "clinc" }]

[training]
epochs = 10
batch_size = 32
learning_rate = 1e-2
average_decay = 0.9
evaluate_every = 10
deterministic = true

[export]
lengths = [16]
"""


@pytest.fixture(scope="session")
def bundled():
    """Paths of the models that come with the package, by name."""
    return BUNDLED


@pytest.fixture(scope="session")
def classifier(tmp_path_factory):
    """A run of the classification head, whose labels are ten of CLINC150's."""
    from edgenlp.training import train

    folder = tmp_path_factory.mktemp("classifier")
    recipe = folder / "classifier.toml"
    recipe.write_text(CLASSIFIER)
    return train(recipe, folder / "run", ROOT / "tests" / "data" / "clinc", [], False)


@pytest.fixture(scope="session")
def cmow(recipe, tmp_path_factory):
    """A parser whose encoder looks tokens up in a table."""
    from edgenlp.training import train

    encoder = 'encoder={ name = "cmow", vocabulary_size = 200, matrix_size = 8, vector_size = 32 }'
    return train(recipe, tmp_path_factory.mktemp("cmow") / "run", None, [encoder], False)


@pytest.fixture(scope="session", params=[*FORMS, "classifier", "classifier-int8", "cmow", *PAIRS, *BUNDLED])
def model_path(request, tmp_path_factory):
    """Each model that comes with the package, and students exported here: parsers, a classifier, those for pairs."""
    if request.param in BUNDLED:
        return BUNDLED[request.param]
    if request.param in PAIRS:
        return request.getfixturevalue("pair_models")[request.param]
    from edgenlp.export import export

    name, _, form = ("run", "", request.param) if request.param in FORMS else request.param.partition("-")
    path = tmp_path_factory.mktemp("exported") / f"{request.param}.tflite"
    export(request.getfixturevalue(name).folder, path, quantize=form or "dynamic")
    return path


@pytest.fixture(scope="session")
def tflite_runtime_python():
    """A Python that has edgenlp and tflite-runtime, which is built for numpy 1 and so cannot be in this one."""
    python = Path(os.environ.get(TFLITE_RUNTIME_VARIABLE, ROOT / ".venv-tflite" / "bin" / "python"))
    if not python.exists():
        pytest.skip(f"{python} is not there: `make test` makes it, and {TFLITE_RUNTIME_VARIABLE} names another one.")
    return python


@pytest.fixture(scope="session")
def run_python():
    """Runs a Python on some arguments with one TFLite runtime; a failure shows what it wrote."""

    def call(python, runtime, *arguments):
        done = subprocess.run(
            [python, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "EDGENLP_RUNTIME": runtime},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call
