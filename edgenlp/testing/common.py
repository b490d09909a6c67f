"""Rules that several contracts share."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from typing import Any, Final

from edgenlp.artifact import Component

WORKSHOP: Final = ("tensorflow", "keras", "pydantic", "rich", "matplotlib")

TEXTS: Final = (
    "wake me up at 7 pm tomorrow",
    "Wake ME up",
    "wie wird das Wetter in Köln",
    "क्या कल मुंबई में बारिश होगी",
    "พรุ่งนี้ฝนจะตกไหม",
    "明日の天気はどうですか",
    "هل ستمطر غدا",
    "e\u0301te\u0301 👩‍👩‍👧 🇩🇪",
    "a",
)
"""Texts of several scripts, with combining marks and joined emoji."""

HOSTILE: Final = ("", " \t\n", "\0", "a\0b", "\ud800", "ok \udfff ok", "\u200b", "x" * 10_000, "ab " * 4_000)
"""Texts that must not break anything."""


def check_config(config_class: type[Any], config: Any) -> None:
    """Settings are a frozen dataclass with defaults, and come back from a manifest as they were."""
    assert dataclasses.is_dataclass(config_class), f"{config_class.__name__} is not a dataclass"
    parameters = config_class.__dataclass_params__  # type: ignore[attr-defined]
    assert parameters.frozen, f"{config_class.__name__} is not frozen"
    config_class()  # every field has a default
    values = json.loads(json.dumps(dataclasses.asdict(config)))
    again = Component("name", "distribution", values).settings(config_class)
    assert again == config, f"after a round trip through JSON the settings are {again}"


def check_light_import(component: object) -> None:
    """A fresh process that imports the component's module and makes one imports nothing of the workshop."""
    module, name = type(component).__module__, type(component).__qualname__
    script = (
        f"import importlib, operator, sys; sys.path[:0] = {sys.path!r}\n"
        f"operator.attrgetter({name!r})(importlib.import_module({module!r}))()\n"
        f"print([name for name in {WORKSHOP!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]", f"importing {module} imports {result.stdout.strip()}"
