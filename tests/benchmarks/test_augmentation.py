"""The ablation trains what is not there, keeps what is, and refuses runs of another recipe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).resolve().parent.parent.parent / "benchmarks" / "augmentation.py"
CONDITIONS = ["none", "slot_exchange", "character_noise", "all"]
ADDED = ["--add", '{ name = "slot_exchange", share = 1.0 }', "--add", '{ name = "character_noise" }']


def call(recipe, folder, *arguments):
    command = [sys.executable, SCRIPT, "--recipe", recipe, "--out", folder / "runs", "--json", folder / "a.json"]
    return subprocess.run(list(map(str, [*command, *arguments])), capture_output=True, text=True)


def test_none_each_and_all_and_again_from_what_is_there(recipe, tmp_path):
    result = call(recipe, tmp_path, "--set", "training.epochs=1", *ADDED)
    assert result.returncode == 0, result.stderr
    figures = json.loads((tmp_path / "a.json").read_text())["figures"]
    assert list(figures["conditions"]) == CONDITIONS
    for name, own in figures["conditions"].items():
        folder = tmp_path / "runs" / f"{name}-seed1"
        (dev,) = own["dev"]
        assert 0 <= dev.pop("exact_match, mistyped") <= 1
        assert dev == json.loads((folder / "metrics.json").read_text())["dev"]["metrics"]
        used = json.loads((folder / "run.json").read_text())["recipe"]["augmentation"]
        assert [table["name"] for table in used] == {"none": [], "all": CONDITIONS[1:3]}.get(name, [name])
        assert name in result.stdout
    assert (tmp_path / "runs" / "augmentation.svg").read_text().startswith("<?xml")

    changed = {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/*/weights.npz")}
    assert call(recipe, tmp_path, "--set", "training.epochs=1", *ADDED).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/*/weights.npz")} == changed

    refused = call(recipe, tmp_path, "--set", "training.epochs=2", *ADDED)
    assert refused.returncode == 1
    assert "none-seed1 was trained with another recipe" in refused.stderr


def test_teachers_are_asked_in_each_condition(recipe, run, tmp_path):
    result = call(
        recipe,
        tmp_path,
        *("--set", "training.epochs=1"),
        *("--set", f'distillation.teacher=[{{ name = "run", run = "{run.folder}" }}]'),
        *("--set", 'distillation.objective=[{ name = "soft_labels" }]'),
        *("--add", '{ name = "character_noise" }'),
    )
    assert result.returncode == 0, result.stderr
    for name in ("none", "character_noise"):
        learnt = json.loads((tmp_path / "runs" / f"{name}-seed1" / "run.json").read_text())
        labels = json.loads((tmp_path / "runs" / "labels" / f"{name}-seed1" / "labels.json").read_text())
        assert [one["digest"] for one in learnt["provenance"]["teachers"]] == [
            one["digest"] for one in labels["teachers"]
        ]


@pytest.mark.parametrize("added", ["noise", "{ share = 0.3 }", "[1]"])
def test_what_is_added_must_be_a_table_with_a_name(recipe, tmp_path, added):
    result = call(recipe, tmp_path, "--add", added)
    assert result.returncode == 1
    assert "--add takes a TOML table with a name" in result.stderr
