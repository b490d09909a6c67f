from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.errors import RecipeError
from edgenlp.interfaces import Example, Node
from edgenlp.text import table
from edgenlp_augmentation.character_noise import CHARACTER, CharacterNoise
from edgenlp_augmentation.config import CharacterNoiseConfig

MARKED = re.compile(r"[^xjbs][xjb]+")
"""Over class letters: anything with its marks."""
HUNDREDS = 200

PIECES = [
    "wake",
    "Étage",
    "é",
    "é",
    "क्या",
    "क्षि",
    "ที่",
    "เก่า",
    "မြန်မာ",
    "7",
    "१२",
    "👩\u200d👩\u200d👧",
    "don't",
    "\ud800",
    ",",
    "漢字",
]
TEXTS = st.lists(st.sampled_from([*PIECES, " "]), min_size=1, max_size=12).map("".join)


def noisy(text, rate=1.0, target="label", seed=0, examples=None):
    row = Example(text, target)
    augment = CharacterNoise().fit(examples or [row], CharacterNoiseConfig(rate), Path())
    return augment(row, np.random.default_rng(seed))


def found(pattern, text):
    return {text[slice(*match.span())] for match in pattern.finditer(text.translate(table().classes))}


@given(TEXTS, st.integers(0, 100))
def test_no_mark_leaves_its_base(text, seed):
    after = noisy(text, 0.5, seed=seed).text
    assert found(MARKED, after) <= found(MARKED, text)


@given(TEXTS, st.integers(0, 100))
def test_what_is_no_letter_or_digit_stays(text, seed):
    after = noisy(text, seed=seed).text
    rest, rest_after = (CHARACTER.sub("", some.translate(table().classes)) for some in (text, after))
    assert rest_after == rest


@given(st.integers(0, HUNDREDS))
def test_scripts_and_cases_do_not_mix(seed):
    others = [Example("abcXYZ αβγ ก ข 789 कखग", "label")]
    after = noisy("aaaa AAAA αααα 7777 कककक", seed=seed, examples=others).text
    for word, kind in zip(after.split(), (r"[a-z]+", r"[A-Z]+", r"[α-ω]+", r"[0-9]+", r"[क-ग]+"), strict=True):
        assert re.fullmatch(kind, word)


def test_each_operation_happens():
    after = {noisy("ab", 0.4, seed=seed, examples=[Example("abc", "x")]).text for seed in range(HUNDREDS)}
    assert {"a", "b", "ba", "aab", "abb", "acb", "abc", "cb", "ac"} <= after


def test_the_rate_is_the_share_of_characters_that_change():
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    text = " ".join(alphabet * 400)
    assert noisy(text, 0.0).text == text
    changed = sum(map(str.__ne__, noisy(text, 0.1).text.split(), text.split())) / (26 * 400)
    # in words of one letter, three operations of five do something, and one letter of 26 gives way to itself
    assert changed == pytest.approx(0.1 * (2 + 25 / 26) / 5, abs=0.006)


def test_a_leaf_of_one_character_keeps_one():
    tree = Node("IN:A", children=(Node("SL:B", ((1, 2),)), Node("SL:C", ((2, 5),))))
    for seed in range(HUNDREDS):
        varied = noisy("abcde", target=tree, seed=seed)
        (b,), (c,) = (child.spans for child in varied.target.children)
        assert b[0] < b[1] == c[0] < c[1] == len(varied.text)


def test_a_mark_that_a_leaf_cuts_off_does_not_lose_its_base():
    tree = Node("IN:A", children=(Node("SL:B", ((0, 2),)),))  # the acute stands outside
    for seed in range(HUNDREDS):
        after = noisy("xe\u0301y", target=tree, seed=seed).text
        assert after.count("\u0301") == after.count("e\u0301") >= 1


def test_an_epoch_is_cheap(examples):
    augment = CharacterNoise().fit(examples, CharacterNoiseConfig(), Path())
    rng = np.random.default_rng(0)
    start = time.process_time()
    for example in examples:
        augment(example, rng)
    assert (time.process_time() - start) / len(examples) < 1e-3  # 0.05 ms here; a second an epoch is 0.07


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_rate_outside_0_to_1_is_refused(rate):
    with pytest.raises(RecipeError, match=r"augmentation\.rate"):
        CharacterNoiseConfig(rate)
