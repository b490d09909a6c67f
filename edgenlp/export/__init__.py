"""From a trained run to a model file. Importing this room is cheap; exporting needs TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgenlp.artifact.files import check_place
from edgenlp.export.mediapipe import MediaPipeExporter
from edgenlp.export.report import report_path
from edgenlp.export.tflite import TFLiteExporter
from edgenlp.interfaces import Exporter

EXPORTERS: tuple[Exporter, ...] = (TFLiteExporter(), MediaPipeExporter())


def export(run_folder: Path | str, out: Path | str, format: str = "tflite", **options: Any) -> dict[str, Any]:
    """Export a finished run and return the report.

    Args:
        run_folder: what `edgenlp train --out` made.
        out: the file to write.
        format: an exporter's name.
        options: of that exporter; those of `tflite` and `mediapipe` are `quantize` and `max_drop`, and of `tflite`
            `lengths` and `out_of_fold`.

    Raises:
        RecipeError: the folder is not a finished run.
        ExportError: the model was refused; nothing was written.
        EdgeNLPError: `out`, or the report beside it, cannot be written.
    """
    from edgenlp.plugins import plugins

    run_folder, out = Path(run_folder), Path(out)
    for place in (out, report_path(out)):
        check_place(place)
    given = {name: value for name, value in options.items() if value is not None}
    return plugins().get(Exporter, format).export(run_folder, out, **given)
