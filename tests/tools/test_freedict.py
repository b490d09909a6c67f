"""FreeDict's dictionaries as word pairs: a small one, written in dictd's form."""

import gzip

import pytest

import freedict

ENTRIES = {
    "weather": 'weather /x/\nWetter <neut>, Witterung <fem> [meteo.]\n      "in this weather"  - x\n see: {x}\n',
    "tomorrow": 'tomorrow /x/ <Adv>\n1. कल{आनेवाला}\n      "I will play badminton tomorrow."\n2. आने~वाला~कल\n',
    "good morning": "good morning\nguten Morgen\n",
    "Play": "Play <v>\nSpiel, spielen; sich amüsieren, noch mehr Wörter als drei\n",
}


@pytest.fixture
def dictionary(tmp_path):
    path, content, index = tmp_path / "freedict-eng-xxx", b"", []
    for word, entry in ENTRIES.items():
        index.append(f"{word}\t{digits(len(content))}\t{digits(len(entry.encode()))}\n")
        content += entry.encode()
    path.with_name("freedict-eng-xxx.index").write_text("".join(index), encoding="utf-8")
    path.with_name("freedict-eng-xxx.dict.dz").write_bytes(gzip.compress(content))
    return path


def digits(value):
    found = ""
    while value or not found:
        value, digit = divmod(value, 64)
        found = freedict.DIGITS[digit] + found
    return found


def test_translations_without_examples_brackets_and_phrases(dictionary):
    found = {word: list(freedict.translations(entry)) for word, entry in freedict.entries(dictionary)}
    assert found == {
        "weather": ["Wetter", "Witterung"],
        "tomorrow": ["कल", "आने वाला कल"],
        "play": ["Spiel", "spielen", "sich amüsieren"],
    }


@pytest.fixture
def run(dictionary, tmp_path, monkeypatch):
    def run(most):
        texts, out = tmp_path / "de.txt", tmp_path / "en-de.txt"
        said = "Das Wetter. Spielen wir? Das Spiel! Wir spielen bei jeder Witterung, bei jedem Wetter, Wetter\n"
        texts.write_text(said)
        files = [str(dictionary), "--out", str(out), "--text", str(texts)]
        monkeypatch.setattr("sys.argv", ["freedict", *files, f"--most={most}"])
        freedict.main()
        return out.read_text(encoding="utf-8").splitlines()

    return run


@pytest.mark.parametrize(
    ("headword", "is_one"),
    [
        *((word, True) for word in ("weather", "don't", "don’t", "café", "cafe\u0301", "हिन्दी", "น้ำ", "über")),
        *((word, False) for word in ("good morning", "7pm", "x_y", "rock'n'roll", "'tis", "e.g.", "", "\u0301")),
    ],
)
def test_headwords_are_words_of_letters_in_any_script(headword, is_one):
    assert freedict.is_one_word(headword) is is_one


def test_what_people_say_comes_first(run):
    assert run(2) == ["weather\tWetter", "weather\tWitterung", "play\tspielen", "play\tSpiel"]


@pytest.mark.parametrize("most", ["0", "-1", "x"])
def test_a_word_has_one_translation_at_least(run, most, capsys):
    with pytest.raises(SystemExit):
        run(most)
    assert f"argument --most: '{most}' is not a whole number from 1 on" in capsys.readouterr().err


def test_a_missing_dictionary_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["freedict", str(tmp_path / "none"), "--out", "x", "--text", "y"])
    with pytest.raises(SystemExit, match="cannot be read"):
        freedict.main()
