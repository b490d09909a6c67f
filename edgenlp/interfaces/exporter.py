"""The exporter contract: a trained run becomes one file that holds all a device needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from edgenlp.training.run import Run


class Exporter(ABC):
    """A target format. Register one instance through the hook `edgenlp_exporters`.

    Attributes:
        name: what recipes and `export --format` call it.
    """

    name: ClassVar[str]

    @abstractmethod
    def export(self, run: Run, out: Path, **options: Any) -> dict[str, Any]:
        """Write the file whole or not at all, and return the export report as plain JSON values.

        Raises:
            ExportError: the network needs an operation that does not run everywhere, or a gate failed.
        """
