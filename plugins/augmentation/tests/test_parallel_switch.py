from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.errors import RecipeError
from edgenlp.interfaces import Example, Node
from edgenlp_augmentation.config import ParallelSwitchConfig
from edgenlp_augmentation.lexicon import lexicon
from edgenlp_augmentation.parallel_switch import ParallelSwitch

FOLDER = Path(__file__).parent / "dictionaries"
WORDS = ["set", "an", "alarm", "call", "my", "mom", "play", "music", "now", "please"]


def sentence(words, language="", *, row=""):
    return Example(" ".join(words), "x", language, row)


def sentences(seed, count=200):
    rng = np.random.default_rng(seed)
    return [list(rng.permutation(WORDS)[: rng.integers(2, 6)]) for _ in range(count)]


def foreign(word):
    return word[::-1] + "o"


@given(st.integers(0, 1000))
def test_words_of_another_order_find_their_translations(seed):
    rng = np.random.default_rng(seed)
    pairs = [(sentence(own), sentence(rng.permutation([*map(foreign, own)]))) for own in sentences(seed)]
    assert lexicon(pairs, most=1) == {
        word: [foreign(word)] for word in {word for row, _ in pairs for word in row.text.split()}
    }


def tree(text, **slots):
    leaves = (Node(label, ((text.index(value), text.index(value) + len(value)),)) for label, value in slots.items())
    return Example(text, Node("IN:CALL", (), tuple(leaves)))


def test_what_a_slot_says_is_said_in_the_slots_of_its_label():
    # one row: nothing but the slots tells which word is which
    row = tree("call mama tomorrow", contact="mama", time="tomorrow")
    other = tree("morgen Mutti anrufen", contact="Mutti", time="morgen")
    assert lexicon([(row, other)]) == {"call": ["anrufen"], "mama": ["Mutti"], "tomorrow": ["morgen"]}


def test_the_inverse_of_unique_may_have_the_shape_of_numpy_2_0_0(monkeypatch):
    unique = np.unique

    def along_an_axis(values, axis=None, return_inverse=False):
        found, inverse = unique(values, axis=axis, return_inverse=return_inverse)
        return found, inverse if axis is None else inverse.reshape(-1, 1)

    monkeypatch.setattr(np, "unique", along_an_axis)
    assert lexicon([(sentence(["call"]), sentence(["ruf"]))]) == {"call": ["ruf"]}


def test_several_translations_come_in_the_order_of_their_likelihood_as_they_are_written_most_often():
    pairs = [(sentence(["call"]), sentence([word])) for word in ("Ruf", "ruf", "ruf", "anrufen", "wähle", "bim")]
    assert lexicon(pairs) == {"call": ["ruf", "anrufen", "wähle"]}
    assert lexicon(pairs, most=1) == {"call": ["ruf"]}


def test_rows_without_words_in_common_groups_make_no_lexicon():
    assert lexicon([]) == {}
    assert lexicon([(sentence([]), sentence(["ruf"]))]) == {}
    assert lexicon([(tree("mama", contact="mama"), tree("morgen", time="morgen"))]) == {}


def test_texts_of_pairs_are_aligned_each_with_its_own():
    pairs = [
        (Example((f"call {name}", "now"), "x"), Example((f"{name} anrufen", "jetzt"), "x")) for name in ("Ann", "Bob")
    ]
    assert lexicon(pairs) == {"call": ["anrufen"], "ann": ["Ann"], "bob": ["Bob"], "now": ["jetzt"]}


def parallel():
    """German and Swiss rows of the English ones."""
    rows = [
        Example(" ".join(translate(word) for word in own), "x", language, " ".join(own))
        for own in sentences(0)
        for language, translate in (("en", str), ("de", foreign), ("gsw", lambda word: foreign(word) + "li"))
    ]
    return [*rows, Example("tomorrow", "x", "en", "tomorrow"), Example("nothing", "x", "fr", "of no row")]


def switch(rows=None, **settings):
    return ParallelSwitch().fit(parallel() if rows is None else rows, ParallelSwitchConfig(**settings), FOLDER)


def test_a_row_is_switched_into_one_language_as_a_whole():
    augment = switch(word_share=1.0)
    rng = np.random.default_rng(0)
    found = {augment(Example("Call my xyz mom!", "x", "en"), rng).text for _ in range(50)}
    assert found == {"llaco ymo xyz momo!", "llacoli ymoli xyz momoli!"}


def test_only_rows_of_the_language_are_switched_and_only_into_those_named():
    augment = switch(word_share=1.0, into=("de",))
    rng = np.random.default_rng(0)
    assert augment(Example("call mom", "x", "de"), rng).text == "call mom"
    assert augment(Example("call mom", "x", ""), rng).text == "call mom"
    assert {augment(Example("call mom", "x", "en"), rng).text for _ in range(20)} == {"llaco momo"}


def test_dictionaries_know_words_that_the_rows_do_not_have():
    # en-de.txt has "call", which the rows know better, and "tomorrow"
    augment = switch(word_share=1.0, into=("de",), dictionaries=("en-de.txt",))
    assert augment(Example("call tomorrow", "x", "en"), np.random.default_rng(0)).text == "llaco morgen"


def test_a_regions_rows_take_their_languages_dictionary():
    rows = [replace(row, language=f"{row.language}-{'US' if row.language == 'en' else 'AT'}") for row in parallel()]
    augment = switch(rows, language="en-US", into=("de-AT",), word_share=1.0, dictionaries=("en-de.txt",))
    assert augment(Example("call tomorrow", "x", "en-US"), np.random.default_rng(0)).text == "llaco morgen"


def test_slots_hold_their_translated_words():
    row = Example("call mom now", Node("IN:CALL", (), (Node("SL:CONTACT", ((5, 8),)),)), "en")
    varied = switch(word_share=1.0, into=("gsw",))(row, np.random.default_rng(0))
    assert varied.text == "llacoli momoli wonoli"
    assert varied.text[slice(*varied.target.children[0].spans[0])] == "momoli"


def test_rows_take_the_other_languages_word_order():
    said = [("call mom now", "wonod momod llacod"), ("call mom", "momod llacod"), ("mom now", "wonod momod")]
    rows = [
        replace(tree(text, WHO=who), language=language, id=str(number))
        for number, texts in enumerate(said)
        for text, who, language in zip(texts, ("mom", "momod"), ("en", "hi"), strict=True)
    ]
    row = replace(tree("please call mom now!", WHO="mom"), language="en")
    rng = np.random.default_rng(0)
    turned = switch(rows, word_share=1.0, order_share=1.0)(row, rng)
    assert turned.text == "wonod momod please llacod!"
    assert turned.text[slice(*turned.target.children[0].spans[0])] == "momod"
    assert switch(rows, word_share=1.0)(row, rng).text == "please llacod momod wonod!"
    some = switch(rows, word_share=0.0, order_share=0.5)
    assert {some(row, rng).text for _ in range(50)} == {row.text, "now mom please call!"}


@pytest.mark.parametrize(
    ("rows", "settings", "message"),
    [
        (None, {"into": ("de", "fr")}, r"no training rows in fr of the ids of those in 'en'"),
        (None, {"language": "th"}, r"no training rows in any language of the ids of those in 'th'"),
        ([], {}, r"no training rows in any language"),
        (None, {"into": ("de",), "dictionaries": ("en-hi.txt",)}, r"en-hi\.txt translates into 'hi', .* into de\."),
        (None, {"dictionaries": ("de-en.txt",)}, r"de-en\.txt holds words of 'de', .* switches those of 'en'"),
        (None, {"word_share": 1.5}, r"augmentation\.word_share is 1\.5"),
        (None, {"order_share": -1}, r"augmentation\.order_share is -1: it must be from 0 to 1"),
    ],
)
def test_what_cannot_be_switched_is_said_in_a_sentence(rows, settings, message):
    with pytest.raises(RecipeError, match=message):
        switch(rows, **settings)


def test_rows_of_a_language_are_those_of_its_regions_too():
    switch = ParallelSwitch().fit(parallel(), ParallelSwitchConfig(into=("de",), word_share=1.0), Path())
    rng = np.random.default_rng(0)
    assert switch(Example("call mom", "x", "en-GB"), rng).text == f"{foreign('call')} {foreign('mom')}"
    assert switch(Example("call mom", "x", "en-ba"), rng).text == "call mom"
