"""GLUE's tables: the data may not be copied, so these are made up in its forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgenlp.data.readers import READERS
from edgenlp.data.readers.glue import GlueReader
from edgenlp.errors import DataError
from edgenlp.interfaces import Example
from edgenlp.testing import ReaderConformance

READER = GlueReader()
STSB = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
MNLI = "index\tpromptID\tpairID\tgenre\tsentence1\tsentence2\tlabel1\tgold_label\n"
TABLES = {
    "CoLA": ("x01\t1\t\tShe sings.\nx01\t0\t*\tSings she the.\n", [("She sings.", "1"), ("Sings she the.", "0")]),
    "SST-2": ('sentence\tlabel\na " fine " day \t1\n', [('a " fine " day ', "1")]),
    "MRPC": ('\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n0\t1\t2\tIt rains.\tIt "snows.\r\n', None),
    "STS-B": (f"{STSB}0\tg\tf\t2012\t0\tnone\tnone\tA cat sits.\tA dog sits.\t2.75\n", None),
    "RTE": ("index\tsentence1\tsentence2\tlabel\n0\tIt rains.\tIt is wet.\tentailment\n\n", None),
    "WNLI": ("index\tsentence1\tsentence2\tlabel\n7\tThe cup is on the box.\tThe cup is on it.\t0\n", None),
    "QNLI": ("index\tquestion\tsentence\tlabel\n0\tWho sings?\tShe does.\tentailment\n", None),
    "QQP": ("id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n0\t1\t2\tWho is it?\tWho?\t1\n", None),
    "MNLI": (f"{MNLI}0\t1\t1n\tfiction\tIt rains.\tIt is dry.\tneutral\tcontradiction\n", None),
}
PAIRS = {
    "MRPC": [(("It rains.", 'It "snows.'), "0")],
    "STS-B": [(("A cat sits.", "A dog sits."), 2.75)],
    "RTE": [(("It rains.", "It is wet."), "entailment")],
    "WNLI": [(("The cup is on the box.", "The cup is on it."), "0")],
    "QNLI": [(("Who sings?", "She does."), "entailment")],
    "QQP": [(("Who is it?", "Who?"), "1")],
    "MNLI": [(("It rains.", "It is dry."), "contradiction")],
}


def write(path, text):
    path.write_bytes(text.encode())
    return path


class TestContract(ReaderConformance):
    reader = READER

    @pytest.fixture(autouse=True)
    def sample(self, tmp_path):
        type(self).path = write(tmp_path / "train.tsv", TABLES["STS-B"][0])


@pytest.mark.parametrize("task", TABLES)
def test_the_header_tells_the_task(task, tmp_path):
    content, rows = TABLES[task]
    path = write(tmp_path / "train.tsv", content)
    expected = [Example(text, answer, "en") for text, answer in rows or PAIRS[task]]
    assert list(READER.read(path)) == expected
    assert [reader.name for reader in READERS if reader.recognises(path)] == ["glue"]


def test_broken_rows_of_qqp_are_left_out(tmp_path):
    rows = ["a\tWas he real?\t0", "1\t3\t4\tWhy?\t\t0", "2\t5\t6\tHow?\tHow so?\t0"]
    (tmp_path / "train.tsv").write_text(TABLES["QQP"][0] + "\n".join(rows) + "\n")
    texts = [example.text for example in READER.read(tmp_path / "train.tsv")]
    assert texts == [("Who is it?", "Who?"), ("How?", "How so?")]


def test_an_answer_is_read_without_the_space_around_it(tmp_path):
    path = write(tmp_path / "a.tsv", "sentence\tlabel\nGood.\t 1 \nBad.\t0 \n")
    assert [example.target for example in READER.read(path)] == ["1", "0"]


def test_undecided_pairs_of_mnli_are_left_out(tmp_path):
    rows = [
        f"{n}\t1\t1n\tfiction\tIt rains.\tIt is dry.\tneutral\t{answer}\n" for n, answer in enumerate(("-", "neutral"))
    ]
    path = write(tmp_path / "a.tsv", MNLI + "".join(rows))
    assert [example.target for example in READER.read(path)] == ["neutral"]


@pytest.mark.parametrize(
    ("content", "labels"),
    [
        ("x01\t1\t\tGood.\nx01\t{}\t\tBad.\n", "0, 1"),
        ("sentence\tlabel\nGood.\t1\nBad.\t{}\n", "0, 1"),
        ("Quality\t#1 String\t#2 String\n1\ta\tb\n{}\ta\tb\n", "0, 1"),
        ("question1\tquestion2\tis_duplicate\na\tb\t0\na\tb\t{}\n", "0, 1"),
        ("sentence1\tsentence2\tlabel\na\tb\t0\na\tb\t{}\n", "entailment, not_entailment, 0, 1"),
        ("question\tsentence\tlabel\na\tb\tentailment\na\tb\t{}\n", "entailment, not_entailment"),
        ("sentence1\tsentence2\tgold_label\na\tb\tneutral\na\tb\t{}\n", "entailment, neutral, contradiction, -"),
    ],
)
def test_labels_of_another_task_are_refused(content, labels, tmp_path):
    path = write(tmp_path / "a.tsv", content.format("2"))
    with pytest.raises(DataError) as refused:
        list(READER.read(path))
    place, _, says = str(refused.value).rpartition(": '2'")
    assert "a.tsv, line " in place and ", field '" in place
    assert says == f" is no label of the task ({labels}): the reader delimited reads tables of other tasks."


def test_language_option(tmp_path):
    path = write(tmp_path / "a.tsv", TABLES["CoLA"][0])
    assert {example.language for example in READER.read(path, language="en-GB")} == {"en-GB"}


def test_the_first_row_comes_before_a_later_line_is_looked_at(tmp_path):
    rows = READER.read(write(tmp_path / "a.tsv", TABLES["SST-2"][0] + "broken\n"))
    assert next(rows).target == "1"
    with pytest.raises(DataError, match="line 3"):
        next(rows)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a.tsv holds no rows: it is empty or cut off."),
        (STSB, "a.tsv holds no rows: it is empty or cut off."),
        (
            "index\tsentence\n0\tUnlabelled.\n",
            "a.tsv, line 1: is neither the header of a GLUE table with answers nor a row of CoLA.",
        ),
        ("x01\t1\t\tGood.\nx01\t0\tBad.\n", "a.tsv, line 2: found 3 columns between tabs instead of 4."),
        ("sentence\tlabel\nGood.\t \n", "a.tsv, line 2, field 'label': is empty."),
        ("sentence\tlabel\n \t1\n", "a.tsv, line 2, field 'sentence': is empty."),
        ("question\tsentence\tlabel\nWho?\t\tyes\n", "a.tsv, line 2, field 'sentence': is empty."),
        (f"{STSB}{'0 ' * 9}five\n".replace(" ", "\t"), "a.tsv, line 2, field 'score': 'five' is not a number."),
        (f"{STSB}{'0 ' * 9}nan\n".replace(" ", "\t"), "a.tsv, line 2, field 'score': 'nan' is not a number."),
    ],
)
def test_broken_tables(content, message, tmp_path):
    path = write(tmp_path / "a.tsv", content)
    with pytest.raises(DataError) as refused:
        list(READER.read(path))
    assert str(refused.value).removeprefix(f"{tmp_path}/") == message


def test_a_missing_file():
    with pytest.raises(DataError, match=r"none\.tsv cannot be read"):
        list(READER.read(Path("none.tsv")))
