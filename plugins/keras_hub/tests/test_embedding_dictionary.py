"""Word pairs out of a model's embeddings: a BERT with random weights that reads "álarm" as "alarm"."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import embedding_dictionary

WORDS = "wake me up at play some jazz set an alarm for tomorrow"
ACCENTS = str.maketrans("aeiou", "áéíóú")


def vectors(words):
    return arrays(np.float32, (words, 4), elements=st.floats(-1, 1, width=32))


@given(st.data())
def test_similarity_does_not_say_which_side_is_ones_own(data):
    own, other = (data.draw(vectors(data.draw(st.integers(1, 15)))) for _ in range(2))
    found = embedding_dictionary.similarities(own, other)
    np.testing.assert_allclose(found, embedding_dictionary.similarities(other, own).T, atol=1e-5)


@pytest.fixture
def run(bert, tmp_path, monkeypatch):
    def run(own, other, *options):
        for name, line in (("own", own), ("other", other)):
            (tmp_path / name).write_text(line + "\n", encoding="utf-8")
        files = [f"lines:{tmp_path / 'own'}", "--text", f"lines:{tmp_path / 'other'}", "--out", str(tmp_path / "en-xx")]
        monkeypatch.setattr("sys.argv", ["embedding_dictionary", *files, "--model", str(bert), *options])
        embedding_dictionary.main()
        return [line.split("\t") for line in (tmp_path / "en-xx").read_text(encoding="utf-8").splitlines()]

    return run


@pytest.mark.parametrize("option", ["--most", "--words"])
def test_there_is_one_word_and_one_translation_at_least(run, option, capsys):
    with pytest.raises(SystemExit):
        run(WORDS, WORDS, option, "0")
    assert f"argument {option}: '0' is not a whole number from 1 on" in capsys.readouterr().err


def test_a_words_translation_is_the_nearest(run):
    found = run(WORDS, WORDS.translate(ACCENTS), "--most", "1", "--least", "-2")
    assert sorted(found) == sorted([word, word.translate(ACCENTS)] for word in WORDS.split())


def test_in_one_language_no_word_stands_for_itself(run):
    found = run(WORDS, WORDS, "--most", "2", "--least", "-2")
    assert len(found) == 2 * len(WORDS.split())
    assert all(word != other for word, other in found)


def test_a_file_alone_no_words_and_a_missing_model_are_one_sentence(run, monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="name what reads it"):
        monkeypatch.setattr("sys.argv", ["x", "rows.txt", "--text", "lines:y", "--out", "z", "--model", "m"])
        embedding_dictionary.main()
    with pytest.raises(SystemExit, match=r"no words of letters in .*other"):
        run("wake me", "7 12")
    with pytest.raises(SystemExit, match="none"):
        run("wake me", "up at", "--model", str(tmp_path / "none"))
