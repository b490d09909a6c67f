"""The exporter contract: a trained run becomes one file that holds all a device needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar


class Exporter(ABC):
    """A target format. Register one instance through the hook `edgenlp_exporters`.

    Attributes:
        name: what recipes and `export --format` call it.
    """

    name: ClassVar[str]

    @abstractmethod
    def export(self, run: Path, out: Path, **options: Any) -> dict[str, Any]:
        """Write the file whole or not at all, and return the export report as plain JSON values.

        Args:
            run: the folder of a finished run; `edgenlp.training.load_run` reads it.
            out: the file to write.
            options: of this exporter.

        Raises:
            ExportError: the network needs an operation that does not run everywhere, or a gate failed.
        """
