from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.errors import DataError, RecipeError
from edgenlp.interfaces import Example, Node
from edgenlp_augmentation.code_switch import CodeSwitch
from edgenlp_augmentation.config import CodeSwitchConfig
from edgenlp_augmentation.dictionaries import languages, read_dictionary

FOLDER = Path(__file__).parent / "dictionaries"
BOTH = ("en-de.txt", "en-hi.txt")


def fitted(folder=FOLDER, dictionaries=BOTH, word_share=1.0):
    return CodeSwitch().fit([], CodeSwitchConfig(dictionaries, word_share), folder)


def switched(row, seed=0, **settings):
    return fitted(**settings)(row, np.random.default_rng(seed))


@given(
    st.lists(st.sampled_from(["call", "My", "mom", "xyz", "TOMORROW", "7", "\ud800"]), max_size=8), st.integers(0, 50)
)
def test_known_words_become_one_of_their_translations_and_others_stay(tokens, seed):
    text = " | ".join(tokens)
    known = {
        "call": {"anrufen", "rufen", "फ़ोन करना"},
        "my": {"mein", "मेरा"},
        "mom": {"mama", "Mutti"},
        "tomorrow": {"morgen", "कल"},
    }
    after = switched(Example(text, "x", "en"), seed).text
    for before, now in zip(tokens, after.split(" | ") if text else [], strict=True):
        assert now in known.get(before.lower(), {before})


def test_leaves_hold_their_translated_words():
    tree = Node("IN:CALL", children=(Node("SL:CONTACT", ((5, 11),)), Node("SL:TIME", ((14, 22),))))
    varied = switched(Example("call my mom's tomorrow!", tree, "en"), dictionaries=BOTH[1:])
    assert varied.text == "फ़ोन करना मेरा mom's कल!"
    contact, when = varied.target.children
    assert varied.text[slice(*contact.spans[0])] == "मेरा mom"
    assert varied.text[slice(*when.spans[0])] == "कल"


def test_languages_and_then_translations_are_drawn_evenly():
    augment = fitted()
    rng = np.random.default_rng(0)
    counts = Counter(augment(Example("call", "x", "en"), rng).text for _ in range(4000))
    assert counts["anrufen"] / 4000 == pytest.approx(1 / 4, abs=0.03)
    assert counts["rufen"] / 4000 == pytest.approx(1 / 4, abs=0.03)
    assert counts["फ़ोन करना"] / 4000 == pytest.approx(1 / 2, abs=0.03)


@pytest.mark.parametrize(
    ("name", "spoken", "pair"),
    [
        ("en-de", (), ("en", "de")),
        ("de-ba-en", ("de", "de-ba", "en"), ("de-ba", "en")),
        ("de-ba-en", ("de-ba",), ("de-ba", "en")),
        ("en-de-ba", ("en", "de-ba"), ("en", "de-ba")),
        ("de-ba-en", ("de", "en"), "de-ba-en.txt may be named after 'de' and 'ba-en' or 'de-ba' and 'en'"),
        ("english", ("en",), "must be named after its languages"),
        ("en-", ("en",), "must be named after its languages"),
    ],
)
def test_the_rows_tell_where_the_name_of_a_language_ends(name, spoken, pair):
    if isinstance(pair, tuple):
        assert languages(Path(f"{name}.txt"), spoken) == pair
    else:
        with pytest.raises(DataError, match=pair):
            languages(Path(f"{name}.txt"), spoken)


def test_files_of_one_pair_are_one_language(tmp_path):
    files = {"a/en-de.txt": "call anrufen\n", "b/en-de.txt": "call rufen\ncall anrufen\n", "en-es.txt": "call llamar\n"}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    augment = fitted(tmp_path, tuple(files))
    rng = np.random.default_rng(0)
    counts = Counter(augment(Example("call", "x", "en"), rng).text for _ in range(4000))
    assert {word: round(4 * count / 4000) for word, count in counts.items()} == {"anrufen": 1, "rufen": 1, "llamar": 2}


def test_the_share_of_words_is_kept():
    augment = fitted(word_share=0.3)
    after = augment(Example(" ".join(["my"] * 5000), "x"), np.random.default_rng(0)).text
    assert 1 - after.split().count("my") / 5000 == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize(
    ("language", "changes"), [("en", True), ("en-GB", True), ("en-ba", False), ("", True), ("de", False)]
)
def test_rows_take_the_dictionaries_of_their_language(language, changes):
    assert (switched(Example("call my mom", "x", language)).text != "call my mom") is changes


def test_a_dictionary_of_a_language_that_no_row_is_in_is_refused():
    config = CodeSwitchConfig(("en-de.txt",))
    for language in ("en-GB", ""):
        CodeSwitch().fit([Example("call", "x", language)], config, FOLDER)
    with pytest.raises(RecipeError, match="no row is in 'en', only in english"):
        CodeSwitch().fit([Example("call", "x", "english")], config, FOLDER)


def test_words_are_looked_up_without_case_and_repeated_pairs_count_once(tmp_path):
    (tmp_path / "en-de.txt").write_text("Call anrufen\ncall anrufen\nCALL rufen\n", encoding="utf-8")
    assert read_dictionary(tmp_path / "en-de.txt") == {"call": ["anrufen", "rufen"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("call anrufen\nmom\n", r"en-de\.txt, line 2: this is not a word and its translation"),
        ("call\t\n", "line 1"),
        ("", r"en-de\.txt holds no rows"),
    ],
)
def test_a_bad_dictionary_is_one_sentence(tmp_path, content, message):
    (tmp_path / "en-de.txt").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        fitted(tmp_path, ("en-de.txt",))


def test_a_dictionary_must_exist_and_name_its_languages(tmp_path):
    with pytest.raises(DataError, match=r"en-xx\.txt cannot be read: No such file"):
        fitted(tmp_path, ("en-xx.txt",))
    (tmp_path / "words.txt").write_text("call anrufen\n", encoding="utf-8")
    with pytest.raises(DataError, match="named after its languages"):
        fitted(tmp_path, ("words.txt",))
    with pytest.raises(RecipeError, match=r"augmentation\.dictionaries"):
        fitted(tmp_path, ())


def test_an_epoch_is_cheap(examples):
    augment = fitted(word_share=0.3)
    rng = np.random.default_rng(0)
    start = time.process_time()
    for example in examples:
        augment(example, rng)
    assert (time.process_time() - start) / len(examples) < 1e-3
