"""Every script of tools/ and benchmarks/ says what it does, and does nothing, when it is asked for help."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = [
    path.relative_to(ROOT).as_posix()
    for folder in ("tools", "benchmarks")
    for path in sorted((ROOT / folder).glob("*.py"))
    if "__main__" in path.read_text(encoding="utf-8")
]
WITH_TENSORFLOW = {"tools/make_golden_models.py"}


@pytest.mark.parametrize(
    "script",
    [pytest.param(name, marks=[pytest.mark.slow] if name in WITH_TENSORFLOW else []) for name in SCRIPTS],
)
def test_help(script, tmp_path):
    done = subprocess.run([sys.executable, ROOT / script, "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {Path(script).name}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", ["tools/hinglish.py", "tools/translate.py"])
def test_texts_are_made_without_the_workshop(script, tmp_path):
    for library in ("tensorflow", "pydantic"):
        (tmp_path / f"{library}.py").write_text(f"raise ImportError('no {library} here')\n")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run([sys.executable, ROOT / script, "--help"], env={"PYTHONPATH": path}, capture_output=True)
    assert done.returncode == 0, done.stderr
