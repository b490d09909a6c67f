"""The same on ARM: Python with the runtime's wheel for aarch64, and the C program, both run by qemu."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import make_golden

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT, *(ROOT / "plugins" / name for name in ("pqrnn", "cmow", "semantic_parsing", "classification"))]
ANSWERS = ROOT / "tests" / "runtimes" / "answers.py"
COMPILER = "aarch64-linux-gnu-gcc"


@pytest.fixture(scope="module")
def arm_python(arm):
    """Runs a script with arm64's Python; a failure shows what it wrote."""
    qemu, folder = arm
    path = os.pathsep.join(map(str, [folder / "site", *PACKAGES]))
    python = [*qemu, "-E", f"PYTHONPATH={path}", "-E", "PYTHONDONTWRITEBYTECODE=1", folder / "sysroot/usr/bin/python3"]

    def run(*arguments):
        done = subprocess.run([*map(str, python), *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_it_is_arm(arm_python):
    assert arm_python("-c", "import platform; print(platform.machine())") == "aarch64\n"


def test_golden_predictions(arm_python, check_vectors, tmp_path):
    arm_python(ROOT / "tools" / "make_golden.py", tmp_path)
    for name in make_golden.MODELS:
        check_vectors(name, (tmp_path / f"{name}.jsonl").read_text(encoding="ascii").splitlines())


def test_golden_features_and_pieces(arm_python, tmp_path):
    for name, made in (("features", "make_feature_vectors"), ("vocabulary", "make_vocabulary_vectors")):
        arm_python(ROOT / "tools" / f"{made}.py", tmp_path / name)
        assert (tmp_path / name).read_text() == (ROOT / "tests" / "golden" / f"{name}.jsonl").read_text()


def test_decoded_results_on_mtop(arm_python):
    """At least 99.5 % of the answers of the model that comes with the package are those of this machine."""
    rows = make_golden.BUNDLED["mtop-en"], ROOT / "tests" / "data" / "mtop" / "en.dev.jsonl"
    here = subprocess.run([sys.executable, ANSWERS, *rows], capture_output=True, check=True, text=True).stdout
    pairs = list(zip(*(json.loads(said)["answers"] for said in (here, arm_python(ANSWERS, *rows))), strict=True))
    assert all(one["features"] == other["features"] for one, other in pairs)
    same = sum(one["result"] == other["result"] for one, other in pairs)
    assert same >= 0.995 * len(pairs), f"{same} of {len(pairs)} are the same"


def test_the_c_program(arm, make_c, tmp_path):
    qemu, folder = arm
    if not shutil.which(COMPILER):
        pytest.skip(f"{COMPILER} is missing: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
    litert = folder / "site" / "ai_edge_litert"
    said = make_c(tmp_path, "check", f"CC={COMPILER}", f"LITERT={litert}", f"RUN={' '.join(qemu)}")
    assert "400 trees, 0 differ" in said
    assert said.count("67 vectors, 0 differ") >= 6
