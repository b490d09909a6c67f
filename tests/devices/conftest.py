"""What the tests of other platforms have in common: where things are, and what is missing on this machine."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import make_golden
from edgenlp import artifact

ROOT = Path(__file__).parents[2]
ARM_VARIABLE = "EDGENLP_ARM"
SAME_ANSWERS = 0.9
"""Of a quantized model. Of its int8 products another processor rounds some the other way, which may turn an answer of
hardly any probability; many golden strings are in no language that the models know."""


@pytest.fixture(scope="session")
def predictions():
    return ROOT / "tests" / "golden" / "predictions"


@pytest.fixture(scope="session")
def expected_vectors(predictions):
    """The golden vectors of a model."""

    def read(name):
        return [json.loads(line) for line in (predictions / f"{name}.jsonl").read_text(encoding="ascii").splitlines()]

    return read


@pytest.fixture(scope="session")
def answer_of():
    """A decoded result without its probabilities."""

    def answer(prediction):
        return prediction and {key: value for key, value in prediction.items() if key not in ("score", "scores")}

    return answer


@pytest.fixture(scope="session")
def check_vectors(expected_vectors, answer_of):
    """Holds the lines that `make_golden` made on some platform to the golden vectors of the model."""

    def check(name, lines):
        exact = artifact.read(make_golden.MODELS[name]).manifest.graph.quantization == "none"
        same = 0
        for found, expected in zip(map(json.loads, lines), expected_vectors(name), strict=True):
            for key in ("text", "tokens", "length", "signature", "features"):
                assert found[key] == expected[key], (key, expected["text"])
            if exact and expected["outputs"]:
                for output, values in expected["outputs"].items():
                    np.testing.assert_allclose(found["outputs"][output], values, rtol=1e-5, atol=1e-5)
            same += answer_of(found["prediction"]) == answer_of(expected["prediction"])
        least = len(lines) * (1 if exact else SAME_ANSWERS)
        assert same >= least, f"{same} of {len(lines)} answers of {name} are the same"

    return check


def litert_folder():
    """Where libLiteRt.so is in the environment of the tests."""
    ai_edge_litert = pytest.importorskip("ai_edge_litert")
    folder = Path(next(iter(ai_edge_litert.__path__)))
    if not (folder / "libLiteRt.so").exists():
        pytest.skip(f"{folder} holds no libLiteRt.so: this wheel of ai-edge-litert is of another platform.")
    return folder


@pytest.fixture(scope="session")
def make_c():
    """Runs examples/c's Makefile; a failure shows what it wrote."""
    if not (shutil.which("cc") and shutil.which("make")):
        pytest.skip("there is no C compiler: apt-get install gcc make")
    litert = litert_folder()

    def make(build, *arguments):
        command = ["make", "-s", "-C", ROOT / "examples" / "c", f"BUILD={build}", f"LITERT={litert}", *arguments]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return make


@pytest.fixture(scope="session")
def arm():
    """The command that runs a program for arm64, and the folder that `setup_arm.sh` made."""
    folder = Path(os.environ.get(ARM_VARIABLE, ROOT / "build" / "arm"))
    if not (folder / "ready").exists():
        pytest.skip(f"{folder} holds no arm64 system: `make test-arm` makes it, and {ARM_VARIABLE} names another one.")
    if not shutil.which("qemu-aarch64-static"):
        pytest.skip("qemu is missing: apt-get install qemu-user-static")
    # what qemu does for the default processor, with vectors of any length, gives wrong sums
    return ["qemu-aarch64-static", "-cpu", "cortex-a72", "-L", str(folder / "sysroot")], folder
