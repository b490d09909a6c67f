"""The reader of xSID's columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgenlp.data.readers import READERS
from edgenlp.data.readers.conll import ConllReader
from edgenlp.errors import DataError
from edgenlp.interfaces import Node
from edgenlp.testing import ReaderConformance

SAMPLES = Path(__file__).parents[1] / "data" / "xsid"
LANGUAGES = {"de": "de", "de-st": "de-st", "en": "en", "ja": "ja", "zh": "zh"}


class TestConll(ReaderConformance):
    reader = ConllReader()
    path = SAMPLES / "ja.valid.conll"


def read(path, **options):
    return list(ConllReader().read(path, **options))


def of(tmp_path, content, name="a.conll"):
    path = tmp_path / name
    path.write_bytes(content.encode())
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_real_rows(language):
    path = SAMPLES / f"{language}.valid.conll"
    assert [reader.name for reader in READERS if reader.recognises(path)] == ["conll"]
    examples = read(path)
    assert len(examples) == path.read_text(encoding="utf-8").count("# text = ") > 15
    assert {example.language for example in examples} == {language}
    begun = sum(line.split("\t")[-1].startswith("B-") for line in path.read_text(encoding="utf-8").splitlines())
    assert sum(len(example.target.children) for example in examples) == begun
    for example in examples:
        for slot in example.target.children:
            ((start, end),) = slot.spans
            assert example.text[start:end].strip() == example.text[start:end] != ""


def test_ids_are_parallel():
    english = {example.text: example.target.label for example in read(SAMPLES / "en.valid.conll")}
    for language in LANGUAGES:
        for example in read(SAMPLES / f"{language}.valid.conll"):
            assert english[example.id] == example.target.label


def test_the_training_table():
    path = SAMPLES / "en.train.tsv"
    assert [reader.name for reader in READERS if reader.recognises(path)] == ["conll"]
    examples = read(path)
    assert len(examples) == 42
    assert {(example.language, example.id == example.text) for example in examples} == {("en", True)}
    assert {example.target.label for example in examples} >= {"GetWeather", "weather/find"}
    assert not any("Orecurring" in slot.label for example in examples for slot in example.target.children)


def test_labels_are_renamed():
    before = read(SAMPLES / "en.train.tsv")
    after = read(SAMPLES / "en.train.tsv", rename="GetWeather=weather/find, datetime=when")
    labels = {node.label for example in after for node in example.target.walk()}
    assert not labels & {"GetWeather", "datetime"}
    assert [example.text for example in before] == [example.text for example in after]


BLOCK = "# text = 今日 は\n# intent = A\n1\t今\tA\tB-x\n2\t日\tA\tI-x\n3\tは\tA\tI-y\n"


def test_words_are_found_in_the_text(tmp_path):
    (example,) = read(of(tmp_path, "\n\n" + BLOCK + "\n"))
    assert example.text == example.id == "今日 は"
    assert example.target == Node("A", children=(Node("x", ((0, 2),)), Node("y", ((3, 4),))))


def test_without_comments_the_columns_say_it_all(tmp_path):
    (example,) = read(of(tmp_path, "1\tcall\tA\tO\r\n2\tBob\tA\tB-x\r\n"))
    assert (example.text, example.target, example.language) == (
        "call Bob",
        Node("A", children=(Node("x", ((5, 8),)),)),
        "",
    )


def test_a_word_may_be_a_hash(tmp_path):
    (example,) = read(of(tmp_path, "# text = # 1\n# intent = A\n1\t#\tA\tO\n2\t1\tA\tB-x\n"))
    assert example.text == "# 1"


@pytest.mark.parametrize("comment", ["# newpar", "# sent_id s1", "#", "#newdoc"])
def test_other_comments_are_not_looked_at(tmp_path, comment):
    word = "1\ta\tA\tB-x\n"
    path = of(tmp_path, f"{comment}\n{word}\n# text = a\n{comment}\n{word}\n{comment}\n# intent = A\n{word}")
    assert [reader.name for reader in READERS if reader.recognises(path)] == ["conll"]
    assert [example.target for example in read(path)] == [Node("A", children=(Node("x", ((0, 1),)),))] * 3


@pytest.mark.parametrize(
    "content", ["# a heading\n\nand text\n", "# newpar\n", "# a\n\xff\n", "#a\ttext\n1\ta\tA\tO\n"]
)
def test_a_comment_alone_is_not_recognised(tmp_path, content):
    path = tmp_path / "a"
    path.write_bytes(content.encode("latin-1"))
    assert not ConllReader().recognises(path)


def test_slots_are_whole_tokens(tmp_path):
    # as in the Swiss German data
    (example,) = read(
        of(tmp_path, "# text = Schynt dSunne ?\n1\tSchynt\tA\tO\n2\td\tA\tO\n3\tSunne\tA\tB-x\n4\t?\tA\tO\n")
    )
    assert example.target.children == (Node("x", ((7, 13),)),)


@pytest.mark.parametrize(
    ("text", "words", "slots"),
    [
        ("abc de", ["a B-x", "bc B-y", "de B-z"], [("y", (0, 3)), ("z", (4, 6))]),  # most of `abc` is y's
        ("de abc", ["de B-x", "a I-x", "bc B-y"], [("x", (0, 2)), ("y", (3, 6))]),
        ("ab cde", ["ab B-x", "cd I-x", "e B-y"], [("x", (0, 6))]),
        ("ab", ["a B-x", "b B-y"], [("x", (0, 2))]),  # the first's of two that have as much
    ],
)
def test_slots_share_no_token(tmp_path, text, words, slots):
    columns = ["\t".join([str(number), *word.split()[:1], "A", *word.split()[1:]]) for number, word in enumerate(words)]
    (example,) = read(of(tmp_path, "\n".join([f"# text = {text}", *columns])))
    assert [(slot.label, *slot.spans) for slot in example.target.children] == slots


def test_an_empty_word_outside_is_none(tmp_path):
    (example,) = read(of(tmp_path, "# text = a b\n1\ta\tA\tO\n2\t\tA\tO\n3\tb\tA\tB-x\n"))
    assert example.target.children == (Node("x", ((2, 3),)),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1\ta\tA\tO\n2\ta\tA\n", "line 2: found 3 columns between tabs instead of 4."),
        ("1\ta\tA\tX-b\n", "line 1, field 'tag': 'X-b' is not a BIO tag (O, B-name or I-name)."),
        ("1\ta\tA\tO\n2\tb\tA\tB-\n", "line 2, field 'tag': 'B-' is not a BIO tag (O, B-name or I-name)."),
        ("# text = a\n# intent = A\n", "line 1: the block has no words."),
        ("1\t\tA\tO\n", "line 1: the block has no words."),
        (
            BLOCK + "\n" + BLOCK.replace("は\tA", "が\tA"),
            "line 11, field 'word': 'が' does not come next in the text '今日 は'.",
        ),
        ("# text = a b\n1\tb\tA\tO\n", "line 2, field 'word': 'b' does not come next in the text 'a b'."),
        ("# text = a\n1\t\tA\tB-x\n2\ta\tA\tO\n", "line 2, field 'word': '' does not come next in the text 'a'."),
        ("# text = a b\n1\ta\tA\tO\n", "line 1, field 'text': 'b' is in none of the words."),
        ("1\ta\t\tO\n", "line 1, field 'intent': is empty."),
        ("A\ta b\tO\n", "line 1, field 'tags': found 1 tags for 2 words."),
        ("A\ta b\tO X\n", "line 1, field 'tag': 'X' is not a BIO tag (O, B-name or I-name)."),
        ("\ta\tO\n", "line 1, field 'intent': is empty."),
        ("A\t\t\n", "line 1: found 3 columns between tabs instead of 4."),
    ],
)
def test_broken(tmp_path, content, message):
    path = of(tmp_path, content)
    with pytest.raises(DataError) as error:
        read(path)
    assert str(error.value) == f"{path}, {message}"


@pytest.mark.parametrize("rename", ["a", "=b", "a=", "a=b,"])
def test_broken_names(tmp_path, rename):
    with pytest.raises(DataError, match="takes old=new pairs between commas for 'rename', not "):
        read(of(tmp_path, BLOCK), rename=rename)
