"""Readers on samples of the real data, and on files that are broken."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path

import pytest

from edgenlp.data.readers import READERS
from edgenlp.errors import DataError
from edgenlp.interfaces import Node

SAMPLES = Path(__file__).parents[1] / "data"
READER = {reader.name: reader for reader in READERS}
FILES = {
    "mtop": ["mtop/en.train.jsonl", "mtop/de.dev.tsv", "mtop/original.hi.txt"],
    "mtod": ["mtod/eval-es.tsv"],
    "joint": ["snips"],
    "conll": ["xsid/ja.valid.conll", "xsid/en.train.tsv"],
    "clinc": ["clinc/data_small.json"],
    "delimited": ["table.csv"],
}
A_FILE = [
    ("mtop", "a.tsv"),
    ("mtod", "a.tsv"),
    ("conll", "a.conll"),
    ("tagged", "a.txt"),
    ("clinc", "a.json"),
    ("delimited", "a.csv"),
]


NO_CSV = (
    "is not valid CSV ({}); perhaps a quote in the row that begins here is not closed, "
    "or one within quotes not doubled."
)
CUT_OFF = "unexpected end of data"
NO_COMMA = "',' expected after '\"'"


def read(name, path, **options):
    return list(READER[name].read(path, **options))


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(name, path, **options):
    with pytest.raises(DataError) as error:
        read(name, path, **options)
    return str(error.value).removeprefix(str(path.parent) + "/")


# --- what all readers keep to


@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in FILES.items() for file in files])
def test_files_are_recognised_by_their_reader_alone(name, file):
    assert [reader.name for reader in READERS if reader.recognises(SAMPLES / file)] == [name]


@pytest.mark.parametrize("name", READER)
def test_nothing_is_recognised_in_what_is_no_data(name, tmp_path):
    write(tmp_path / "bytes.bin", b"\xff\xfe\x00a\tb\tc")
    write(tmp_path / "empty.jsonl", "")
    write(tmp_path / "other.json", "{}")
    for path in (tmp_path, tmp_path / "missing.csv", *tmp_path.iterdir()):
        assert not READER[name].recognises(path)


@pytest.mark.parametrize(("name", "file"), A_FILE)
@pytest.mark.parametrize("content", ["", "\n  \n"])
def test_empty_file(name, file, content, tmp_path):
    assert refused(name, write(tmp_path / file, content)) == f"{file} holds no rows: it is empty or cut off."


@pytest.mark.parametrize(("name", "file"), A_FILE)
def test_missing_file(name, file, tmp_path):
    assert refused(name, tmp_path / file) == f"{file} cannot be read: No such file or directory."


@pytest.mark.parametrize("name", READER)
def test_misspelt_option(name, tmp_path):
    with pytest.raises(DataError, match="no option 'langage': did you mean 'language'"):
        read(name, tmp_path, langage="de")


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("mtop", "a.tsv", b"1\thi\t[IN:A ]\n2\th\xe9\t[IN:A ]\n"),
        ("mtod", "a.tsv", b"A\t\thi\ten_XX\t\nA\t\th\xe9\ten_XX\t\n"),
        ("conll", "a.conll", b"1\thi\tA\tO\n2\th\xe9\tA\tO\n"),
        ("delimited", "a.csv", b"text,label\nh\xe9,b\n"),
        ("delimited", "a.tsv", b"text\tlabel\nh\xe9\tb\n"),
        ("clinc", "a.json", b'{"train":\n[["h\xe9", "b"]]}'),
    ],
)
def test_invalid_utf8_names_the_line(name, file, content, tmp_path):
    message = refused(name, write(tmp_path / file, content))
    assert message.startswith(f"{file}, line 2: byte 0xe9 at position ")
    assert message.endswith("is not valid UTF-8; save the file as UTF-8.")


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("mtop", "a", b"1\th\xe9\t[IN:A ]\n"),
        ("mtop", "a", b"h\t[IN:A \n"),
        ("mtop", "a", b'{"logical_form": "}\n'),
        ("mtod", "a", b"A\t9:1:x\thi\ten_XX\t\n"),
        ("conll", "a", b"# text = hi\n1\tho\tA\tO\n"),
        ("delimited", "a.csv", b"text,label,x\nh\xe9,b\n"),
        ("delimited", "a.jsonl", b'{"text": 3, "label": "\xe9"\n'),
    ],
)
def test_a_broken_file_is_recognised_so_that_its_reader_can_say_what_is_wrong(name, file, content, tmp_path):
    path = write(tmp_path / file, content)
    assert [reader.name for reader in READERS if reader.recognises(path)] == [name]
    assert "line" in refused(name, path)


def test_readers_stream(tmp_path):
    """The first example comes before a later line is looked at."""
    path = write(tmp_path / "a.jsonl", '{"question": "hi", "logical_form": "[IN:A ]"}\nbroken\n')
    examples = READER["mtop"].read(path)
    assert next(examples).text == "hi"
    with pytest.raises(DataError, match="line 2"):
        next(examples)


# --- MTOP


def test_mtop_json_lines():
    examples = read("mtop", SAMPLES / "mtop" / "en.train.jsonl")
    rows = [json.loads(line) for line in (SAMPLES / "mtop" / "en.train.jsonl").read_text().splitlines()]
    assert [example.text for example in examples] == [row["question"] for row in rows]
    assert all(example.aligned for example in examples)
    for example, row in zip(examples, rows, strict=True):
        # the trees separate digits from letters and signs from words, where the text does not
        assert example.target.bracketed(example.text).replace(" ", "") == row["logical_form"].replace(" ", "")


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi", "th"])
def test_mtop_three_columns(language):
    path = SAMPLES / "mtop" / f"{language}.dev.tsv"
    examples = read("mtop", path)
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    assert [(example.id, example.text) for example in examples] == [(row[0], row[1]) for row in rows]
    assert {example.language for example in examples} == {language}
    for example, row in zip(examples, rows, strict=True):
        assert example.aligned
        assert example.target.bracketed(example.text) == row[2]


@pytest.mark.parametrize("language", ["en", "hi"])
def test_mtop_original_form_is_the_same(language):
    original = read("mtop", SAMPLES / "mtop" / f"original.{language}.txt")
    assert original == read("mtop", SAMPLES / "mtop" / f"{language}.dev.tsv")[: len(original)]


def test_mtop_language_option():
    examples = read("mtop", SAMPLES / "mtop" / "en.dev.jsonl", language="en-US")
    assert {example.language for example in examples} == {"en-US"}


def test_mtop_byte_order_mark_blank_lines_and_crlf(tmp_path):
    path = write(tmp_path / "x.tsv", b"\xef\xbb\xbf1\thi\t[IN:A ]\r\n\r\n2\tho\t[IN:B ]\r\n")
    assert [(example.id, example.target.label) for example in read("mtop", path)] == [("1", "IN:A"), ("2", "IN:B")]


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ("[IN:A [SL:B hi ]", "the brackets are not balanced: '[IN:A' is not closed"),
        ("[IN:A hi ] ]", "the brackets are not balanced: one ']' too many"),
        ("[IN:A ] [IN:B ]", "'[IN:B' stands behind the end of the tree"),
        ("hi [IN:A ]", "the tree begins with 'hi' instead of '[IN:'"),
        ("[SL:A hi ]", "the tree begins with '[SL:A' instead of '[IN:'"),
        ("[IN:A [IN:B hi ] ]", "'[IN:B' stands directly in '[IN:A': intents and slots alternate"),
        ("[IN:A [SL:B [SL:C hi ] ] ]", "'[SL:C' stands directly in '[SL:B': intents and slots alternate"),
        ("[IN: hi ]", "'[IN:' has no name"),
        ("[IN:A [SL:B " * 700 + "] ] " * 700, "'[IN:A' is nested deeper than the 100 brackets that a tree may have"),
        ("", "there is no tree"),
    ],
)
def test_mtop_broken_tree(tree, reason, tmp_path):
    path = write(tmp_path / "a.jsonl", json.dumps({"question": "hi", "logical_form": tree}))
    assert refused("mtop", path) == f"a.jsonl, line 1, field 'logical_form': {reason}."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\tb\n", "line 1: found 2 columns between tabs instead of 3 or 8, and no JSON object: this is not MTOP."),
        ("1\thi\t[IN:A ]\n2\thi\n", "line 2: found 2 columns between tabs instead of 3."),
        ("1\t \t[IN:A ]\n", "line 1, field 'utterance': is empty."),
        ('{"question": "hi"}\n', "line 1, field 'logical_form': is missing."),
        ('{"question": 1, "logical_form": ""}\n', "line 1, field 'question': is not a text."),
        ('{"question": "hi", "logical_form": "[IN:A ]"}\n[1]\n', "line 2: is not a JSON object."),
    ],
)
def test_mtop_broken_row(content, message, tmp_path):
    assert refused("mtop", write(tmp_path / "a.tsv", content)) == f"a.tsv, {message}"


def test_mtop_broken_json(tmp_path):
    assert refused("mtop", write(tmp_path / "a", '{"question": \n')).startswith("a, line 1: is not valid JSON (")


# --- joint


def test_joint_sample():
    examples = read("joint", SAMPLES / "snips")
    assert len(examples) == 200
    tags = [line.split() for line in (SAMPLES / "snips" / "seq.out").read_text().splitlines()]
    for example, row in zip(examples, tags, strict=True):
        assert isinstance(example.target, Node)
        runs = [(tag[2:], sum(1 for _ in group)) for tag, group in itertools.groupby(row) if tag.startswith("B-")]
        assert sorted(slot.label for slot in example.target.children) == sorted(
            label for label, count in runs for _ in range(count)
        )


def joint(folder, words, tags, labels):
    for name, text in (("seq.in", words), ("seq.out", tags), ("label", labels)):
        if text is not None:
            write(folder / name, text)
    return folder


def test_joint_tags_are_read_as_seqeval_reads_them(tmp_path):
    folder = joint(tmp_path, " a b c  d e \n", "I-x I-x I-y B-y O\n", "L\n")
    (example,) = read("joint", folder)
    assert example.text == "a b c  d e"
    assert example.target == Node("L", children=(Node("x", ((0, 3),)), Node("y", ((4, 5),)), Node("y", ((7, 8),))))
    assert read("joint", folder, target="label")[0].target == "L"


def test_joint_slots_are_whole_tokens(tmp_path):
    # a right-to-left mark, a zero width space and a byte order mark are separators to who cuts tokens
    folder = joint(tmp_path, "\u200fa\u200b b \ufeffc \u200e\n", "B-x I-x B-y B-z\n", "L\n")
    (example,) = read("joint", folder)
    assert example.target == Node("L", children=(Node("x", ((1, 5),)), Node("y", ((7, 8),))))


def test_joint_labels_need_no_tags(tmp_path):
    folder = joint(tmp_path, "a b\n", None, "L\n")
    assert read("joint", folder, target="label")[0].target == "L"
    with pytest.raises(DataError, match=r"lacks seq.out: .* seq.in, label, seq.out; .*target=label"):
        read("joint", folder)


def test_joint_leaves_out_a_row_that_is_blank_in_all_files(tmp_path):
    folder = joint(tmp_path, "\na\n \nb\n\n", "\nO\n\nO\n", "\nL\n\t\nL\n")
    assert [example.text for example in read("joint", folder)] == ["a", "b"]
    assert [example.target for example in read("joint", folder, target="label")] == ["L", "L"]


@pytest.mark.parametrize(
    ("words", "tags", "labels", "message"),
    [
        ("a b\n", "O\n", "L\n", "seq.out, line 1: found 1 tags for 2 words."),
        ("a\nb\n", "O\nO\n", "L\n", "label, line 2: the file ends here, but the others go on."),
        ("a\n", "O\nO\n", "L\nL\n", "seq.in, line 2: the file ends here, but the others go on."),
        ("a\n\n", "O\nO\n", "L\nL\n", "seq.in, line 2: is empty."),
        ("a\n\n", "O\n\n", "L\nL\n", "seq.in, line 2: is empty."),
        ("\n \n", "\n\n", "\n\n", "seq.in holds no rows: it is empty or cut off."),
        ("a\n", "X-a\n", "L\n", "seq.out, line 1: 'X-a' is not a BIO tag (O, B-name or I-name)."),
        ("a\n", "B-\n", "L\n", "seq.out, line 1: 'B-' is not a BIO tag (O, B-name or I-name)."),
        ("", "", "", "seq.in holds no rows: it is empty or cut off."),
    ],
)
def test_joint_broken(words, tags, labels, message, tmp_path):
    folder = joint(tmp_path, words, tags, labels)
    assert refused("joint", folder).removeprefix(f"{folder.name}/") == message


# --- CLINC150


def test_clinc_splits_and_out_of_scope():
    path = SAMPLES / "clinc" / "data_small.json"
    train = read("clinc", path)
    assert (len(train), len({example.target for example in train})) == (200, 10)
    assert len(read("clinc", path, split="val")) == 60
    everything = read("clinc", path, oos="yes")
    assert everything == [*train, *read("clinc", path, oos="only")]
    assert {example.target for example in everything[200:]} == {"oos"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"train":\n [', "a.json, line 2: is not valid JSON (Expecting value)."),
        ("[]", "a.json is not a JSON object of splits."),
        ('{"train": ' + "[" * 100_000, "a.json is not valid JSON (maximum recursion depth exceeded"),
        ('{"val": [], "oos_val": []}', "a.json has no split 'train'; it has val, oos_val."),
        ('{"train": []}', "a.json holds no rows: it is empty or cut off."),
        ('{"train": [["a", "b"], ["a"]]}', "a.json, split 'train', row 2: is not a pair of text and intent."),
        ('{"train": [["", "b"]]}', "a.json, split 'train', row 1, field 'text': is empty."),
    ],
)
def test_clinc_broken(content, message, tmp_path):
    assert refused("clinc", write(tmp_path / "a.json", content)).startswith(message)


def test_clinc_with_a_byte_order_mark(tmp_path):
    path = write(tmp_path / "a.json", b'\xef\xbb\xbf{"train": [["a", "b"]], "oos_train": []}')
    assert [example.text for example in read("clinc", path)] == ["a"]
    assert READER["clinc"].recognises(path)


def test_clinc_wrong_choice(tmp_path):
    with pytest.raises(DataError, match="takes no or yes or only for 'oos', not 'maybe'"):
        read("clinc", SAMPLES / "clinc" / "data_small.json", oos="maybe")


# --- tables


def test_csv_is_rfc_4180(tmp_path):
    path = write(tmp_path / "a.csv", 'id,text,label\r\n1,"say ""hi"", then\nwait",b\r\n\r\n2,ho,c\r\n')
    assert [(example.text, example.target) for example in read("delimited", path)] == [
        ('say "hi", then\nwait', "b"),
        ("ho", "c"),
    ]
    assert READER["delimited"].recognises(path)


@pytest.mark.parametrize(("file", "quote"), [("a.csv", '"'), ("a.csv", ""), ("a.tsv", "")])
def test_long_texts_are_read(file, quote, tmp_path):
    text, separator = "word " * 30_000, "," if file == "a.csv" else "\t"
    path = write(tmp_path / file, f"text{separator}label\n{quote}{text}{quote}{separator}b\n")
    limit = csv.field_size_limit()
    assert [example.text for example in read("delimited", path)] == [text]
    assert csv.field_size_limit() == limit


def test_tsv_has_no_quotes(tmp_path):
    path = write(tmp_path / "a.tsv", 'one\ttwo\tlabel\n"hi\tho"\t1\n')
    (example,) = read("delimited", path, text="one", text_b="two", language="en")
    assert (example.text, example.target, example.language) == (('"hi', 'ho"'), "1", "en")
    assert not READER["delimited"].recognises(path)


def test_json_lines_with_named_fields(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"utterance": "hi", "class": 3}\n\n{"utterance": "ho", "class": "x"}\n')
    examples = read("delimited", path, text="utterance", label="class")
    assert [(example.text, example.target) for example in examples] == [("hi", "3"), ("ho", "x")]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.csv", "label,text\n b, hi \nb , hi \n"),
        ("a.tsv", "label\ttext\n b\t hi \nb \t hi \n"),
        ("a.jsonl", '{"label": " b", "text": " hi "}\n{"label": "b\\n", "text": " hi "}\n'),
    ],
)
def test_labels_are_without_white_space_and_texts_as_written(file, content, tmp_path):
    examples = read("delimited", write(tmp_path / file, content))
    assert [(example.text, example.target) for example in examples] == [(" hi ", "b")] * 2


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.csv", 'one,two,how\n"a, b",c,2.5\nd,e,-1\n'),
        ("a.tsv", "one\ttwo\thow\na, b\tc\t2.5\nd\te\t-1e0\n"),
        ("a.jsonl", '{"one": "a, b", "two": "c", "how": 2.5}\n{"one": "d", "two": "e", "how": "-1"}\n'),
    ],
)
def test_pairs_with_numbers(file, content, tmp_path):
    path = write(tmp_path / file, content)
    examples = read("delimited", path, text="one", text_b="two", label="how", target="number")
    assert [(example.text, example.target) for example in examples] == [(("a, b", "c"), 2.5), (("d", "e"), -1.0)]
    assert all(isinstance(example.target, float) for example in examples)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("a.csv", "text,label\nhi,b\n", "a.csv, line 2, field 'label': 'b' is not a number."),
        ("a.tsv", "text\tlabel\nhi\tinf\n", "a.tsv, line 2, field 'label': 'inf' is not a number."),
        ("a.jsonl", '{"text": "hi"}\n', "a.jsonl, line 1, field 'label': is missing."),
        ("a.jsonl", '{"text": "hi", "label": true}\n', "a.jsonl, line 1, field 'label': True is not a number."),
        ("a.jsonl", '{"text": "hi", "label": [1]}\n', "a.jsonl, line 1, field 'label': [1] is not a number."),
        ("a.jsonl", '{"text": "hi", "label": 1%s}\n' % ("0" * 400), None),
    ],
)
def test_numbers_that_are_none(file, content, message, tmp_path):
    refusal = refused("delimited", write(tmp_path / file, content), target="number")
    assert refusal == message if message else refusal.endswith("is not a number.")


def test_rows_may_name_their_language_and_what_they_mean(tmp_path):
    path = write(tmp_path / "a.csv", b"text,label,spoken,number\nwake me,alarm,en,7\nweck mich,alarm,de,7\n")
    rows = read("delimited", path, language_column="spoken", id="number")
    assert [(row.language, row.id) for row in rows] == [("en", "7"), ("de", "7")]
    assert refused("delimited", path, language_column="spoken", id="key").startswith(
        "a.csv, line 1: has no column 'key'"
    )
    assert "not both" in refused("delimited", path, language_column="spoken", language="en")


def test_rows_without_answers_need_no_column_for_them(tmp_path):
    path = write(tmp_path / "a.csv", "text,text_b\nhi,ho\n")
    (row,) = read("delimited", path, text_b="text_b", label="")
    assert (row.text, row.target) == (("hi", "ho"), "")


def test_pairs_want_their_second_column(tmp_path):
    path = write(tmp_path / "a.csv", "text,text_b,label\nhi,,b\n")
    assert refused("delimited", path, text_b="text_b") == "a.csv, line 2, field 'text_b': is empty."
    assert refused("delimited", path, text_b="other").startswith("a.csv, line 1: has no column 'other'")


def test_another_kind_of_answer(tmp_path):
    with pytest.raises(DataError, match="takes label or number for 'target', not 'tree'"):
        read("delimited", tmp_path / "a.csv", target="tree")


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("a.csv", "text,category\nhi,b\n", "a.csv, line 1: has no column 'label'; it has text, category."),
        ("a.csv", "text,label,text\nhi,b,c\n", "a.csv, line 1: has the column 'text' twice."),
        ("a.csv", "text,label\nhi\n", "a.csv, line 2: found 1 fields for the 2 columns of the header."),
        ("a.csv", "text,label\nhi,\n", "a.csv, line 2, field 'label': is empty."),
        ("a.csv", 'text,label\nho,b\n"hi,b\n' + "hi,b\n" * 9, f"a.csv, line 3: {NO_CSV.format(CUT_OFF)}"),
        ("a.csv", 'text,label\n"hi,b\n\n"ho",b\n', f"a.csv, line 2: {NO_CSV.format(NO_COMMA)}"),
        ("a.csv", 'text,label\n"say "hi"",b\n', f"a.csv, line 2: {NO_CSV.format(NO_COMMA)}"),
        ("a.csv", 'text,label\n"hi\nho"\n', "a.csv, line 2: found 1 fields for the 2 columns of the header."),
        (
            "a.csv",
            "text,label\rhi,b\r",
            "a.csv, line 1: holds a carriage return that no line feed follows; save the file with line feeds at "
            "the ends of lines.",
        ),
        ("a.csv", "text,label\n", "a.csv holds no rows: it is empty or cut off."),
        ("a.tsv", "text\tlabel\n \tb\n", "a.tsv, line 2, field 'text': is empty."),
        ("a.jsonl", '{"text": "hi"}\n', "a.jsonl, line 1, field 'label': is missing."),
        ("a.jsonl", '{"text": ["hi"], "label": 1}\n', "a.jsonl, line 1, field 'text': is not a text."),
        ("a.jsonl", '{"text": 1, "label": 1}\n', "a.jsonl, line 1, field 'text': is not a text."),
        ("a.jsonl", '{"text": false, "label": 1}\n', "a.jsonl, line 1, field 'text': is not a text."),
        ("a.jsonl", '{"text": "hi", "label": " "}\n', "a.jsonl, line 1, field 'label': is empty."),
        *(
            (
                "a.jsonl",
                f'{{"text": "hi", "label": {label}}}\n',
                "a.jsonl, line 1, field 'label': is neither a text nor a whole number; put it in quotes.",
            )
            for label in ("true", "1.0", "[1]")
        ),
        ("a.txt", "x", "a.txt ends in none of .csv, .tsv, .jsonl, which tell the reader 'delimited' its form."),
    ],
)
def test_table_broken(file, content, message, tmp_path):
    assert refused("delimited", write(tmp_path / file, content)) == message
