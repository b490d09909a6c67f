"""edgenlp: multilingual language understanding that fits on a phone.

    >>> import edgenlp
    >>> model = edgenlp.load("mtop-en")
    >>> model.predict("wake me up at 7 pm").intent
    'IN:CREATE_ALARM'

Importing this module imports nothing else: each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgenlp.errors import (
        DataError,
        EdgeNLPError,
        EmptyTextError,
        ExportError,
        MissingExtraError,
        ModelError,
        PluginError,
        RecipeError,
        TextError,
    )
    from edgenlp.interfaces import Classification, Node, Parse, Prediction, Regression, Slot
    from edgenlp.plugins import hookimpl
    from edgenlp.runtime import Model, bundled_models, load, predict

_HOMES = {
    "edgenlp.errors": (
        "DataError",
        "EdgeNLPError",
        "EmptyTextError",
        "ExportError",
        "MissingExtraError",
        "ModelError",
        "PluginError",
        "RecipeError",
        "TextError",
    ),
    "edgenlp.interfaces": ("Classification", "Node", "Parse", "Prediction", "Regression", "Slot"),
    "edgenlp.plugins": ("hookimpl",),
    "edgenlp.runtime": ("Model", "bundled_models", "load", "predict"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"

__all__ = [
    "Classification",
    "DataError",
    "EdgeNLPError",
    "EmptyTextError",
    "ExportError",
    "MissingExtraError",
    "Model",
    "ModelError",
    "Node",
    "Parse",
    "PluginError",
    "Prediction",
    "RecipeError",
    "Regression",
    "Slot",
    "TextError",
    "bundled_models",
    "hookimpl",
    "load",
    "predict",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'edgenlp' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
