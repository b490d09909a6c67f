"""Files of labelled rows, by the reader that knows their format."""

from __future__ import annotations

import warnings
from pathlib import Path

from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Reader
from edgenlp.plugins import plugins


def read_examples(path: Path | str, format: str | None = None, **options: str) -> list[Example]:
    """The rows of a data set's file or folder.

    Args:
        path: what is read.
        format: a reader's name, such as `mtop`; by default the file tells.
        options: of that reader.

    Raises:
        DataError: the file cannot be read, or is of no format that is known, or of more than one.
        PluginError: no installed plugin has the reader.
    """
    path = Path(path)
    reader = plugins().get(Reader, format) if format else _recognised(path)
    return list(reader.read(path, **options))


def _recognised(path: Path) -> Reader:
    readers: list[Reader] = [item.component for item in plugins().registrations() if item.kind == "reader"]
    fitting = [reader for reader in readers if _recognises(reader, path)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise DataError(f"{path} may be {' or '.join(reader.name for reader in fitting)}: say which with --format.")
    if not path.exists():
        raise DataError(f"there is no data file {path}.")
    if path.is_file() and not path.stat().st_size:
        raise DataError(f"{path} is empty: it holds no row.")
    raise DataError(
        f"{path} is of no known format: say which with --format ({', '.join(reader.name for reader in readers)}); a "
        "table with columns of your own is read by --format delimited --option text=COLUMN --option label=COLUMN."
    )


def _recognises(reader: Reader, path: Path) -> bool:
    """Whether it is of the reader's format; a reader that fails at it does not keep the others from it."""
    try:
        return reader.recognises(path)
    except Exception as error:  # noqa: BLE001 - whatever a third party's reader raises
        warnings.warn(f"the reader {reader.name!r} could not look at {path}: {error!r}", stacklevel=2)
        return False
