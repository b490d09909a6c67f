from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.data.readers import READERS
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Node
from edgenlp.testing import AugmentationConformance
from edgenlp_semantic_parsing.slot_exchange import SlotExchange, SlotExchangeConfig

SAMPLE = Path(__file__).parents[3] / "recipes" / "data" / "quickstart" / "train.jsonl"
MTOP = next(reader for reader in READERS if reader.name == "mtop")
EXAMPLES = list(MTOP.read(SAMPLE))
EXCHANGE = SlotExchange().fit(EXAMPLES, SlotExchangeConfig(slot_share=1.0), Path())


class TestSlotExchange(AugmentationConformance):
    augmentation = SlotExchange()
    examples = EXAMPLES[:50]


def values(example):
    """Words of each slot by label path."""
    found = []

    def visit(node, path):
        for child in node.children:
            below = (*path, child.label)
            found.extend((below, example.text[start:end]) for start, end in child.spans)
            visit(child, below)

    visit(example.target, ())
    return found


SEEN = {value for example in EXAMPLES for value in values(example)}


@given(st.sampled_from(EXAMPLES), st.integers(0, 1000))
def test_only_words_of_slots_change_and_stand_where_the_tree_says(example, seed):
    varied = EXCHANGE(example, np.random.default_rng(seed))
    assert [path for path, _ in values(varied)] == [path for path, _ in values(example)]
    assert set(values(varied)) <= SEEN
    outside = example.text
    for span in sorted({s for node in example.target.walk() for s in node.spans}, reverse=True):
        outside = outside[: span[0]] + "\0" + outside[span[1] :]
    outside_varied = varied.text
    for span in sorted({s for node in varied.target.walk() for s in node.spans}, reverse=True):
        outside_varied = outside_varied[: span[0]] + "\0" + outside_varied[span[1] :]
    assert outside_varied == outside


def test_the_same_seed_gives_the_same_variant():
    for example in EXAMPLES[:50]:
        assert EXCHANGE(example, np.random.default_rng(3)) == EXCHANGE(example, np.random.default_rng(3))


def test_rows_do_vary():
    changed = sum(EXCHANGE(example, np.random.default_rng(0)).text != example.text for example in EXAMPLES)
    assert changed > len(EXAMPLES) / 2


def test_a_share_of_zero_changes_nothing():
    still = SlotExchange().fit(EXAMPLES, SlotExchangeConfig(slot_share=0.0), Path())
    assert all(still(example, np.random.default_rng(0)).text == example.text for example in EXAMPLES[:50])


def test_slots_apart_keep_their_words():
    example = Example("take it out", Node("IN:A", children=(Node("SL:B", ((0, 4), (8, 11))),)))
    exchange = SlotExchange().fit([example], SlotExchangeConfig(slot_share=1.0), Path())
    assert exchange(example, np.random.default_rng(0)).target == example.target


def test_labels_without_trees_are_refused():
    with pytest.raises(DataError, match="needs trees"):
        SlotExchange().fit([Example("hi", "greeting")], SlotExchangeConfig(), Path())


def test_languages_do_not_exchange():
    examples = [replace(example, language="en" if number % 2 else "de") for number, example in enumerate(EXAMPLES)]
    exchange = SlotExchange().fit(examples, SlotExchangeConfig(slot_share=1.0), Path())
    own = {value for example in examples if example.language == "de" for value in values(example)}
    for seed, example in enumerate(examples):
        if example.language == "de":
            assert set(values(exchange(example, np.random.default_rng(seed)))) <= own


def call(language, before, name, after=""):
    end = len(before) + len(name)
    leaf = Node("SL:CONTACT", ((len(before), end),))
    return Example(f"{before}{name}{after}", Node("IN:CREATE_CALL", children=(leaf,)), language=language)


HINDI = call("hi", "", "केली", " को कॉल करें")
ENGLISH = call("en", "call ", "Brian")
GERMAN = call("de", "ruf ", "Anna")


def exchanged(example, **settings):
    exchange = SlotExchange().fit([HINDI, ENGLISH, GERMAN], SlotExchangeConfig(slot_share=1.0, **settings), Path())
    return exchange(example, np.random.default_rng(0))


def test_rows_take_the_words_of_their_lender_and_no_others_do():
    lenders = {"hi": "en"}
    assert exchanged(HINDI, lenders=lenders).text == "Brian को कॉल करें"
    assert exchanged(GERMAN, lenders=lenders) == GERMAN
    assert exchanged(ENGLISH, lenders=lenders) == ENGLISH


def test_only_the_named_slots_are_exchanged():
    lenders = {"hi": "en"}
    assert exchanged(HINDI, lenders=lenders, slots=("SL:CONTACT",)) == exchanged(HINDI, lenders=lenders)
    place = replace(ENGLISH, target=Node("IN:GET_EVENT", children=(Node("SL:LOCATION", ((5, 10),)),)))
    exchange = SlotExchange().fit(
        [HINDI, ENGLISH, place], SlotExchangeConfig(1.0, slots=("SL:LOCATION",), lenders=lenders), Path()
    )
    assert exchange(HINDI, np.random.default_rng(0)) == HINDI


def test_a_slot_that_no_row_has_is_refused():
    with pytest.raises(DataError, match=r"'SL:CONTACTS'.*no row has such a slot"):
        exchanged(HINDI, slots=("SL:CONTACT", "SL:CONTACTS"))


def test_a_lender_that_no_row_speaks_is_refused():
    with pytest.raises(DataError, match=r"'th'.*there are de, en, hi"):
        exchanged(HINDI, lenders={"hi": "th"})
    with pytest.raises(DataError, match=r"'hin'.*there are de, en, hi"):
        exchanged(HINDI, lenders={"hin": "en"})
