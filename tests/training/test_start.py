"""A run whose encoder starts from another run's."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from edgenlp.errors import EdgeNLPError, RecipeError
from edgenlp.training import load_run, read_recipe, train
from edgenlp.training.run import new_run, open_run
from edgenlp.training.splits import read_splits


def begun(recipe, folder, *overrides):
    made = read_recipe(recipe, list(overrides))
    run = new_run(made, recipe.parent, folder, read_splits(made, recipe.parent))
    student = run.new_student()
    run.load_start(student)
    return run, student


def test_the_encoder_is_the_other_runs_and_the_head_is_new(recipe, run, tmp_path):
    new, student = begun(recipe, tmp_path / "run", f"start={str(run.folder)!r}")
    old = run.student()
    for weight, kept in zip(student.encoder.weights, old.encoder.weights, strict=True):
        np.testing.assert_array_equal(weight, kept)
    assert any(np.any(a != b) for a, b in zip(student.head.weights, old.head.weights, strict=True))
    assert new.provenance["start"] == run.weights_digest()


def test_a_run_that_has_yet_to_start_notices_another_start(recipe, run, tmp_path):
    start = shutil.copytree(run.folder, tmp_path / "start")
    made = read_recipe(recipe, [f"start={str(start)!r}"])
    splits = read_splits(made, recipe.parent)
    open_run(made, recipe.parent, tmp_path / "run", splits, resume=True).save()
    assert open_run(made, recipe.parent, tmp_path / "run", splits, resume=True).provenance["start"]
    with (start / "weights.npz").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(RecipeError, match="has been trained anew since"):
        open_run(made, recipe.parent, tmp_path / "run", splits, resume=True)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["encoder.state_size=12"], "has other settings: its weight"),
        (["encoder.layers=1"], r"has other settings: \d+ weights, not \d+"),
        (["encoder.layers=3"], r"has other settings: \d+ weights, not \d+"),
        (["encoder.ngram_max=5"], "it reads texts differently"),
        (["start='nowhere'"], "is not a run"),
        (["encoder={name='cmow'}"], "whose encoder is 'pqrnn', not 'cmow'"),
    ],
)
def test_what_does_not_fit_is_told(recipe, run, tmp_path, overrides, words):
    with pytest.raises(RecipeError, match=words):
        begun(recipe, tmp_path / "run", f"start={str(run.folder)!r}", *overrides)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off"])
def test_damaged_files_of_a_run_are_named(recipe, run, tmp_path, content):
    damaged = shutil.copytree(run.folder, tmp_path / "damaged")
    (damaged / "metrics.json").write_bytes(content)
    with pytest.raises(RecipeError, match=r"metrics\.json is damaged"):
        _ = load_run(damaged).metrics
    (damaged / "weights.npz").write_bytes(content)
    with pytest.raises(RecipeError, match=r"weights\.npz is damaged"):
        begun(recipe, tmp_path / "run", f"start={str(damaged)!r}")
    (damaged / "checkpoint.npz").write_bytes(content)
    with pytest.raises(RecipeError, match=r"checkpoint\.npz is damaged"):
        train(recipe, damaged, None, [], True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", r"run\.json is damaged \(.*\): train the run again"),
        ("[]", r"run\.json is damaged \(it does not say what was trained from what\)"),
        ('{"recipe": {}, "provenance": []}', r"run\.json is damaged \(it does not say"),
        (None, r"or of another version of edgenlp \(train it again, or use the edgenlp .*\): there is no key 'oldkey'"),
    ],
)
def test_a_damaged_or_old_run_is_one_sentence(run, tmp_path, content, words):
    values = (run.folder / "run.json").read_text()
    (tmp_path / "run.json").write_text(content or values.replace('"seed": 7', '"seed": 7, "oldkey": 2'))
    with pytest.raises(RecipeError, match=words) as error:
        load_run(tmp_path)
    assert "\n" not in str(error.value)


def test_damaged_assets_of_a_run_are_one_sentence(recipe, run, tmp_path):
    damaged = shutil.copytree(run.folder, tmp_path / "damaged")
    (damaged / "assets" / "head" / "labels.json").write_text("x\ny")
    found = load_run(damaged)
    resume = lambda: train(recipe, damaged, None, [], True)  # noqa: E731
    for read in (found.labels, found.decoder, found.student, resume):
        with pytest.raises(RecipeError, match=r"damaged/assets.* are damaged \(\w+: [^\n]+\): train the run again"):
            read()


def test_an_encoder_that_stumbles_over_its_files_names_them(run):
    found = load_run(run.folder)
    with (
        pytest.raises(RecipeError, match=r"encoder are damaged \(KeyError: it lacks 'layers'\)"),
        found.reading("encoder"),
    ):
        raise KeyError("layers")


@pytest.mark.parametrize(
    "change", [lambda arrays: arrays.pop("variable_3"), lambda arrays: arrays.update(variable_3=np.zeros(7))]
)
def test_a_checkpoint_of_another_student_is_told(recipe, run, tmp_path, change):
    resumed = shutil.copytree(run.folder, tmp_path / "run")
    arrays = dict(np.load(resumed / "checkpoint.npz"))
    change(arrays)
    np.savez(resumed / "checkpoint.npz", **arrays)
    with pytest.raises(RecipeError, match=r"checkpoint\.npz is damaged \(it is of another student\): train"):
        train(recipe, resumed, None, [], True)


def test_a_long_reason_is_cut(run, tmp_path):
    damaged = shutil.copytree(run.folder, tmp_path / "run")
    with pytest.raises(RecipeError) as error, load_run(damaged).read_arrays("weights.npz"):
        raise ValueError(f"{'x' * 500}\n{np.zeros((9, 9))}")
    assert str(error.value).count("x") == 150 and "\n" not in str(error.value)


def test_a_file_is_no_folder_of_a_run(recipe, tmp_path):
    (tmp_path / "run").touch()
    for folder in (tmp_path / "run", tmp_path / "run" / "in" / "it"):
        with pytest.raises(EdgeNLPError, match="run is a file: name a folder"):
            train(recipe, folder, None, [], False)


def test_a_run_without_weights_is_no_start(recipe, run, tmp_path):
    unfinished = tmp_path / "unfinished"
    (unfinished / "assets").mkdir(parents=True)
    (unfinished / "run.json").write_bytes((run.folder / "run.json").read_bytes())
    with pytest.raises(RecipeError, match="no trained weights yet"):
        begun(recipe, tmp_path / "run", f"start={str(unfinished)!r}")
    assert load_run(unfinished).recipe.name == "small"
