import json
import shutil

import pytest

from edgenlp.errors import DataError, EdgeNLPError, RecipeError
from edgenlp.training import load_run, train
from edgenlp.training.loop import Loop
from edgenlp.training.run import Run
from edgenlp.training.trainer import Trainer


class Killed(BaseException):
    pass


def test_a_run_keeps_all_that_it_takes_to_use_it(run):
    names = {path.name for path in run.folder.iterdir()}
    assert {"run.json", "weights.npz", "checkpoint.npz", "metrics.json", "history.jsonl", "learning_curve.png"} <= names
    assert run.metrics["dev"]["examples"] == 40
    assert 0 <= run.metrics["dev"]["metrics"]["exact_match"] <= 1
    history = [json.loads(line) for line in (run.folder / "history.jsonl").read_text().splitlines()]
    assert [record["epoch"] for record in history] == [1, 2, 3]
    assert history[-1]["loss"] < history[0]["loss"]


def test_a_killed_run_resumes_to_the_same_bytes(run, recipe, tmp_path, monkeypatch):
    out = tmp_path / "killed"
    learn, steps = Trainer._step, []

    def killed_in_the_second_epoch(self, batch, step):
        steps.append(step)
        if len(steps) > 6:
            raise Killed
        return learn(self, batch, step)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Trainer, "_step", killed_in_the_second_epoch)
        train(recipe, out, None, [], False)
    assert not (out / "weights.npz").exists()
    assert load_run(out).recipe.name == "small"
    half_written = out / ".checkpoint.npz.1.part"
    half_written.touch()
    train(recipe, out, None, [], True)
    assert (out / "weights.npz").read_bytes() == (run.folder / "weights.npz").read_bytes()
    assert not half_written.exists()


def test_a_kill_before_the_history_is_written_loses_none_of_it(recipe, tmp_path, monkeypatch):
    def killed_at_the_end(self):
        if len(self.history) == 2:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Loop, "_write_history", killed_at_the_end)
        train(recipe, tmp_path / "run", None, ["training.epochs=2"], False)
    run = train(recipe, tmp_path / "run", None, ["training.epochs=2"], True)
    assert len((run.folder / "history.jsonl").read_text().splitlines()) == 2


def test_patience_keeps_the_best_weights_and_stops(recipe, tmp_path):
    # at this rate nothing is learnt, so the first look stays the best
    overrides = ["training.patience=1", "training.learning_rate=1e-9", "training.epochs=5"]
    run = train(recipe, tmp_path / "run", None, overrides, False)
    assert len((run.folder / "history.jsonl").read_text().splitlines()) == 2
    assert run.student().count_params() > 0
    assert not (run.folder / "best.npz").exists()


def test_a_run_with_patience_has_no_weights_before_it_ends(recipe, tmp_path, monkeypatch):
    learn = Trainer.train_epoch

    def killed_in_the_second_epoch(self, report):
        if self.epoch:
            raise Killed
        return learn(self, report)

    overrides = ["training.patience=1", "training.evaluate_every=1", "training.epochs=2"]
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Trainer, "train_epoch", killed_in_the_second_epoch)
        train(recipe, tmp_path / "run", None, overrides, False)
    with pytest.raises(RecipeError, match="no trained weights yet"):
        load_run(tmp_path / "run").student()
    assert train(recipe, tmp_path / "run", None, overrides, True).student().count_params() > 0


def test_the_best_weights_outlive_a_kill_before_they_are_written(recipe, tmp_path, monkeypatch):
    def killed(run, student):
        raise Killed

    # the first look stays the best
    overrides = ["training.patience=2", "training.learning_rate=1e-9", "training.epochs=2"]
    overrides.append("training.deterministic=true")
    unbroken = train(recipe, tmp_path / "unbroken", None, overrides, False)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Run, "save_best", killed)
        train(recipe, tmp_path / "run", None, overrides, False)
    resumed = train(recipe, tmp_path / "run", None, overrides, True)
    assert resumed.weights_digest() == unbroken.weights_digest()


def test_patience_without_tuning_rows_is_refused(recipe, tmp_path):
    with pytest.raises(RecipeError, match="patience needs tuning rows"):
        train(recipe, tmp_path / "run", None, ["training.patience=1", "data.tuning_share=0.0"], False)
    assert not (tmp_path / "run").exists()


def test_a_run_that_diverges_is_told_and_leaves_no_weights(recipe, tmp_path):
    with pytest.raises(
        EdgeNLPError, match=r"no longer a number in epoch 1: lower .* labels are damaged, .* in another folder"
    ):
        train(recipe, tmp_path / "run", None, ["training.learning_rate=1e30"], False)
    assert not (tmp_path / "run" / "weights.npz").exists()


def test_hidden_files_are_not_the_runs(run, tmp_path):
    copied = shutil.copytree(run.folder, tmp_path / "run")
    (copied / "assets" / "head" / ".DS_Store").write_bytes(b"icons")
    assert load_run(copied).head_assets == run.head_assets


def test_a_lost_file_of_a_run_is_named(run, tmp_path):
    copied = shutil.copytree(run.folder, tmp_path / "run")
    shutil.rmtree(copied / "assets")
    with pytest.raises(RecipeError, match=r"assets/\w+ lacks \w+\.\w+: train the run again, or take a copy"):
        load_run(copied).student()


def test_a_run_is_resumed_without_what_it_started_from(recipe, run, tmp_path):
    base = shutil.copytree(run.folder, tmp_path / "base")
    overrides = [f"start={str(base)!r}", "training.epochs=1"]
    started = train(recipe, tmp_path / "run", None, overrides, False)
    shutil.rmtree(base)
    resumed = train(recipe, tmp_path / "run", None, overrides, True)
    assert resumed.provenance["start"] == started.provenance["start"] == run.weights_digest()


@pytest.mark.parametrize(
    ("overrides", "resume", "message"),
    [
        ([], False, "--resume"),
        (["seed=8"], True, r"another recipe \(seed was 7 and is 8 now\), so it cannot be resumed: name another folder"),
        (["encoder.layers=1", "head.hidden=9"], True, r"\(encoder\.layers was 2 and is 1 now\)"),
        (["encoder.ngram_max=5"], True, r"\(encoder\.ngram_max was not set and is 5 now\)"),
        (
            ["data.dev=[{path='dev.jsonl', format='mtop', language='en'}]"],
            True,
            r"data\.dev\.0\.language was '' and is",
        ),
    ],
)
def test_a_folder_that_holds_a_run_is_not_overwritten(run, recipe, overrides, resume, message):
    before = (run.folder / "weights.npz").read_bytes()
    with pytest.raises(RecipeError, match=message):
        train(recipe, run.folder, None, overrides, resume)
    assert (run.folder / "weights.npz").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "words"),
    [(reversed, "its files have changed"), (lambda lines: lines[:30], "dev_rows was 40 and is 30 now")],
)
def test_resuming_with_other_data_is_refused(run, recipe, tmp_path, change, words):
    (tmp_path / "train.jsonl").write_text((recipe.parent / "train.jsonl").read_text())
    lines = (recipe.parent / "dev.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "dev.jsonl").write_text("".join(change(lines)))
    with pytest.raises(RecipeError, match=rf"other data \({words}.*\), so it cannot be resumed: name another folder"):
        train(recipe, run.folder, tmp_path, [], True)


def test_data_that_leave_nothing_to_learn_are_told(recipe, tmp_path):
    content = (recipe.parent / "train.jsonl").read_text()
    for name in ("train.jsonl", "dev.jsonl"):
        (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=r"each of the \d+ training rows means the same as a row that measures"):
        train(recipe, tmp_path / "run", tmp_path, [], False)
    assert not (tmp_path / "run").exists()


def test_missing_data_leave_nothing_behind(recipe, tmp_path):
    with pytest.raises(DataError, match="--data names the folder"):
        train(recipe, tmp_path / "run", tmp_path / "nowhere", [], False)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_no_run_is_said_so(tmp_path):
    with pytest.raises(RecipeError, match=r"no run\.json"):
        load_run(tmp_path)


def test_patience_waits_for_the_first_look(recipe, tmp_path):
    overrides = ["training.patience=1", "training.evaluate_every=2", "training.epochs=3"]
    run = train(recipe, tmp_path / "run", None, overrides, False)
    assert run.student().count_params() > 0


@pytest.mark.parametrize("kind", ["dev", "tuning"])
def test_rows_that_measure_nothing_are_refused_before_anything_is_written(recipe, tmp_path, kind):
    (tmp_path / "train.jsonl").write_text((recipe.parent / "train.jsonl").read_text())
    (tmp_path / "other.jsonl").write_text((recipe.parent / "dev.jsonl").read_text().replace("IN:", "IN:MY_"))
    overrides = ["data.dev=[]", f"data.{kind}=[{{path='other.jsonl', format='mtop'}}]"]
    words = (
        rf"the label 'IN:MY_\w+' of '.*' is not one of the \d+ that the training rows have.*; 40 of 40 {kind} rows have"
    )
    with pytest.raises(DataError, match=words):
        train(recipe, tmp_path / "run", tmp_path, overrides, False)
    assert not (tmp_path / "run").exists()


EMPTY = {"question": "\u200b", "logical_form": "[IN:CREATE_ALARM ]"}  # a text without a token


@pytest.mark.parametrize("kind", ["dev", "tuning"])
def test_rows_without_a_token_measure_nothing(recipe, tmp_path, kind):
    (tmp_path / "train.jsonl").write_text((recipe.parent / "train.jsonl").read_text())
    (tmp_path / "empty.jsonl").write_text(json.dumps(EMPTY) + "\n")
    overrides = ["data.dev=[]", f"data.{kind}=[{{path='empty.jsonl', format='mtop'}}]"]
    with pytest.raises(DataError, match=f"none of the 1 {kind} rows holds a token"):
        train(recipe, tmp_path / "run", tmp_path, overrides, False)
    assert not (tmp_path / "run").exists()


def test_rows_without_a_token_are_left_out_of_the_figures_and_counted(recipe, run, tmp_path):
    (tmp_path / "train.jsonl").write_text((recipe.parent / "train.jsonl").read_text())
    (tmp_path / "dev.jsonl").write_text((recipe.parent / "dev.jsonl").read_text() + (json.dumps(EMPTY) + "\n") * 3)
    measured = train(recipe, tmp_path / "run", tmp_path, [], False).metrics["dev"]
    assert measured == run.metrics["dev"] | {"empty": 3}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("data.train=[{path='rows.tsv', format='delimited', options={text_b='b'}}]", "a pair of texts"),
        ("data.dev=[{path='rows.tsv', format='delimited'}]", "not a tree"),
        ("data.train=[{path='rows.tsv', format='delimited'}]", "tree"),
    ],
)
def test_data_of_another_task_are_refused_before_anything_is_written(recipe, tmp_path, override, message):
    for name in ("train.jsonl", "dev.jsonl"):
        (tmp_path / name).write_text((recipe.parent / name).read_text())
    (tmp_path / "rows.tsv").write_text("text\tb\tlabel\n" + "hello\tthere\tyes\n" * 3)
    with pytest.raises(DataError, match=message):
        train(recipe, tmp_path / "run", tmp_path, [override], False)
    assert not (tmp_path / "run").exists()
