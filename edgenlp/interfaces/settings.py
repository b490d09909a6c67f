"""What plugins say of their settings."""

from __future__ import annotations

from edgenlp.errors import RecipeError


def check_setting(section: str, settings: object, name: str, right: bool, must: str) -> None:
    """Raise where a setting is out of range; for the `__post_init__` of settings.

    Args:
        section: of a recipe, that the settings stand in.
        settings: that have one of this name.
        name: of the setting.
        right: whether it is as it must be.
        must: what it must be, in words, such as `at least 1`.

    Raises:
        RecipeError: it is not right.
    """
    if not right:
        raise RecipeError(f"{section}.{name} is {getattr(settings, name)!r}: it must be {must}.")
