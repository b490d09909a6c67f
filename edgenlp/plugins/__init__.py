"""How edgenlp finds encoders, task heads, readers, teachers and exporters."""

from edgenlp.plugins.hookspecs import hookimpl
from edgenlp.plugins.manager import PluginManager, Registration, plugins

__all__ = ["PluginManager", "Registration", "hookimpl", "plugins"]
