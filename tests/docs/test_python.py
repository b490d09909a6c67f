"""The code of docs/python.md runs, in its order."""

import re
from pathlib import Path

import pytest

import edgenlp

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_page_runs(tmp_path, monkeypatch):
    (tmp_path / "recipes").symlink_to(ROOT / "recipes")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/python.md").read_text(encoding="utf-8"), re.M | re.S)
    names = {}
    for block in blocks:
        exec(block, names)
    assert names["parse"].to_dict() == edgenlp.predict("wake me up at 7 tomorrow").to_dict()
    assert edgenlp.load("runs/small.tflite").manifest.metrics["dev"]["examples"] == len(names["dev"])
    assert Path("runs/report.html").stat().st_size > 10_000
