"""From a taught run over its labels to a student: nothing of the teacher is needed once the labels are there."""

from __future__ import annotations

import contextlib
import json
import shutil
from itertools import islice

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow as tf

from edgenlp.cli.main import main
from edgenlp.data.meanings import text_key
from edgenlp.distillation import read_labels
from edgenlp.distillation.losses import EmbeddingLoss, HardLoss, SoftLoss, distillation_loss
from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Example, Lesson
from edgenlp.teachers.trained_run import TrainedRun
from edgenlp.training import load_run, read_recipe, train
from edgenlp.training.evaluate import predictor
from edgenlp.training.learnt import _of_one_task, learnt_rows
from edgenlp.training.rows import training_rows
from edgenlp.training.run import new_run, rows_of
from edgenlp.training.splits import read_splits

DISTILLATION = """
[[augmentation]]
name = "slot_exchange"
share = 0.5

[distillation]
variants = 2
teacher = [{{ name = "run", run = "{run}" }}]
objective = [{{ name = "soft_labels", temperature = 2.0 }}, {{ name = "hard_labels", weight = 0.1 }}]
"""


PAIRS = "path='pairs.csv', format='delimited', options={text_b='b', label=''}"


@pytest.fixture(scope="module")
def student_recipe(recipe, run):
    path = recipe.with_name("student.toml")
    path.write_text(recipe.read_text() + DISTILLATION.format(run=run.folder))
    return path


@pytest.fixture(scope="module")
def labels(student_recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    assert main(["label", str(student_recipe), "--out", str(folder)]) == 0
    return folder


def test_the_labels_are_what_the_teacher_says(labels, run, recipe):
    found = read_labels(labels)
    assert found.origin.teachers[0]["labels"]["task_logits"] == run.head.labels(run.head_assets)
    decoder, featurizer = run.decoder(), run.featurizer()
    examples = []
    for row in map(json.loads, (recipe.parent / "train.jsonl").read_text().splitlines()):
        with contextlib.suppress(DataError):  # tuning rows have no labels
            found.of(row["question"])
            examples.append(Example(row["question"], ""))
    assert len(examples) == 127
    predictions = predictor(run.student(), featurizer, decoder, run.recipe.training.max_tokens)(examples)
    for example, prediction in zip(examples, predictions, strict=True):
        (answer,) = found.of(example.text)
        tokens = featurizer.tokenize(example.text, 99)
        assert answer["spans"].tolist() == [list(span) for span in tokens.spans]
        logits = {"intent": answer["task_logits"], "tags": answer["token_logits"]}
        decoded = decoder.decode({name: array.astype(np.float32) for name, array in logits.items()}, [tokens])
        assert decoded.score == pytest.approx(prediction.score, rel=0.02)


def test_a_teacher_that_was_trained_again_is_read_again(run, tmp_path):
    shutil.copytree(run.folder, tmp_path / "run")
    teacher, config = TrainedRun(), TrainedRun.Config(run=str(tmp_path / "run"))

    def answer():
        return next(teacher.label(["wake me up"], ["task_logits"], config))["task_logits"]

    before, again = answer(), load_run(tmp_path / "run")
    student = again.student()
    for weight in student.head.weights:
        weight.assign(2 * weight)
    again.save_weights(student)
    assert not np.allclose(answer(), before)


def test_a_student_learns_from_labels_alone(labels, student_recipe, run, tmp_path):
    hidden = run.folder.with_name("hidden")
    shutil.move(run.folder, hidden)
    try:
        student = train(student_recipe, tmp_path / "student", None, [], False, [labels])
    finally:
        shutil.move(hidden, run.folder)
    history = [json.loads(line) for line in (student.folder / "history.jsonl").read_text().splitlines()]
    assert history[-1]["loss"] < 0.8 * history[0]["loss"]
    goals = student.recipe.distillation.objective
    for record in history:
        weighted = sum(goal.weight * record[f"loss/{goal.name}"] for goal in goals)
        assert record["loss"] == pytest.approx(weighted, rel=1e-4)


def test_objectives_of_one_name_are_told_apart(labels, student_recipe, tmp_path):
    twice = "distillation.objective=[{name='soft_labels'}, {name='soft_labels', temperature=4.0, weight=0.5}]"
    student = train(student_recipe, tmp_path / "student", None, [twice, "training.epochs=1"], False, [labels])
    (record,) = map(json.loads, (student.folder / "history.jsonl").read_text().splitlines())
    assert record["loss"] == pytest.approx(record["loss/soft_labels"] + 0.5 * record["loss/soft_labels_2"], rel=1e-4)
    assert record["loss/soft_labels"] != record["loss/soft_labels_2"]


def test_a_student_learns_where_its_teachers_plugin_is_not_installed(labels, student_recipe, tmp_path):
    content = json.loads((labels / "labels.json").read_text())
    content["teachers"][0]["name"] = "elsewhere"
    copied = shutil.copytree(labels, tmp_path / "labels")
    (copied / "labels.json").write_text(json.dumps(content))
    overrides = ['distillation.teacher=[{name="elsewhere", size=3}]', "training.epochs=1"]
    assert train(student_recipe, tmp_path / "student", None, overrides, False, [copied]).student().count_params() > 0


def test_gold_answers_alone_need_no_teacher(student_recipe, run, tmp_path):
    alone = ["distillation.objective=[{name='hard_labels'}]", "distillation.teacher=[]", "training.epochs=1"]
    student = train(student_recipe, tmp_path / "student", None, alone, False)
    bare = train(
        student_recipe, tmp_path / "bare", None, ["distillation={objective=[{name='hard_labels'}]}", alone[2]], False
    )
    for one, other in zip(student.student().weights, bare.student().weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["distillation.teacher=[]"], "the recipe's objectives want task_logits, token_logits of a teacher: name one"),
        (
            ["distillation.objective=[{name='hard_labels'}]"],
            "want nothing of a teacher: leave out distillation.teacher",
        ),
    ],
)
def test_teachers_and_objectives_that_do_not_need_each_other_are_told(student_recipe, tmp_path, overrides, words):
    with pytest.raises(RecipeError, match=words):
        train(student_recipe, tmp_path / "student", None, overrides, False)
    assert not (tmp_path / "student").exists()


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("seed=9", r"for another recipe \(seed was \d+ and is 9 now\)"),
        ("data.tuning_share=0.3", r"for another recipe \(data.tuning_share was .* and is 0.3 now\)"),
        ("distillation.variants=3", r"for another recipe \(distillation.variants was 2 and is 3 now\)"),
    ],
)
def test_labels_for_another_recipe_are_refused(labels, student_recipe, tmp_path, override, words):
    with pytest.raises(RecipeError, match=words):
        train(student_recipe, tmp_path / "student", None, [override], False, [labels])
    assert not (tmp_path / "student").exists()


def test_labels_of_another_teacher_are_refused(labels, student_recipe, run, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(run.folder, other)
    with np.load(other / "weights.npz") as weights:
        changed = {name: array + 1 for name, array in weights.items()}
    np.savez(other / "weights.npz", **changed)
    override = f'distillation.teacher=[{{name="run", run="{other}"}}]'
    with pytest.raises(RecipeError, match="of another teacher"):
        train(student_recipe, tmp_path / "student", None, [override], False, [labels])
    assert main(["label", str(student_recipe), "--out", str(labels), "--set", override]) == 1


def test_labels_of_fewer_teachers_are_refused(labels, student_recipe, run, tmp_path):
    override = f'distillation.teacher=[{{name="run", run="{run.folder}"}}, {{name="run", run="gone"}}]'
    with pytest.raises(RecipeError, match="are of 1 teachers and the recipe names 2"):
        train(student_recipe, tmp_path / "student", None, [override], False, [labels])


def test_a_teacher_joins_another_without_labelling_anew(labels, student_recipe, run, tmp_path, capsys):
    first = train(student_recipe, tmp_path / "first", None, ["training.epochs=1"], False, [labels])
    alone = f'{{name="run", run="{first.folder}"}}'
    joining = tmp_path / "joining"
    override = f"distillation.teacher=[{alone}]"
    assert main(["label", str(student_recipe), "--out", str(joining), "--set", override]) == 0
    both = f'distillation.teacher=[{{name="run", run="{run.folder}"}}, {alone}]'
    command = ["train", str(student_recipe), "--out", str(tmp_path / "second"), "--set", both]
    command += ["--set", "training.epochs=1"]
    assert main([*command, "--labels", str(joining), "--labels", str(labels)]) == 1
    assert "in another order than the recipe's teachers" in capsys.readouterr().err
    assert main([*command, "--labels", str(labels), "--labels", str(joining)]) == 0
    taught = json.loads((tmp_path / "second" / "run.json").read_text())["provenance"]["teachers"]
    assert [teacher["digest"] for teacher in taught] == [
        json.loads((folder / "labels.json").read_text())["teachers"][0]["digest"] for folder in (labels, joining)
    ]


def test_one_of_several_teachers_is_asked_by_its_number(labels, student_recipe, run, tmp_path, capsys):
    both = f'distillation.teacher=[{{name="run", run="gone"}}, {{name="run", run="{run.folder}"}}]'
    command = ["label", str(student_recipe), "--set", both, "--teacher"]
    assert main([*command, "2", "--out", str(tmp_path / "two")]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()} == {
        path.name: path.read_bytes() for path in labels.iterdir()
    }
    assert main([*command, "3", "--out", str(tmp_path / "three")]) == 1
    assert "there is no teacher 3: the recipe names 2" in capsys.readouterr().err


def test_a_run_goes_on_with_the_teachers_that_it_began_with(labels, student_recipe, run, tmp_path):
    gone, copied = 'distillation.teacher=[{name="run", run="gone"}]', shutil.copytree(labels, tmp_path / "labels")
    overrides = [gone, "training.epochs=1"]
    student = train(student_recipe, tmp_path / "student", None, overrides, False, [labels])
    content = json.loads((copied / "labels.json").read_text())
    content["teachers"][0]["digest"] = "0" * 64
    (copied / "labels.json").write_text(json.dumps(content))
    with pytest.raises(RecipeError, match="started with labels of other teachers"):
        train(student_recipe, student.folder, None, overrides, True, [copied])
    train(student_recipe, student.folder, None, overrides, True, [labels])


def test_labels_of_a_teacher_of_another_name_are_refused(labels, student_recipe, tmp_path):
    with pytest.raises(RecipeError, match="of a teacher 'run' where the recipe names 'elsewhere'"):
        train(
            student_recipe, tmp_path / "student", None, ['distillation.teacher=[{name="elsewhere"}]'], False, [labels]
        )


def test_a_misspelt_teacher_of_labels_is_told_the_right_one(labels, student_recipe, tmp_path):
    with pytest.raises(RecipeError, match=r"the recipe names 'runn' \(did you mean 'run'\?\)"):
        train(student_recipe, tmp_path / "student", None, ['distillation.teacher=[{name="runn"}]'], False, [labels])


def test_a_teacher_that_is_at_hand_is_compared_though_another_is_not(labels, student_recipe, run, tmp_path):
    two, other = tmp_path / "two", tmp_path / "other"
    shutil.copytree(labels, two)
    content = json.loads((two / "labels.json").read_text())
    content["teachers"] *= 2
    (two / "labels.json").write_text(json.dumps(content))
    for shard in two.glob("*.npz"):
        arrays = dict(np.load(shard))
        np.savez(shard, **arrays, **{f"1{name[1:]}": array for name, array in arrays.items() if name[0] == "0"})
    shutil.copytree(run.folder, other)
    with np.load(other / "weights.npz") as weights:
        np.savez(other / "weights.npz", **{name: array + 1 for name, array in weights.items()})
    override = f'distillation.teacher=[{{name="run", run="gone"}}, {{name="run", run="{other}"}}]'
    with pytest.raises(RecipeError, match="of another teacher"):
        train(student_recipe, tmp_path / "student", None, [override], False, [two])


def test_teacher_and_student_must_have_the_same_labels(student_recipe, labels, tmp_path):
    content = json.loads((labels / "labels.json").read_text())
    content["teachers"][0]["labels"]["task_logits"][0] = "IN:OTHER"
    copied = tmp_path / "labels"
    shutil.copytree(labels, copied)
    (copied / "labels.json").write_text(json.dumps(content))
    override = 'distillation.teacher=[{name="run", run="gone"}]'
    with pytest.raises(RecipeError, match="are not the student's"):
        train(student_recipe, tmp_path / "student", None, [override], False, [copied])


def test_a_teacher_of_other_labels_is_not_asked(student_recipe, recipe, tmp_path, capsys):
    few = "".join((recipe.parent / "train.jsonl").read_text().splitlines(keepends=True)[:9])
    (recipe.parent / "few.jsonl").write_text(few)
    other = train(recipe, tmp_path / "run", None, ["data.train=[{path='few.jsonl', format='mtop'}]"], False)
    override = f"distillation.teacher=[{{name='run', run='{other.folder}'}}]"
    assert main(["label", str(student_recipe), "--out", str(tmp_path / "labels"), "--set", override]) == 1
    assert "are not the student's" in capsys.readouterr().err
    assert not (tmp_path / "labels").exists()


def test_a_teacher_that_has_learnt_the_dev_rows_is_not_asked(student_recipe, run, tmp_path, capsys):
    known = "data.dev=[{path='train.jsonl', format='mtop'}]"
    other = "data.train=[{path='dev.jsonl', format='mtop'}]"
    command = ["label", str(student_recipe), "--out", str(tmp_path / "labels"), "--set", known, "--set", other]
    assert main(command) == 1
    rows = len(rows_of(run).train)
    assert f"the teacher 'run' has learnt {rows} of the" in capsys.readouterr().err
    assert not (tmp_path / "labels").exists()


def test_a_teacher_whose_start_has_learnt_the_dev_rows_is_not_asked(student_recipe, recipe, run, tmp_path, capsys):
    rows = (recipe.parent / "dev.jsonl").read_text().splitlines(keepends=True)[:20]
    (recipe.parent / "few.jsonl").write_text("".join(rows))
    few = ["data.train=[{path='few.jsonl', format='mtop'}]", "data.dev=[]", "training.epochs=1"]
    later = train(recipe, tmp_path / "later", None, [*few, f"start='{run.folder}'"], False)
    known = ["data.dev=[{path='train.jsonl', format='mtop'}]", *few[:1]]
    teacher = f"distillation.teacher=[{{name='run', run='{later.folder}'}}]"
    settings = [part for override in (*known, teacher) for part in ("--set", override)]
    assert main(["label", str(student_recipe), "--out", str(tmp_path / "labels"), *settings]) == 1
    rows = [row for one in (run, later) for row in rows_of(one).train]
    dev = [json.loads(line)["question"] for line in (recipe.parent / "train.jsonl").read_text().splitlines()]
    learnt = {text_key(row.text) for row in rows}
    count = sum(text_key(text) in learnt for text in dev)
    assert f"has learnt {count} of the {len(dev)} dev rows" in capsys.readouterr().err


def test_a_start_that_has_learnt_the_dev_rows_is_refused(recipe, run, tmp_path):
    overrides = [f"start='{run.folder}'", "data.dev=[{path='train.jsonl', format='mtop'}]"]
    with pytest.raises(RecipeError, match=r"the run .* has learnt \d+ of the \d+ dev rows"):
        train(recipe, tmp_path / "run", None, ["data.train=[{path='dev.jsonl', format='mtop'}]", *overrides], False)
    assert not (tmp_path / "run").exists()


def test_it_is_said_where_the_rows_that_a_teacher_learnt_are_not_at_hand(student_recipe, run, tmp_path, capsys):
    moved = shutil.copytree(run.folder, tmp_path / "moved")
    content = json.loads((moved / "run.json").read_text())
    content["provenance"]["folder"] = str(tmp_path / "nowhere")
    (moved / "run.json").write_text(json.dumps(content))
    teacher = f"distillation.teacher=[{{name='run', run='{moved}'}}]"
    assert main(["label", str(student_recipe), "--out", str(tmp_path / "labels"), "--set", teacher]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "whether the teacher 'run' has learnt dev rows is not known: the data in" in said


def test_the_rows_that_are_at_hand_are_looked_at(student_recipe, recipe, run, tmp_path, capsys):
    (recipe.parent / "few.jsonl").write_text("".join((recipe.parent / "dev.jsonl").read_text().splitlines(True)[:20]))
    few = "data.train=[{path='few.jsonl', format='mtop'}]"
    start = shutil.copytree(run.folder, tmp_path / "start")
    settings = [few, "data.dev=[]", "training.epochs=1", f"start='{start}'"]
    later = train(recipe, tmp_path / "later", None, settings, False)
    shutil.rmtree(start)
    teacher = f"distillation.teacher=[{{name='run', run='{later.folder}'}}]"
    known = "data.dev=[{path='few.jsonl', format='mtop'}]"
    command = ["label", str(student_recipe), "--out", str(tmp_path / "labels"), "--set", known, "--set", teacher]
    assert main(command) == 1
    assert f"has learnt {len(rows_of(later).train)} of the 20 dev rows" in capsys.readouterr().err


def test_what_a_start_heard_of_and_what_its_teachers_learnt_count(student_recipe, recipe, run, labels, tmp_path):
    start = train(student_recipe, tmp_path / "start", None, ["training.epochs=1"], False, [labels])
    moved = json.loads((start.folder / "run.json").read_text())
    moved["provenance"]["folder"] = str(tmp_path)
    for name in ("train", "dev"):
        (tmp_path / f"{name}.jsonl").write_text((recipe.parent / "dev.jsonl").read_text())
    (start.folder / "run.json").write_text(json.dumps(moved))
    # its own data are others now, but its teacher's are at hand
    rows = ["data.train=[{path='dev.jsonl', format='mtop'}]", "data.dev=[{path='train.jsonl', format='mtop'}]"]
    with pytest.raises(RecipeError, match=rf"has learnt {len(rows_of(run).train)} of the"):
        train(recipe, tmp_path / "run", None, [*rows, f"start='{start.folder}'"], False)


def test_another_run_where_a_start_lay_is_not_taken_for_it(recipe, run, tmp_path):
    start = shutil.copytree(run.folder, tmp_path / "start")
    settings = ["training.epochs=1", "data.dev=[]", f"start='{start}'"]
    later = train(recipe, tmp_path / "later", None, settings, False)
    shutil.rmtree(start)
    later.folder.rename(start)  # which names its own folder as what it started from
    found = learnt_rows(load_run(start), run.labels())
    rows = list(islice(found, len(rows_of(load_run(start)).train)))
    with pytest.raises(DataError, match=rf"{start} has been trained anew since {start} started from it"):
        next(found)
    assert rows


def test_another_run_where_a_teacher_lay_is_not_taken_for_it(student_recipe, recipe, run, labels, tmp_path):
    teacher = shutil.copytree(run.folder, tmp_path / "teacher")
    settings = ["training.epochs=1", f"distillation.teacher=[{{name='run', run='{teacher}'}}]"]
    student = train(student_recipe, tmp_path / "student", None, settings, False, [labels])
    shutil.rmtree(teacher)
    train(recipe, teacher, None, ["training.epochs=1", "seed=2"], False)
    with pytest.raises(DataError, match=rf"the teacher 'run' of {student.folder} is another one by now"):
        list(learnt_rows(student, run.labels()))


def test_a_teacher_that_has_learnt_nothing_need_not_be_at_hand(student_recipe, run, labels, tmp_path, monkeypatch):
    student = train(student_recipe, tmp_path / "student", None, ["training.epochs=1"], False, [labels])
    monkeypatch.setattr(TrainedRun, "learnt", lambda self, config: ())
    monkeypatch.setattr(TrainedRun, "digest", lambda self, config: pytest.fail("it was read"))
    assert list(learnt_rows(student, run.labels()))


def test_numbers_are_one_task_whatever_their_range():
    assert _of_one_task(["0.0 to 5.0"], ["0.2 to 5.0"]) and _of_one_task(["a", "b"], ["b", "c"])
    assert not _of_one_task(["a", "b"], ["c", "d"]) and not _of_one_task(["a", "b"], ["0.2 to 5.0"])


def test_labelling_without_a_row_to_learn_is_one_sentence(student_recipe, recipe, tmp_path, capsys):
    (recipe.parent / "more.txt").write_text("play something quiet\n")
    row = {"question": "\u200b", "logical_form": "[IN:CREATE_ALARM ]"}  # a text without a token
    (recipe.parent / "empty.jsonl").write_text(json.dumps(row) + "\n")
    settings = ["data.unlabelled=[{path='more.txt', format='lines'}]", "data.tuning_share=0", "augmentation=[]"]
    settings.append("data.train=[{path='empty.jsonl', format='mtop'}]")
    command = ["label", str(student_recipe), "--out", str(tmp_path / "labels")]
    assert main([*command, *(part for one in settings for part in ("--set", one))]) == 1
    assert "leaves no text to label: no row of its training data can be learnt" in capsys.readouterr().err


def test_a_run_whose_rows_are_parted_otherwise_now_is_not_measured(run, tmp_path):
    content = json.loads((run.folder / "run.json").read_text())
    content["provenance"]["data"]["measured"] = "of another draw"
    (tmp_path / "run.json").write_text(json.dumps(content))
    with pytest.raises(DataError, match="has changed since"):
        rows_of(load_run(tmp_path))


def test_a_place_that_is_a_file_is_told_before_a_teacher_is_asked(student_recipe, tmp_path, capsys):
    (tmp_path / "labels").touch()
    assert main(["label", str(student_recipe), "--out", str(tmp_path / "labels")]) == 1
    assert "labels is a file: name a folder for the labels" in capsys.readouterr().err


def test_a_teacher_that_is_not_at_hand_is_told(labels, student_recipe, run, tmp_path, capsys):
    away = tmp_path / "away"
    overrides = [f"distillation.teacher=[{{ name = 'run', run = '{away}' }}]", "training.epochs=1"]
    train(student_recipe, tmp_path / "student", None, overrides, False, [labels])
    said = " ".join(capsys.readouterr().err.split())
    assert "labels of the teacher 'run' are taken as they are, for it is not at hand" in said


def test_a_teacher_is_looked_at_before_the_data(student_recipe, tmp_path, capsys):
    command = ["label", str(student_recipe), "--out", str(tmp_path / "labels"), "--data", str(tmp_path / "nowhere")]
    assert main([*command, "--teacher", "9"]) == 1
    assert "there is no teacher 9" in capsys.readouterr().err


def test_the_seed_decides_nothing_where_no_row_is_drawn_or_varied(student_recipe, labels, tmp_path):
    plain = ["augmentation=[]", "training.epochs=1"]
    folder = tmp_path / "labels"
    settings = [part for override in plain for part in ("--set", override)]
    assert main(["label", str(student_recipe), "--out", str(folder), *settings]) == 0
    assert train(student_recipe, tmp_path / "run", None, [*plain, "seed=2"], False, [folder]).student()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["training.patience=2", "data.tuning_share=0"], "training.patience needs tuning rows"),
        (
            ["data.unlabelled=[{path='pairs.csv', format='delimited', options={text_b='b', label=''}}]"],
            "takes one text",
        ),
        (['distillation.objective=[{name="soft_labels", temperature=0}]'], "temperature is 0"),
        (
            ['distillation.objective=[{name="soft_labels", temperature=1e300}]'],
            "distillation.objective.temperature is 1e+300: it must",
        ),
        (['distillation.objective=[{name="soft_labels", logit_scale=1e-4}]'], "logit_scale is 0.0001"),
        (
            ['distillation.objective=[{name="hard_labels"}]'],
            "leave out distillation.teacher and train without labels, or add",
        ),
        (
            ['distillation.objective=[{name="word_prediction"}]'],
            "those that are, are hard_labels, sentence_embedding, so",
        ),
        (['distillation.objective=[{name="soft_labels", temperature=inf}]'], "'temperature' is inf, but"),
        (['distillation.objective=[{name="soft_lables"}]'], "did you mean 'soft_labels'"),
        (['distillation.objective=[{name="soft_labels", temprature=2}]'], "did you mean 'temperature'"),
        (['distillation.objective=[{name="sentence_embedding"}]'], "offers no 'sentence_embedding', only task_logits"),
        (
            ['distillation.objective=[{name="soft_labels"}, {name="sentence_embedding"}]'],
            "offers no 'sentence_embedding', only task_logits",
        ),
        (['distillation.teacher=[{name="run"}]'], "needs the folder"),
        (['distillation.teacher=[{name="run", run="nowhere"}]'], "not a run"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_told(student_recipe, tmp_path, capsys, overrides, words):
    (student_recipe.parent / "pairs.csv").write_text("text,b\nhi,ho\n")
    arguments = [part for override in overrides for part in ("--set", override)]
    assert main(["label", str(student_recipe), "--out", str(tmp_path / "labels"), *arguments]) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "labels").exists()


def test_labels_and_recipe_belong_together(student_recipe, recipe, labels, tmp_path, capsys):
    assert main(["train", str(student_recipe), "--out", str(tmp_path / "one")]) == 1
    assert "--labels" in capsys.readouterr().err
    assert main(["train", str(recipe), "--out", str(tmp_path / "two"), "--labels", str(labels)]) == 1
    assert "has none" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


UNLABELLED = "data.unlabelled=[{path='raw.txt', format='lines'}]"


def test_texts_that_nobody_labelled_are_learnt_from_the_teacher_alone(student_recipe, recipe, tmp_path):
    texts = ["play something quiet", "wake me up soon", "WAKE me up soon", "is it cold outside"]
    dev = json.loads((recipe.parent / "dev.jsonl").read_text().splitlines()[0])["question"]
    (recipe.parent / "raw.txt").write_text("\n".join([*texts, dev]) + "\n")
    labels = tmp_path / "labels"
    assert main(["label", str(student_recipe), "--out", str(labels), "--set", UNLABELLED]) == 0
    made = read_recipe(student_recipe, [UNLABELLED])
    splits = read_splits(made, recipe.parent)
    # one of two that differ in case, and none that a dev row says
    assert len(splits.unlabelled) == splits.counts["unlabelled_rows"] == 3
    assert splits.known == 2
    rows = training_rows(new_run(made, recipe.parent, tmp_path / "run", splits), splits, read_labels(labels))
    epoch = rows.epoch(0)
    assert len(epoch) == len(rows) == len(splits.train) + 3
    blank = [row for row in epoch if not row.targets["labelled"]]
    assert {row.text.lower() for row in blank} == {text.lower() for text in texts}
    for row in blank:
        assert not row.targets["tags"].any()
        assert row.targets["tags"].shape == (len(row),)
        assert row.taught[0]["token_logits"].shape[0] == len(row)
    some = [UNLABELLED, "distillation.unlabelled_share=0.34"]
    run = train(student_recipe, tmp_path / "student", None, some, False, [labels])
    assert (run.folder / "weights.npz").is_file()
    rows = training_rows(run, splits, read_labels(labels))
    drawn = [[row.text for row in rows.epoch(number) if not row.targets["labelled"]] for number in range(9)]
    assert {len(texts) for texts in drawn} == {1}
    assert len({text for (text,) in drawn}) > 1


def test_no_variation_says_what_a_tuning_or_dev_row_says(recipe, tmp_path):
    always = "augmentation=[{name='slot_exchange', share=1.0}]"

    def spoken(base):
        made = read_recipe(recipe, [always])
        splits = read_splits(made, base)
        rows = training_rows(new_run(made, base, tmp_path / "run", splits), splits)
        return splits, [row.text for number in range(3) for row in rows.epoch(number)]

    splits, texts = spoken(recipe.parent)
    known = {example.text for example in splits.train}
    made_up = next(text for text in texts if text not in known)
    base = tmp_path / "data"
    shutil.copytree(recipe.parent, base)
    with (base / "dev.jsonl").open("a") as file:
        file.write(json.dumps({"question": made_up.upper(), "logical_form": "[IN:GET_ALARM ]"}) + "\n")
    splits, others = spoken(base)
    assert len(others) == len(texts)
    assert made_up not in others
    assert all(text_key(text) not in splits.measured for text in others)


def softmax(scores):
    return np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)


@pytest.mark.parametrize(("temperature", "scale"), [(1.0, 1.0), (2.0, 1.0), (4.0, 0.5)])
def test_soft_labels_are_the_formula_in_the_mean_over_teachers(temperature, scale):
    class Head:
        def distillation_loss(self, logits, taught, encoded, divergence):
            return divergence(taught["task_logits"], logits["task"])

    rng = np.random.default_rng(1)
    student, *teachers = rng.normal(size=(3, 4, 5)).astype(np.float32)
    taught = [*({"task_logits": one} for one in teachers), {"sentence_embedding": student}]
    loss = SoftLoss(temperature, scale).loss(Lesson({"task": student}, None, {}, taught, Head()))
    said, learnt = [softmax(scale * one / temperature) for one in teachers], softmax(student / temperature)
    expected = [temperature**2 * (own * np.log(own / learnt)).sum(-1) for own in said]
    np.testing.assert_allclose(np.asarray(loss), np.mean(expected, 0), rtol=1e-4)


def test_embeddings_are_compared_by_their_cosine_after_a_map_of_each_teachers():
    rng = np.random.default_rng(1)
    layer = EmbeddingLoss(3, [6, 5])
    pooled, *teachers = rng.normal(size=(4, 3)), rng.normal(size=(4, 6)), rng.normal(size=(4, 5))
    taught = [*({"sentence_embedding": one.astype(np.float32)} for one in teachers), {"task_logits": pooled}]
    loss = layer.loss(Lesson({}, {"pooled": pooled.astype(np.float32)}, {}, taught, None))
    mapped = [pooled @ np.asarray(projection) for projection in layer.projections]
    lengths = [
        np.linalg.norm(own, axis=1) * np.linalg.norm(one, axis=1) for own, one in zip(mapped, teachers, strict=True)
    ]
    cosines = [(own * one).sum(1) / length for own, one, length in zip(mapped, teachers, lengths, strict=True)]
    np.testing.assert_allclose(np.asarray(loss), 1 - np.mean(cosines, 0), rtol=1e-4)


def test_a_token_that_the_teacher_has_not_read_teaches_nothing():
    class Head:
        def distillation_loss(self, logits, taught, encoded, divergence):
            return divergence(taught["token_logits"], logits["tags"])

    taught = [{"token_logits": tf.constant([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])}]
    lesson = Lesson({"tags": tf.constant([[4.0, -1.0, 0.5], [4.0, -1.0, 0.5]])}, None, {}, taught, Head())
    losses = np.asarray(distillation_loss(lesson, lambda teacher, student: tf.reduce_sum((teacher - student) ** 2, -1)))
    assert losses[0] == 0.0 < losses[1]


def test_gold_answers_count_only_where_there_are_some():
    class Head:
        def loss(self, logits, targets, encoded):
            return logits["loss"]

    given = {"loss": tf.constant([3.0, 5.0])}
    loss = HardLoss().loss(Lesson(given, None, {"labelled": tf.constant([1.0, 0.0])}, [], Head()))
    assert loss.numpy().tolist() == [3.0, 0.0]


@pytest.mark.parametrize("section", [[], ["--set", "distillation={objective=[{name='hard_labels'}]}"]])
def test_texts_that_nobody_labelled_need_a_teacher(recipe, tmp_path, capsys, section):
    assert main(["train", str(recipe), "--out", str(tmp_path / "run"), "--set", UNLABELLED, *section]) == 1
    assert "need teachers under distillation.teacher, who answer them" in capsys.readouterr().err
