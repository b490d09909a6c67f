"""Which tensors a folder in Hugging Face's form holds, and where, and whether they are numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from edgenlp.data.pretrained import quoted, read_object
from edgenlp.errors import RecipeError
from edgenlp_keras_hub.folder import INDEX, WEIGHTS


def tensor_files(folder: Path) -> dict[str, Path]:
    """In which file each tensor of a folder in Hugging Face's form lies; empty for other forms.

    Raises:
        RecipeError: a file is damaged.
    """
    if (folder / INDEX).is_file():
        files = read_object(folder, INDEX).get("weight_map")
        if not isinstance(files, dict):
            raise RecipeError(f"{folder / INDEX} names no weights (weight_map): fetch it again")
        return {name: folder / str(file) for name, file in files.items()}
    path = folder / WEIGHTS
    if not path.is_file():
        return {}
    try:
        with safe_open(path, framework="np") as tensors:
            return dict.fromkeys(tensors.keys(), path)
    except (OSError, SafetensorError) as error:
        raise RecipeError(f"{path} is damaged ({quoted(error)}): fetch it again") from error


def check_finite(where: Path, tensors: Iterable[NDArray[np.float32]]) -> None:
    """Raise where not all are numbers: they would make a loss of nothing, much later.

    Args:
        where: they were read; named in the message.
        tensors: of a model.

    Raises:
        RecipeError: one is infinite or no number.
    """
    if not all(np.isfinite(tensor).all() for tensor in tensors):
        raise RecipeError(f"{where} holds weights that are no numbers, so they are damaged: fetch it again")
