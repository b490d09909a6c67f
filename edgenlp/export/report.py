"""What an export measured, as a file beside the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgenlp.artifact.files import write_atomically
from edgenlp.runtime.catalogue import SUFFIX


def report_path(model: Path) -> Path:
    """Of `m.tflite` it is `m.report.json`; any other ending stays, so that `m.int8` and `m.dynamic` have one each."""
    return model.with_name(f"{model.name.removesuffix(SUFFIX)}.report.json")


def write_report(model: Path, report: Mapping[str, Any]) -> None:
    """Write the report of a model as JSON.

    Raises:
        EdgeNLPError: it cannot be written.
    """
    write_atomically(report_path(model), (json.dumps(report, indent=2) + "\n").encode())
