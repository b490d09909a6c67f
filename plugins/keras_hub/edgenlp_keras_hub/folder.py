"""Where a pretrained model lies, and whether it is one that we can read. No TensorFlow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from edgenlp.data.pretrained import HUB, fetch, may_fetch, misnamed, read_object, unreachable
from edgenlp.errors import MissingExtraError, RecipeError

KAGGLE: Final = "kaggle://"
_KAGGLE_NAME: Final = re.compile(f"{KAGGLE}[^/]+(/[^/]+){{3,4}}")
"""With a version behind it, or without."""

ARCHITECTURES: Final = {
    "albert": "AlbertBackbone",
    "bert": "BertBackbone",
    "deberta-v2": "DebertaV3Backbone",
    "distilbert": "DistilBertBackbone",
    "electra": "ElectraBackbone",
    "roberta": "RobertaBackbone",
    "xlm-roberta": "XLMRobertaBackbone",
}
"""The BERT family: Hugging Face's `model_type` and KerasHub's class."""

_WITHOUT_CONVERTER: Final = ("deberta-v2", "electra")
"""What KerasHub reads in its own form alone."""

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
_HF_WEIGHTS: Final = (WEIGHTS, INDEX)
_KERAS_WEIGHTS: Final = ("model.weights.h5", "model.weights.json")


def locate(model: str) -> Path:
    """The folder of a model, fetched where it is named by a hub.

    Args:
        model: a folder, an `hf://` or `kaggle://` name, or a preset of KerasHub.

    Raises:
        RecipeError: there is none, it cannot be fetched, or it is not a model of the BERT family with its weights.
        MissingExtraError: the package that fetches it is not installed.
    """
    path = Path(model).expanduser()
    if model.startswith(HUB):
        path = fetch(model)
    elif model.startswith(KAGGLE) or (not path.exists() and (handle := _preset(model))):
        path = _fetch_from_kaggle(model if model.startswith(KAGGLE) else handle)
    _check(path)
    return path


def _preset(model: str) -> str:
    """The hub's name of a preset of KerasHub, or nothing."""
    try:
        from keras_hub.models import Backbone
    except ImportError:
        raise MissingExtraError("KerasHub is not installed: pip install keras-hub") from None
    known: dict[str, Any] = Backbone.presets
    return str(known[model]["kaggle_handle"]) if model in known else ""


def _fetch_from_kaggle(name: str) -> Path:
    if not _KAGGLE_NAME.fullmatch(name):
        raise misnamed(name, f"{KAGGLE}owner/model/framework/variation")
    if not may_fetch():  # its client asks the hub even about what it has fetched before
        raise RecipeError(f"{name} is a name of a hub, which is not asked now")
    try:
        from kagglehub import model_download
    except ImportError:
        raise MissingExtraError(f"{name} cannot be fetched without kagglehub: pip install kagglehub") from None
    try:
        return Path(model_download(name.removeprefix(KAGGLE)))
    except (OSError, ValueError) as error:
        raise unreachable(name, error) from None


def _check(path: Path) -> None:
    if not path.is_dir():
        raise RecipeError(f"there is no folder {path}, and KerasHub has no preset of this name")
    kind = architecture(path)
    keras_form = kind in ARCHITECTURES.values()
    if not keras_form and kind not in ARCHITECTURES:
        raise RecipeError(
            f"the model in {path} is of the architecture {kind!r}; a teacher is of the BERT family: "
            f"{', '.join(ARCHITECTURES)}"
        )
    if kind in _WITHOUT_CONVERTER:
        raise RecipeError(
            f"the model in {path} is of the architecture {kind!r}, which KerasHub reads in its own form alone: "
            "name one of its presets"
        )
    wanted = _KERAS_WEIGHTS if keras_form else _HF_WEIGHTS
    if not any((path / name).is_file() for name in wanted):
        old = (path / "pytorch_model.bin").is_file()
        hint = "it has only pytorch_model.bin: save it again with safe_serialization=True" if old else "fetch it again"
        raise RecipeError(f"{path} holds no weights ({wanted[0]}): {hint}")


def architecture(path: Path) -> str:
    """What config.json calls the architecture: a `model_type` of Hugging Face's or a class of KerasHub's.

    Raises:
        RecipeError: there is no such file, or it does not say.
    """
    config = read_object(path, "config.json")
    kind = config.get("model_type") or config.get("class_name")
    if not kind:
        raise RecipeError(
            f"{path / 'config.json'} does not say of which architecture the model is (model_type): fetch it again"
        )
    return str(kind)
