"""What users set, checked: a misspelt key is answered with the right one, a wrong value with what it must be."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, create_model, field_validator

from edgenlp.errors import RecipeError

_WORDS: Final = {
    "dict_type": 'it should be a table, such as { name = "..." }',
    "model_type": 'it should be a table, such as { name = "..." }',
    "string_type": "it should be a text, in quotes",
    "too_short": "it should hold something",
}
"""What pydantic says of Python's types, in those of TOML."""


One = TypeVar("One", str, Path | str)


def several(values: One | Sequence[One]) -> list[One]:
    """A list of what may be given alone: a text would be taken for a list of its letters."""
    return [values] if isinstance(values, str | Path) else list(values)


class Settings(BaseModel):
    """Takes no keys but its own, and values of their own kind alone, as TOML tells them apart."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _of_its_kind(cls, value: Any, info: ValidationInfo) -> Any:
        if wanted := _another_kind(value, cls.model_fields[info.field_name or ""].annotation):
            raise ValueError(f"it should be {wanted}")
        return value


def _another_kind(value: Any, kind: Any) -> str:
    """What a value should be, where pydantic would make that of it ("3" a 3, true a 1); else nothing."""
    among = get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        wanted = [_another_kind(value, one) for one in among if one is not NoneType]
        return "" if value is None or "" in wanted else wanted[0]
    if get_origin(kind) is Annotated:
        return _another_kind(value, among[0])
    if get_origin(kind) in (list, tuple):
        if not isinstance(value, list | tuple):
            return "a list, in square brackets"
        wanted = [_another_kind(item, one) for item, one in zip(value, _repeated(among), strict=False)]
        return next((f"a list, each value of which is {one}" for one in wanted if one), "")
    if kind in (int, float) and isinstance(value, bool | str):
        return "a number"
    return "true or false" if kind is bool and not isinstance(value, bool) else ""


def _repeated(kinds: tuple[Any, ...]) -> Iterable[Any]:
    """Of a list's values, or a tuple's: one kind for all, or one for each."""
    return repeat(kinds[0]) if len(kinds) == 1 or kinds[1:] == (...,) else kinds


def settings_of(config: type[Any], values: Mapping[str, Any], section: str, *beside: str) -> Any:
    """A component's settings.

    Args:
        config: its dataclass.
        values: what it is given, beside its `name`.
        section: of the recipe, for messages.
        beside: keys of the section that are not the component's, which a misspelt one may have meant.

    Raises:
        RecipeError: a key is unknown or missing, or its value is wrong.
    """
    hints = get_type_hints(config)
    fields: dict[str, Any] = {field.name: (hints[field.name], _default(field)) for field in dataclasses.fields(config)}
    model = create_model(config.__name__, __base__=Settings, **fields)
    given = {key: value for key, value in values.items() if key != "name"}
    checked = validated(model, given, f"the recipe's section [{section}]", beside)
    try:
        return config(**checked.model_dump())
    except ValueError as error:
        raise RecipeError(f"the recipe's section [{section}]: {error}") from None


def _default(field: dataclasses.Field[Any]) -> Any:
    """As pydantic has it: the dots are of a setting that must be given."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return ... if field.default is dataclasses.MISSING else field.default


def validated(model: type[BaseModel], values: Mapping[str, Any], where: str, beside: Sequence[str] = ()) -> Any:
    """A model of pydantic's of some values.

    Args:
        model: its class.
        values: by key.
        where: they stand, with which messages begin.
        beside: as for `settings_of`.

    Raises:
        RecipeError: a key is unknown or missing, or its value is wrong; a misspelt key comes with the right one.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # a misspelt key explains a missing one
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            keys = [*_keys_beside(model, first["loc"]), *beside]
            close = difflib.get_close_matches(str(first["loc"][-1]), keys, 1)
            hint = f"did you mean {close[0]!r}?" if close else "see docs/recipes.md for the keys."
            raise RecipeError(f"{where}: there is no key {key!r}; {hint}") from None
        if first["type"] == "missing":
            raise RecipeError(f"{where}: the key {key!r} is missing") from None
        wrong = _WORDS.get(first["type"]) or _lower_first(first["msg"].removeprefix("Value error, "))
        raise RecipeError(f"{where}: {key!r} is {first['input']!r}, but {wrong}") from None


def _keys_beside(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        inner = getattr(annotation, "__args__", (annotation,))[0]
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
