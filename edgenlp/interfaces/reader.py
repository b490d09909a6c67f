"""The reader contract: a data file as a stream of examples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from edgenlp.interfaces.types import Example


class Reader(ABC):
    """A data format. Register one instance through the hook `edgenlp_readers`.

    Attributes:
        name: what recipes and `evaluate --format` call it.
    """

    name: ClassVar[str]

    @abstractmethod
    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Stream the examples of a file (or a folder, where the format is several files).

        Raises:
            DataError: naming file, line and field; also for a file that is missing, no text, or without a single row.
                `edgenlp.data.lines` says so of files of lines.
        """

    @abstractmethod
    def recognises(self, path: Path) -> bool:
        """True where `path` looks like this format; lets `evaluate` do without `--format`. Never raises.

        False for a file that is not there.
        """
