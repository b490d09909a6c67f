"""The reader of Facebook's multilingual task-oriented dialogs."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgenlp.data.readers import READERS
from edgenlp.data.readers.mtod import MtodReader
from edgenlp.errors import DataError
from edgenlp.testing import ReaderConformance

SAMPLES = Path(__file__).parents[1] / "data" / "mtod"
TOKENS = '{"tokenizations": [{"tokenSpans": [{"start": 0, "length": 2}, {"start": 2, "length": 3}]}]}'


class TestMtod(ReaderConformance):
    reader = MtodReader()
    path = SAMPLES / "eval-th.tsv"


def read(path, **options):
    return list(MtodReader().read(path, **options))


def words(example):
    return [(slot.label, *(example.text[start:end] for start, end in slot.spans)) for slot in example.target.children]


def of(tmp_path, slots, text, tokens=TOKENS):
    path = tmp_path / "a.tsv"
    path.write_text(f"x/y\t{slots}\t{text}\tes_XX\t{tokens}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("file", "rows"), [("eval-en.tsv", 30), ("eval-es.tsv", 33), ("eval-th.tsv", 40)])
def test_real_rows(file, rows):
    path = SAMPLES / file
    assert [reader.name for reader in READERS if reader.recognises(path)] == ["mtod"]
    examples = read(path)
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(example.target.label, example.text) for example in examples] == [(line[0], line[2]) for line in lines]
    assert len(examples) == rows
    assert {example.language for example in examples} == {file[5:7]}
    given = [slot.split(":") for line in lines for slot in line[1].split(",") if slot]
    assert [label for _, _, label in given] == [slot.label for example in examples for slot in example.target.children]


def test_offsets_in_code_points(tmp_path):
    (example,) = read(of(tmp_path, "2:6:a,7:11:b", "😀 Zoë! สวัสดี"))
    assert words(example) == [("a", "Zoë!"), ("b", "สวัส")]


def test_a_slot_is_taken_as_whole_tokens(tmp_path):
    # as in the Spanish data, whose offsets are off by one behind an accent
    assert words(read(of(tmp_path, "1:7:a", "renovar el club"))[0]) == [("a", "renovar")]
    assert words(read(of(tmp_path, "0:6:a,6:10:b", "Buffalo hoy"))[0]) == [("a", "Buffalo"), ("b", "hoy")]
    assert words(read(of(tmp_path, "7:12:a", "renovar el  club"))[0]) == [("a", "el")]
    # of two slots in one token the one that has most of it: no model could answer with the other
    assert words(read(of(tmp_path, "0:1:a,1:3:b", "abc x"))[0]) == [("b", "abc")]


def test_words_apart_are_those_of_the_tokens():
    together, apart = read(SAMPLES / "eval-th.tsv"), read(SAMPLES / "eval-th.tsv", words="apart")
    assert together != apart
    for one, other in zip(together, apart, strict=True):
        assert one.text.replace(" ", "") == other.text.replace(" ", "")
        assert other.text.count(" ") >= one.text.count(" ")
        assert words(one) == [(label, *_matching(text, one.text)) for label, *(text,) in words(other)]


def _matching(text, whole):
    """What `text` is in a text of other spaces."""
    start = whole.replace(" ", "").index(text.replace(" ", ""))
    places = [place for place, char in enumerate(whole) if char != " "]
    return [whole[places[start] : places[start + len(text.replace(" ", "")) - 1] + 1]]


def test_a_space_stands_outside_the_slots_that_it_parts(tmp_path):
    (example,) = read(of(tmp_path, "0:2:a,2:5:b", "ดี7am"), words="apart")
    assert (example.text, words(example)) == ("ดี 7am", [("a", "ดี"), ("b", "7am")])


def test_language_option(tmp_path):
    assert read(of(tmp_path, "", "hola"), language="es-MX")[0].language == "es-MX"


@pytest.mark.parametrize(
    ("slots", "text", "message"),
    [
        ("1:2", "hola", "field 'slots': '1:2' is not start:end:label."),
        (f"0:{'9' * 5000}:x", "hola", "is not start:end:label."),
        ("a:2:x", "hola", "field 'slots': 'a:2:x' is not start:end:label."),
        ("0:9:x", "hola", "'0:9:x' is no part of the 4 characters of the utterance, behind the slot before."),
        ("2:2:x", "hola", "'2:2:x' is no part of the 4 characters of the utterance, behind the slot before."),
        ("0:3:x,2:4:y", "hola", "'2:4:y' is no part of the 4 characters of the utterance, behind the slot before."),
        ("4:5:x", "hola que", "field 'slots': the slot '4:5:x' holds no words."),
        ("", " ", "field 'utterance': is empty."),
    ],
)
def test_broken_slots(tmp_path, slots, text, message):
    with pytest.raises(DataError) as error:
        read(of(tmp_path, slots, text))
    assert str(error.value).startswith(f"{tmp_path / 'a.tsv'}, line 1, field ")
    assert str(error.value).endswith(message)


@pytest.mark.parametrize(
    "tokens",
    ["", "[]", "{}", '{"tokenizations": []}', TOKENS.replace("3", "30"), TOKENS.replace("3", '"3"'), "[" * 100_000],
)
def test_tokens_are_looked_at_only_for_words_apart(tmp_path, tokens):
    path = of(tmp_path, "", "ดี7am", tokens)
    assert len(read(path)) == 1
    with pytest.raises(DataError, match="line 1, field 'tokens': holds no token spans within the utterance"):
        read(path, words="apart")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "x\t\thola\tes_XX",
            "line 2: found 4 columns between tabs instead of 5 (intent, slots, utterance, locale, tokens).",
        ),
        ("\t\thola\tes_XX\t", "line 2, field 'intent': is empty."),
        ("x\t\thola\tSpanish\t", "line 2, field 'locale': 'Spanish' is not a locale such as 'es_XX'."),
    ],
)
def test_broken_rows(tmp_path, line, message):
    path = tmp_path / "a.tsv"
    path.write_text(f"x\t\thola\tes_XX\t\n{line}\n")
    with pytest.raises(DataError) as error:
        read(path)
    assert str(error.value) == f"{path}, {message}"


def test_wrong_choice(tmp_path):
    with pytest.raises(DataError, match="takes as_written or apart for 'words', not 'together'"):
        read(of(tmp_path, "", "hola"), words="together")
