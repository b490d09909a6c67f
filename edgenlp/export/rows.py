"""The rows that a run was trained on and is measured with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgenlp.errors import DataError, ExportError

if TYPE_CHECKING:
    from edgenlp.training.run import Run
    from edgenlp.training.splits import Splits


def rows_of(run: Run) -> Splits:
    """The run's rows.

    Raises:
        ExportError: the data is not what the run learnt, or no longer where it was.
    """
    from edgenlp.training.splits import digest, read_splits

    base = Path(run.provenance["folder"])
    try:
        unchanged = digest(run.recipe, base) == run.provenance["data"]["sha256"]
    except DataError:
        unchanged = False
    if not unchanged:
        raise ExportError(
            f"the data in {base} is missing or has changed since {run.folder} was trained: it is needed to measure"
        )
    return read_splits(run.recipe, base)
