"""Plugins are found, checked, and kept apart."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from edgenlp_toy import ToyEncoder, ToyHead

from edgenlp import testing
from edgenlp.errors import PluginError
from edgenlp.interfaces import Encoder, TaskHead
from edgenlp.plugins import PluginManager, hookimpl, hookspecs
from edgenlp.plugins.manager import KINDS


class Encoders:
    def __init__(self, *encoders):
        self.encoders = encoders

    @hookimpl
    def edgenlp_encoders(self):
        return self.encoders


def test_what_is_registered_is_found_by_contract_and_name():
    manager = PluginManager()
    encoder = ToyEncoder()
    manager.register(Encoders(encoder), "mine", "edgenlp-mine", "1.2")
    assert manager.get(Encoder, "toy") is encoder
    (item,) = manager.registrations()
    assert (item.kind, item.name, item.plugin) == ("encoder", "toy", "mine")
    assert (item.distribution, item.version) == ("edgenlp-mine", "1.2")


def test_a_misspelt_hook_names_both_sides():
    class Misspelt:
        @hookimpl
        def edgenlp_encoder(self):
            return [ToyEncoder()]

    manager = PluginManager()
    with pytest.raises(PluginError, match=r"'mine' implements 'edgenlp_encoder'.*did you mean 'edgenlp_encoders'"):
        manager.register(Misspelt(), "mine")
    assert manager.registrations() == []


def test_a_duplicate_name_names_both_plugins_and_changes_nothing():
    manager = PluginManager()
    first = ToyEncoder()
    manager.register(Encoders(first), "first")
    with pytest.raises(PluginError, match=r"'first' and 'second' both register the encoder 'toy'.*EDGENLP_BLOCK"):
        manager.register(Encoders(ToyEncoder()), "second")
    assert manager.get(Encoder, "toy") is first


def test_something_of_another_kind_is_refused():
    manager = PluginManager()
    with pytest.raises(PluginError, match=r"'mine' returned .*edgenlp\.interfaces\.Encoder"):
        manager.register(Encoders(ToyHead()), "mine")


@dataclass(frozen=True)
class Named:
    name: str = "no plugin's setting"


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"name": 3}, "needs a name, a str that recipes call it by, and has 3"),
        ({"name": ""}, "needs a name"),
        ({"Config": dict}, "needs its settings as a frozen dataclass, `Config`, and has <class 'dict'>"),
        ({"Config": Named}, "has a setting 'name', which means something else in a recipe"),
    ],
)
def test_a_component_that_recipes_could_not_name_is_refused(attributes, said):
    odd = type("Odd", (ToyEncoder,), attributes)
    manager = PluginManager()
    with pytest.raises(PluginError, match=f"encoder Odd of plugin 'mine' {said}"):
        manager.register(Encoders(odd()), "mine")
    assert manager.registrations() == []


def test_a_hook_that_gives_no_list_is_named():
    class Alone:
        @hookimpl
        def edgenlp_encoders(self):
            return ToyEncoder()

    with pytest.raises(PluginError, match=r"returned .*ToyEncoder.* from 'edgenlp_encoders', which gives a list"):
        PluginManager().register(Alone(), "mine")


def test_a_missing_component_offers_the_near_miss_or_the_command():
    manager = PluginManager()
    manager.register(Encoders(ToyEncoder()), "mine")
    with pytest.raises(PluginError, match="did you mean 'toy'"):
        manager.get(Encoder, "toi")
    with pytest.raises(PluginError, match=r"encoder 'fancy_net': installed are toy"):
        manager.get(Encoder, "fancy_net")
    with pytest.raises(PluginError, match="task head 'toy'"):
        manager.get(TaskHead, "toy")


@pytest.mark.parametrize("blocked", ["", "toy", " toy , other"])
def test_the_environment_blocks_plugins_by_name(toy_environment, blocked):
    script = (
        "from edgenlp.plugins import plugins; print([r.name for r in plugins().registrations() if r.plugin == 'toy'])"
    )
    environment = {**toy_environment, "EDGENLP_BLOCK_PLUGINS": blocked}
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert (result.stdout.strip() == "[]") == bool(blocked)


@pytest.mark.parametrize(
    "body",
    [
        "raise OSError('no licence server')",
        "import not_there_at_all",
        "from edgenlp import hookimpl\n@hookimpl\ndef edgenlp_encodes(): return []",
        "from edgenlp import hookimpl\n@hookimpl\ndef edgenlp_encoders(): return ['text']",
        "from edgenlp_toy import edgenlp_encoders",
    ],
    ids=["raises", "lacks a module", "misspelt hook", "not an encoder", "duplicate name"],
)
def test_a_broken_plugin_is_a_warning_and_the_others_work(toy_environment, tmp_path, body):
    """Its name sorts last, so that the name it duplicates is taken."""
    info = tmp_path / "zz_broken-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zz-broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[edgenlp]\nzz_broken = zz_broken_plugin\n")
    (tmp_path / "zz_broken_plugin.py").write_text(body)
    script = (
        "from edgenlp.plugins import plugins\n"
        "print(sorted(plugins().failures), 'toy' in [item.name for item in plugins().registrations()])"
    )
    environment = {
        **toy_environment,
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{toy_environment['PYTHONPATH']}",
        "EDGENLP_BLOCK_PLUGINS": "",
    }
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "['zz_broken'] True"
    assert "plugin 'zz_broken' was not loaded" in result.stderr


def test_every_contract_has_a_hook():
    hooks = {name for name in dir(hookspecs) if name.startswith("edgenlp_")}
    assert hooks == {f"edgenlp_{kind}s" for kind in KINDS}


def test_every_hook_and_rule_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
    for hook in (name for name in dir(hookspecs) if name.startswith("edgenlp_")):
        assert f"`{hook}`" in page
    for kit in testing.__all__:
        assert kit in page
    for path in re.findall(r"\]\(([^)]+)\)", page):
        assert (Path(__file__).parents[2] / "docs" / path).exists()
