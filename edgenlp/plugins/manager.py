"""pluggy behind a typed facade: the rest of edgenlp asks for a component by kind and name."""

from __future__ import annotations

import difflib
import inspect
import os
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final, TypeVar

import pluggy

from edgenlp.errors import EdgeNLPError, PluginError
from edgenlp.interfaces import Augmentation, Encoder, Exporter, Objective, Reader, TaskHead, Teacher
from edgenlp.plugins import hookspecs

GROUP: Final = "edgenlp"
BLOCK_VARIABLE: Final = "EDGENLP_BLOCK_PLUGINS"

KINDS: Final[dict[str, type[Any]]] = {
    "encoder": Encoder,
    "task_head": TaskHead,
    "reader": Reader,
    "teacher": Teacher,
    "exporter": Exporter,
    "augmentation": Augmentation,
    "objective": Objective,
}

TAKEN: Final = {"augmentation": ("name", "share"), "objective": ("name", "weight")}
"""What a recipe's table of a component says beside its settings, which therefore have other names; else `name`."""

Component = TypeVar("Component", Encoder, TaskHead, Reader, Teacher, Exporter, Augmentation, Objective)


@dataclass(frozen=True, slots=True)
class Registration:
    """One component and where it came from."""

    kind: str
    name: str
    component: Any
    plugin: str
    distribution: str
    version: str


class PluginManager:
    """Loads plugins and finds what they registered.

    Attributes:
        failures: what stopped a plugin from loading, in words, by the plugin's name.
    """

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._registrations: dict[tuple[str, str], Registration] = {}
        self.failures: dict[str, str] = {}

    def load_entry_points(self) -> None:
        """Register every installed plugin of the entry-point group `edgenlp`.

        A plugin named in the environment variable EDGENLP_BLOCK_PLUGINS (names separated by commas) is left out.
        A plugin that fails is reported by a warning, kept in `failures`, and does not stop the others.
        """
        blocked = {name.strip() for name in os.environ.get(BLOCK_VARIABLE, "").split(",")}
        for entry_point in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
            if entry_point.name in blocked:
                continue
            try:
                self._load(entry_point)
            except Exception as error:  # noqa: BLE001 - whatever a third party's import raises
                self.failures[entry_point.name] = why = _in_words(error)
                warnings.warn(f"plugin {entry_point.name!r} was not loaded: {why}", stacklevel=2)

    def _load(self, entry_point: EntryPoint) -> None:
        distribution = entry_point.dist
        self.register(
            entry_point.load(),
            entry_point.name,
            distribution.name if distribution else "",
            distribution.version if distribution else "",
        )

    def register(self, plugin: object, name: str, distribution: str = "", version: str = "") -> None:
        """Register a module or object that implements hooks of edgenlp.

        Raises:
            PluginError: a hook is misspelt, something returned is not of the hook's kind, or a name is taken; the
                message names both sides. Nothing of the plugin is registered then.
        """
        if self._manager.has_plugin(name):
            other = next((item for item in self._registrations.values() if item.plugin == name), None)
            raise PluginError(
                f"two plugins are called {name!r}, of {other.distribution if other else 'one distribution'!r} "
                f"and of {distribution!r}: uninstall one."
            )
        self._manager.register(plugin, name)
        try:
            self._check_spelling(plugin, name)
            added = [
                Registration(kind, component.name, component, name, distribution, version)
                for kind, component in self._components(plugin, name)
            ]
            self._check_names(added)
        except BaseException:
            self._manager.unregister(plugin)
            raise
        self._registrations.update({(item.kind, item.name): item for item in added})

    def _check_spelling(self, plugin: object, name: str) -> None:
        known = [hook for hook in dir(hookspecs) if hook.startswith(f"{hookspecs.PROJECT}_")]
        for hook, value in inspect.getmembers(plugin):
            marked = hasattr(value, f"{hookspecs.PROJECT}_impl")
            named = hook.startswith(f"{hookspecs.PROJECT}_") and callable(value)
            if named and hook in known and not marked:
                raise PluginError(
                    f"plugin {name!r} defines {hook!r} without @edgenlp.hookimpl, so it would do nothing."
                )
            if (named or marked) and hook not in known:
                close = difflib.get_close_matches(hook, known, 1)
                hint = f"did you mean {close[0]!r}?" if close else f"the hooks are {', '.join(known)}."
                raise PluginError(f"plugin {name!r} implements {hook!r}, which edgenlp does not have: {hint}")

    def _components(self, plugin: object, name: str) -> list[tuple[str, Any]]:
        components = []
        for kind, contract in KINDS.items():
            hook = getattr(self._manager.hook, f"{hookspecs.PROJECT}_{kind}s")
            for implementation in hook.get_hookimpls():
                if implementation.plugin is not plugin:
                    continue
                given = implementation.function()
                listed = isinstance(given, Sequence)
                if wrong := [one for one in given if not isinstance(one, contract)] if listed else [given]:
                    raise PluginError(
                        f"plugin {name!r} returned {wrong[0]!r} from {hook.name!r}, "
                        f"which gives a list of instances of edgenlp.interfaces.{contract.__name__}."
                    )
                for component in given:
                    _check_component(kind, component, name)
                    components.append((kind, component))
        return components

    def _check_names(self, added: list[Registration]) -> None:
        taken = dict(self._registrations)
        for item in added:
            other = taken.setdefault((item.kind, item.name), item)
            if other is not item:
                raise PluginError(
                    f"plugins {other.plugin!r} and {item.plugin!r} both register the {item.kind.replace('_', ' ')} "
                    f"{item.name!r}: uninstall one, or block it with {BLOCK_VARIABLE}={item.plugin}."
                )

    def get(self, contract: type[Component], name: str) -> Component:
        """The component of this contract and name.

        Raises:
            PluginError: no plugin has it; the message names the near misses, or what is installed.
        """
        kind = next(kind for kind, known in KINDS.items() if known is contract)
        found = self._registrations.get((kind, name))
        if found:
            component: Component = found.component
            return component
        raise PluginError(self._missing(kind, name))

    def _missing(self, kind: str, name: str) -> str:
        known = [item.name for item in self.registrations() if item.kind == kind]
        message = f"no installed plugin has the {kind.replace('_', ' ')} {name!r}"
        for plugin, error in self.failures.items():
            message += f"; plugin {plugin!r} could not be loaded ({error})"
        close = difflib.get_close_matches(name, known, 1)
        if close:
            return f"{message}: did you mean {close[0]!r}?"
        return (
            f"{message}: installed are {', '.join(sorted(known)) or 'none'}. Install the package that has it; "
            f'what comes with edgenlp is in "edgenlp[train]" and "edgenlp[teach]".'
        )

    def registrations(self) -> list[Registration]:
        """Everything that is registered, ordered by kind and name."""
        return sorted(self._registrations.values(), key=lambda item: (item.kind, item.name))


def _check_component(kind: str, component: Any, plugin: str) -> None:
    """Raise where a component could not be asked for, or its settings could not be read."""
    what = f"the {kind.replace('_', ' ')} {type(component).__name__} of plugin {plugin!r}"
    name = getattr(component, "name", None)
    if not isinstance(name, str) or not name:
        raise PluginError(f"{what} needs a name, a str that recipes call it by, and has {name!r}.")
    if "Config" not in KINDS[kind].__annotations__:
        return
    config = getattr(component, "Config", None)
    if not isinstance(config, type) or not is_dataclass(config):
        raise PluginError(f"{what} needs its settings as a frozen dataclass, `Config`, and has {config!r}.")
    for taken in TAKEN.get(kind, ("name",)):
        if taken in (field.name for field in fields(config)):
            raise PluginError(f"{what} has a setting {taken!r}, which means something else in a recipe: rename it.")


def _in_words(error: Exception) -> str:
    """What went wrong in a plugin: a sentence of ours as it is, another error with its kind and its place."""
    said = " ".join(str(error).split())
    if isinstance(error, EdgeNLPError):
        return said
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__}: {said} ({Path(last.filename).name}, line {last.lineno})"


@cache
def plugins() -> PluginManager:
    """The installed plugins, loaded once for each process."""
    manager = PluginManager()
    manager.load_entry_points()
    return manager
