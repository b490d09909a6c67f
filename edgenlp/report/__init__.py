"""Runs on one page: how they learnt, what they weigh and cost, and where they are wrong.

Importing this room is cheap; reporting needs TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgenlp.artifact.files import check_place, write_atomically
from edgenlp.errors import RecipeError


def write_report(folders: Path | str | Sequence[Path | str], out: Path | str) -> None:
    """Write a self-contained HTML page about runs and the models that were exported from them.

    What is missing (an epoch, a model, the data) is left out, and the page says so.

    Args:
        folders: of runs; the models of a run are the `.tflite` files in it, and those beside it that have its name.
        out: the file to write.

    Raises:
        RecipeError: a folder is not a run, or there is none.
        EdgeNLPError: the file cannot be written.
    """
    from edgenlp.report.collect import collect
    from edgenlp.report.page import page
    from edgenlp.settings import several

    out = Path(out)
    check_place(out)
    names = _names([Path(folder) for folder in several(folders)])
    if not names:
        raise RecipeError("there is no run to report on: name the folders of some")
    runs = [collect(folder, number, name) for number, (folder, name) in enumerate(names.items())]
    # a lone surrogate of a text cannot be written, and shows as its number
    write_atomically(out, page(runs).encode("utf-8", "xmlcharrefreplace"))


def _names(folders: Sequence[Path]) -> dict[Path, str]:
    """What the page calls each run: its folder's name, with as much of its path as tells it from the others."""
    distinct = list(dict.fromkeys(folder.resolve() for folder in folders))
    names = {}
    for folder in distinct:
        for parts in range(1, len(folder.parts) + 1):
            tail = folder.parts[-parts:]
            if sum(other.parts[-parts:] == tail for other in distinct) == 1:
                break
        names[folder] = "/".join(tail)
    return names
