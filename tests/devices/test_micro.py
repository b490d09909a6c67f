"""Models in tflite-micro's interpreter: outputs and answers as in LiteRT, and the memory that they take.

EDGENLP_MICRO_MODEL names one more model to hold to this.
"""

import os
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

import edgenlp
import make_golden
from edgenlp.errors import ModelError

pytest.importorskip("tflite_micro", reason="tflite-micro is not in this environment: `make test-micro` has one.")

ROOT = Path(__file__).parents[2]
MODELS = sorted((ROOT / "tests" / "golden" / "models").glob("micro-*.tflite"))
if "EDGENLP_MICRO_MODEL" in os.environ:
    MODELS.append(Path(os.environ["EDGENLP_MICRO_MODEL"]))


@pytest.fixture(scope="module")
def micro():
    specification = spec_from_file_location("micro", Path(__file__).with_name("micro.py"))
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=MODELS, ids=lambda path: path.stem)
def models(request, micro):
    """A model in tflite-micro and the same in the usual runtime."""
    return micro.load(request.param), edgenlp.load(request.param)


def test_outputs_are_the_same(models):
    """Floats within rounding, integers within a step: kernels round all alike but for a last digit of SOFTMAX."""
    ours, usual = models
    exact = usual.manifest.graph.quantization == "none"
    read, farthest = 0, 0
    for text in make_golden.texts("micro-none"):
        try:
            tokens = usual.tokenize(text)
        except edgenlp.errors.TextError:
            continue
        length, signature = usual.signature_for(tokens)
        features = usual.features(tokens, length)
        found, expected = ours.network.run(signature, features), usual.network.run(signature, features)
        assert found.keys() == expected.keys()
        for name, values in expected.items():
            if exact:
                np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-5)
            else:
                apart = np.abs(found[name] - values) / ours.network.graphs[signature].step(name)
                farthest = max(farthest, np.rint(apart).max())
        read += 1
    assert read > 50
    assert farthest <= 1


def test_answers_are_golden(models, check_vectors):
    ours, _ = models
    name = ours.manifest.name + "-" + ours.manifest.graph.quantization
    if name not in make_golden.MODELS:
        pytest.skip(f"there are no golden vectors of {name}.")
    check_vectors(name, make_golden.lines(name, ours))


def test_the_memory_is_known(models, record_property):
    ours, _ = models
    for signature, graph in ours.network.graphs.items():
        arena = graph.arena()
        record_property(f"arena bytes of {signature}", arena)
        assert 1_000 < arena < 1_000_000


def test_what_it_cannot_run_is_said(micro):
    model = ROOT / "tests" / "golden" / "models" / "parse-dynamic.tflite"
    with pytest.raises(ModelError, match="tflite-micro refuses the graph"):
        micro.load(model)
