"""The exporter contract: a trained run becomes one file that holds all a device needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar


class Exporter(ABC):
    """A target format. Register one instance through the hook `edgenlp_exporters`.

    Attributes:
        name: what `export --format` calls it.
    """

    name: ClassVar[str]

    @abstractmethod
    def export(self, run: Path, out: Path, **options: Any) -> dict[str, Any]:
        """Write the file whole or not at all, and return the export report as plain JSON values.

        What a report holds is the exporter's own affair. On a terminal are shown, where they are there and as `tflite`
        has them, `model`, `quantization`, `signatures` and `min_runtime_version`, `ops`, `arithmetic`, and `metrics`
        with `primary_metric`.

        Args:
            run: the folder of a finished run; `edgenlp.training.load_run` reads it.
            out: the file to write.
            options: `quantize`, which the command line always gives, and of `max_drop`, `lengths` and `out_of_fold`
                those that the user gave.

        Raises:
            ExportError: the network needs an operation that does not run everywhere, or a gate failed.
        """
