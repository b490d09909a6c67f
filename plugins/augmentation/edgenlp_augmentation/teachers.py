"""The teacher that an augmentation asks, as its settings name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from edgenlp.errors import RecipeError
from edgenlp.interfaces import Teacher
from edgenlp.plugins import plugins


def find_teacher(augmentation: str, settings: Mapping[str, Any], what: str) -> tuple[Teacher, Any]:
    """The teacher and its settings.

    Args:
        augmentation: the name of who asks.
        settings: `name` of a teacher, and its own settings.
        what: it must offer.

    Raises:
        RecipeError: no teacher is named, or it has no such setting.
        PluginError: no installed plugin has it.
        EdgeNLPError: it does not offer `what`.
    """
    own = dict(settings)
    name = own.pop("name", None)
    if not isinstance(name, str):
        raise RecipeError(f"{augmentation} needs augmentation.teacher, a table with the name of a teacher.")
    teacher = plugins().get(Teacher, name)
    known = [field.name for field in fields(teacher.Config)]
    for key in own:
        if key not in known:
            has = ", ".join(known) or "its name"
            raise RecipeError(f"augmentation.teacher: the teacher {name!r} has no setting {key!r}, only {has}.")
    config = teacher.Config(**own)
    teacher.labels(what, config)  # refuses what the model lacks, before any text is read
    return teacher, config
