"""The wheels as a user meets them: built from the source, looked into, and installed where nothing else is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "edgenlp": ".",
    "edgenlp_pqrnn": "plugins/pqrnn",
    "edgenlp_cmow": "plugins/cmow",
    "edgenlp_semantic_parsing": "plugins/semantic_parsing",
    "edgenlp_classification": "plugins/classification",
    "edgenlp_augmentation": "plugins/augmentation",
    "edgenlp_keras_hub": "plugins/keras_hub",
    "edgenlp_transformers": "plugins/transformers",
}
DEFAULT = ("edgenlp", "edgenlp_pqrnn", "edgenlp_cmow", "edgenlp_semantic_parsing", "edgenlp_classification")
METADATA = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE", "licenses/NOTICE"}
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}


def command(*arguments):
    """Runs a command away from the source, so that only what is installed can be imported."""
    return subprocess.run(
        list(map(str, arguments)), capture_output=True, text=True, encoding="utf-8", env=ENVIRONMENT, cwd="/"
    )


def succeed(*arguments):
    done = command(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    """A Python with pip; skips where no package registry can be reached."""
    folder = tmp_path_factory.mktemp("builder")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    if command(python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "setuptools").returncode:
        pytest.skip("pip reaches no package registry, which building and installing wheels needs.")
    return python


@pytest.fixture(scope="module")
def wheels(builder, tmp_path_factory):
    """Wheels by package, and what building them said."""
    folder = tmp_path_factory.mktemp("wheels")
    source = folder / "source"
    left_out = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    for package, project in PACKAGES.items():
        (source / project).mkdir(parents=True, exist_ok=True)
        shutil.copytree(ROOT / project / package, source / project / package, ignore=left_out)
        for path in (ROOT / project).iterdir():
            if path.is_file() and not path.name.startswith("."):
                shutil.copy(path, source / project)
        if project != ".":
            shutil.copytree(ROOT / project / "tests", source / project / "tests", ignore=left_out)
    projects = [source / project for project in PACKAGES.values()]
    built = succeed(builder, "-m", "pip", "wheel", "--verbose", "--no-deps", "--wheel-dir", folder, *projects)
    paths = {path.name.partition("-")[0]: path for path in folder.glob("*.whl")}
    assert set(paths) == set(PACKAGES)
    return paths, built.stdout + built.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_holds_the_package_and_nothing_else(package, wheels):
    source = ROOT / PACKAGES[package] / package
    files = {path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    with zipfile.ZipFile(wheels[0][package]) as wheel:
        names = {name for name in wheel.namelist() if not name.endswith("/")}
        (metadata,) = {name.partition("/")[0] for name in names if ".dist-info/" in name}
        expected = {path.relative_to(source.parent).as_posix() for path in files}
        assert names == expected | {f"{metadata}/{name}" for name in METADATA}
        assert all(wheel.read(path.relative_to(source.parent).as_posix()) == path.read_bytes() for path in files)
    assert f"{package}/py.typed" in names
    assert not any("tests" in Path(name).parts for name in names)


def test_the_core_brings_its_data_and_models(wheels):
    with zipfile.ZipFile(wheels[0]["edgenlp"]) as wheel:
        names = set(wheel.namelist())
    assert {"edgenlp/text/unicode.bin", "edgenlp/text/golden.json"} <= names
    models = {path.relative_to(ROOT).as_posix() for path in (ROOT / "edgenlp" / "models").glob("*.tflite")}
    assert models <= names


def test_building_warns_of_nothing(wheels):
    lines = [line.strip() for line in wheels[1].splitlines() if re.search("warning|deprecat", line, re.IGNORECASE)]
    # said where PYTHONDONTWRITEBYTECODE is set
    assert [line for line in lines if "byte-compiling is disabled" not in line] == []


@pytest.fixture(scope="module")
def user(wheels, tmp_path_factory):
    """The folder of commands of a fresh environment in which `edgenlp[default]` was installed from the wheels."""
    folder = tmp_path_factory.mktemp("user")
    venv.create(folder, with_pip=True)
    # by path, so that no registry is asked for those of the same name
    built = [wheels[0][package] for package in DEFAULT]
    succeed(folder / "bin" / "python", "-m", "pip", "install", "--quiet", *built, "edgenlp[default]")
    return folder / "bin"


def test_the_default_install_is_small(user):
    listed = json.loads(succeed(user / "python", "-m", "pip", "list", "--format", "json").stdout)
    names = {entry["name"].lower().replace("_", "-") for entry in listed}
    assert {package.replace("_", "-") for package in DEFAULT} | {"ai-edge-litert"} <= names
    assert not {"tensorflow", "keras", "pydantic", "rich", "matplotlib", "tensorboard"} & names
    succeed(user / "python", "-m", "pip", "check")


def test_the_default_install_predicts(user, run, tmp_path):
    from edgenlp.export import export

    path = tmp_path / "small.tflite"
    export(run.folder, path)
    (line,) = succeed(user / "edgenlp", "predict", "--model", path, "--json", "wake me up at 7").stdout.splitlines()
    assert {"text", "score", "intent", "slots", "tree"} <= set(json.loads(line))
    assert succeed(user / "edgenlp", "verify", path).stdout.startswith("all ")


def test_every_bundled_model_predicts_by_name(user):
    models = json.loads(succeed(user / "edgenlp", "models", "--json").stdout)
    assert {entry["name"] for entry in models} == {path.stem for path in (ROOT / "edgenlp" / "models").glob("*.tflite")}
    for entry in models:
        succeed(user / "edgenlp", "predict", "--model", entry["name"], "--json", "wake me up at 7")


def test_the_default_install_says_how_to_get_the_workshop(user, tmp_path):
    recipe = ROOT / "recipes" / "quickstart.toml"
    done = command(user / "edgenlp", "train", recipe, "--out", tmp_path / "run")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == 'error: tensorflow is not installed: pip install "edgenlp[train]"\n'
    assert list(tmp_path.iterdir()) == []


def test_plugins_are_found_by_their_entry_points(user):
    listed = json.loads(succeed(user / "edgenlp", "plugins", "--json").stdout)
    assert {entry["distribution"] for entry in listed} == {package.replace("_", "-") for package in DEFAULT}


def test_type_checkers_see_the_types(user, tmp_path):
    (tmp_path / "program.py").write_text("import edgenlp\nreveal_type(edgenlp.load('mtop-en'))\n")
    mypy = command(sys.executable, "-m", "mypy", "--python-executable", user / "python", tmp_path / "program.py")
    assert 'Revealed type is "edgenlp.runtime.model.Model"' in mypy.stdout
