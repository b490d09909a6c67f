"""The teacher that an augmentation asks, as its settings name it."""

from __future__ import annotations

from collections.abc import Mapping
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
        RecipeError: no teacher is named, or it has no such setting, or not of such a value.
        PluginError: no installed plugin has it.
        EdgeNLPError: it does not offer `what`.
    """
    from edgenlp.settings import settings_of  # of the workshop

    name = settings.get("name")
    if not isinstance(name, str):
        raise RecipeError(f"{augmentation} needs augmentation.teacher, a table with the name of a teacher.")
    teacher = plugins().get(Teacher, name)
    config = settings_of(teacher.Config, settings, "augmentation.teacher")
    teacher.labels(what, config)  # refuses what the model lacks, before any text is read
    return teacher, config
