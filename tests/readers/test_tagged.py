"""The reader of tagged words, an utterance a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgenlp.data.readers import READERS
from edgenlp.data.readers.tagged import TaggedReader
from edgenlp.errors import DataError
from edgenlp.testing import ReaderConformance

SAMPLE = Path(__file__).parents[1] / "data" / "massive" / "en.train.txt"


class TestTagged(ReaderConformance):
    reader = TaggedReader()
    path = SAMPLE


def of(tmp_path, *lines):
    path = tmp_path / "a.txt"
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return list(TaggedReader().read(path))


def test_real_rows():
    assert [reader.name for reader in READERS if reader.recognises(SAMPLE)] == ["tagged"]
    examples = list(TaggedReader().read(SAMPLE))
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    for example, line in zip(examples, lines, strict=True):
        tagged, _, intent = line.partition(" <=> ")
        assert example.target.label == intent
        tags = dict.fromkeys(range(len(tagged.split())), "O")
        starts = [at for at, before in enumerate(" " + example.text[:-1]) if before == " "]
        for slot in example.target.children:
            ((start, end),) = slot.spans
            for word in range(starts.index(start), starts.index(start) + len(example.text[start:end].split())):
                tags[word] = ("B-" if starts[word] == start else "I-") + slot.label
        assert " ".join(f"{w}:{tags[n]}" for n, w in enumerate(example.text.split())) == tagged


def test_a_word_may_hold_colons(tmp_path):
    (example,) = of(tmp_path, "at:O 8:30:B-time pm:I-time <=> alarm")
    ((start, end),) = example.target.children[0].spans
    assert (example.text, example.text[start:end]) == ("at 8:30 pm", "8:30 pm")


def test_slots_are_whole_tokens(tmp_path):
    # a right-to-left mark, a zero width space and a byte order mark are separators to who cuts tokens
    (example,) = of(tmp_path, "at:O \u200f8\u200b:B-time pm:I-time \ufeffBob:B-name \u200e:B-x <=> alarm")
    slots = [(slot.label, *slot.spans) for slot in example.target.children]
    assert slots == [("time", (4, 9)), ("name", (11, 14))]


def test_blank_lines_are_left_out(tmp_path):
    assert [example.text for example in of(tmp_path, "", "wake:O <=> alarm", " \t", "me:O <=> alarm", "")] == [
        "wake",
        "me",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("wake:O me:O", "is not of the form"),
        (" <=> alarm", "is not of the form"),
        ("wake:O me <=> alarm", "is not of the form"),
        ("wake:O <=> ", "is not of the form"),
        ("wake:X <=> alarm", "'X' is not a BIO tag"),
    ],
)
def test_bad_lines(tmp_path, line, said):
    with pytest.raises(DataError, match=f"a.txt, line 2: .*{said}"):
        of(tmp_path, "wake:O <=> alarm", line)


def test_no_rows(tmp_path):
    with pytest.raises(DataError, match="holds no rows"):
        of(tmp_path)
    with pytest.raises(DataError, match="holds no rows"):
        of(tmp_path, "", "  ")
