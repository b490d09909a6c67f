"""Runs are measured as models are."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from edgenlp.cli.main import main
from edgenlp.errors import DataError, EmptyTextError, TextError
from edgenlp.evaluation import Answers, agreement, ask, measure
from edgenlp.interfaces import Example, Node, Parse
from edgenlp.training import FloatModel


def test_a_run_is_measured_as_it_measured_itself(run, recipe, capsys):
    data = str(recipe.parent / "dev.jsonl")
    assert main(["evaluate", str(run.folder), "--data", data, "--teacher", str(run.folder), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    dev = run.metrics["dev"]
    assert values["metrics"] == pytest.approx(dev["metrics"])
    assert (values["examples"], values["unknown"]) == (dev["examples"], dev["unknown"])
    assert values["agreement"]["metrics"]["exact_match"] == 1.0
    assert values["teacher"]["metrics"] == values["metrics"]


def test_a_run_answers_in_order_and_says_why_it_does_not(run):
    answerer = FloatModel(run)
    texts = ["wake me up", " ", "set an alarm for 7 am", ("a", "b"), "call mom"]
    said = list(answerer.answers(texts))
    assert [one.text for one in said if isinstance(one, Parse)] == [texts[0], texts[2], texts[4]]
    assert isinstance(said[1], EmptyTextError)
    assert isinstance(said[3], TextError) and "takes one text, and this is a pair of texts" in str(said[3])
    assert [type(one) for one in answerer.answers([None, b"a", ("a", "b", "c")])] == [TextError] * 3


def test_agreement_is_of_what_both_answered_whatever_the_gold_answer(run):
    answerer = FloatModel(run)
    texts = ["wake me up", "call mom", "play music", "stop"]
    examples = [Example(text, Node("IN:NONE"), "en", aligned=False) for text in texts]
    own = list(answerer.answers(texts))
    others = [own[0], replace(own[1], root=Node("IN:OTHER")), None, own[3]]
    answers = Answers(answerer, {"a": list(zip(examples, own, strict=True))})
    teacher = Answers(answerer, {"a": list(zip(examples, others, strict=True))})
    found = agreement(answers, teacher)
    assert (found.examples, found.metrics["exact_match"], found.empty) == (3, pytest.approx(2 / 3), 1)
    assert agreement(teacher, answers).empty == 1
    with pytest.raises(DataError, match="'IN:NONE' of 'wake me up' is not one of"):
        measure(answers)


def test_answers_to_other_rows_are_not_compared(run):
    model = FloatModel(run.folder)
    one, other, empty = ([Example(text, Node("IN:NONE"))] for text in ("wake me up", "call mom", " "))
    answers = ask(model, {"a": one})
    for files, says in (({"b": one}, "other files"), ({"a": other}, "other rows"), ({"a": one + other}, "other rows")):
        with pytest.raises(DataError, match=says):
            agreement(answers, ask(model, files))
    nothing = Answers(model, {"a": [(empty[0], None)]})
    with pytest.raises(DataError, match="no row to which both have an answer"):
        agreement(nothing, nothing)


def test_rows_that_a_run_has_learnt_are_noted(run, recipe, capsys):
    assert main(["evaluate", str(run.folder), "--data", str(recipe.parent / "train.jsonl"), "--json"]) == 0
    assert "rows, or what means the same" in capsys.readouterr().err


def test_runs_that_answer_nothing_are_told(run, recipe, tmp_path, capsys):
    content = json.loads((run.folder / "run.json").read_text())
    content["recipe"]["head"], content["recipe"]["pretraining"] = None, {"width": 8}
    (tmp_path / "run.json").write_text(json.dumps(content))
    data = str(recipe.parent / "dev.jsonl")
    assert main(["evaluate", str(tmp_path), "--data", data]) == 1
    assert "is a run of edgenlp pretrain, which knows no task" in capsys.readouterr().err
