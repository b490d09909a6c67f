"""Rows of several kinds and scripts, and a small teacher."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bigrams import EXAMPLES, Plugin

from edgenlp.plugins import PluginManager


@pytest.fixture(scope="session")
def examples():
    """The trees of the bundled sample."""
    return EXAMPLES


@pytest.fixture
def bigrams(monkeypatch):
    """The bigram teacher, as if its plugin were installed."""
    manager, plugin = PluginManager(), Plugin()
    manager.register(plugin, "bigrams")
    monkeypatch.setattr("edgenlp_augmentation.teachers.plugins", lambda: manager)
    return plugin.teacher
