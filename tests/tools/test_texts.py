"""The words of rows, as the tools that make dictionaries count them."""

import pytest

import texts
from edgenlp.errors import DataError, EdgeNLPError
from edgenlp.interfaces import Example


def test_words_are_as_most_texts_write_them_and_letters_alone():
    rows = [Example("Das Wetter: 3 Wecker", ""), Example("wecker, Wecker, das!", ""), Example("das", "")]
    assert texts.vocabulary(rows, 2) == ["das", "Wecker"]


def test_lines_are_written_whole_or_not_at_all(tmp_path, full_disk):
    out = tmp_path / "out.txt"
    texts.write(out, ["ein", "मेरा"])
    assert out.read_bytes() == "ein\nमेरा\n".encode()
    with pytest.raises(DataError, match=r"the line 'a\\ud83d' holds half a character, a lone surrogate"):
        texts.write(out, ["zwei", "a\ud83d"])
    with pytest.raises(EdgeNLPError, match=r"out\.txt could not be written \(.+\): nothing was changed"), full_disk():
        texts.write(out, ["zwei"])
    assert out.read_bytes() == "ein\nमेरा\n".encode()
    assert list(tmp_path.iterdir()) == [out]


def test_a_reader_takes_options_behind_its_name(tmp_path):
    table = tmp_path / "table.tsv"
    table.write_text("question\tlabel\nwie spät ist es\ttime\n", encoding="utf-8")
    (row,) = texts.read([f"delimited,text=question,label=label:{table}"])
    assert (row.text, row.target) == ("wie spät ist es", "time")
    with pytest.raises(SystemExit, match=r"text is no option KEY=VALUE of the reader delimited"):
        texts.read([f"delimited,text:{table}"])
    with pytest.raises(EdgeNLPError, match="colour"):
        texts.read([f"lines,colour=red:{table}"])
    with pytest.raises(SystemExit, match="name what reads it"):
        texts.read([str(table)])
