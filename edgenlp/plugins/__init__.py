"""How edgenlp finds its parts: encoders, task heads, readers, augmentations, objectives, teachers and exporters."""

from edgenlp.plugins.hookspecs import hookimpl
from edgenlp.plugins.manager import PluginManager, Registration, plugins

__all__ = ["PluginManager", "Registration", "hookimpl", "plugins"]
