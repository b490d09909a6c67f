"""Words take the places that translations give them, and slots keep theirs."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.data.edits import words
from edgenlp.interfaces import Example, Node
from edgenlp_augmentation.word_order import WordOrder

WORDS = ["set", "alarm", "call", "mom", "the", "7"]


def row(text, *slots, intent="IN:CALL"):
    """A row whose slots are given as LABEL=WORDS."""
    leaves = []
    for slot in slots:
        label, _, said = slot.partition("=")
        start = text.index(said)
        leaves.append(Node(label, ((start, start + len(said)),)))
    return Example(text, Node(intent, (), tuple(leaves)), "en", "1")


def arranged(text, *slots, pairs, dictionary):
    order = WordOrder(pairs, dictionary)
    return order.arranged(row(text, *slots), known=dictionary)


HEAD_LAST = [
    (row("call mom now", "WHO=mom", "WHEN=now"), row("abhi maa ko phon", "WHEN=abhi", "WHO=maa")),
    (row("wake me at 7", "WHEN=at 7"), row("7 baje mujhe jagao", "WHEN=7 baje")),
]
HINDI = {"call": ["phon"], "mom": ["maa"], "now": ["abhi"], "wake": ["jagao"], "me": ["mujhe"], "at": ["baje"]}


def test_words_and_slots_stand_where_translations_have_them():
    found = arranged("Call the mom now!", "WHO=the mom", "WHEN=now", pairs=HEAD_LAST, dictionary=HINDI)
    assert found.text == "now the mom Call!"
    assert found.target.bracketed(found.text) == "[IN:CALL [WHEN now ] [WHO the mom ] ]"
    assert (found.language, found.id) == ("en", "1")


def test_words_within_a_slot_have_an_order_too():
    found = arranged("wake me at 7", "WHEN=at 7", pairs=HEAD_LAST, dictionary={**HINDI, "7": ["7"]})
    assert found.text == "7 at me wake"


def test_what_was_never_seen_stands_as_its_kind_does():
    # of "phone" and of WHERE no row tells anything, but verbs come behind slots
    found = arranged("phone delhi", "WHERE=delhi", pairs=HEAD_LAST, dictionary={**HINDI, "phone": ["phon"]})
    assert found.text == "delhi phone"


def test_words_that_the_other_language_lacks_stay_before_what_follows():
    order = WordOrder(HEAD_LAST, HINDI)
    assert order.arranged(row("call of mom", "WHO=mom"), HINDI).text == "of mom call"
    assert order.arranged(row("call now please", "WHEN=now"), HINDI).text == "now call please"


def test_translations_in_the_same_order_leave_a_row_as_it_is():
    same = [(one, one) for one, _ in HEAD_LAST]
    own = {word: [word] for word in HINDI}
    example = row("call mom now", "WHO=mom", "WHEN=now")
    assert WordOrder(same, own).arranged(example, own) == example


def test_nodes_below_slots_move_with_them():
    def nested(text, who):
        start = text.index(who)
        name = Node("SL:CONTACT", ((start, start + len(who)),))
        inner = Node("IN:GET_CONTACT", (), (name,))
        return Example(text, Node("IN:CALL", (), (Node("SL:WHO", (), (inner,)),)))

    order = WordOrder([(nested("call mom", "mom"), nested("maa phon", "maa"))], HINDI)
    found = order.arranged(nested("call mom", "mom"), HINDI)
    assert found.target.bracketed(found.text) == "[IN:CALL [SL:WHO [IN:GET_CONTACT [SL:CONTACT mom ] ] ] ]"
    assert found.text == "mom call"


@pytest.mark.parametrize(
    "example",
    [
        Example("call mom", "a label", "en"),
        Example("call mom", 1.0, "en"),
        Example(("call mom", "call me"), "a label", "en"),
        Example("call mom", Node("IN:CALL", (), (Node("SL:WHO"),)), aligned=False),
        Example("call my mom now", Node("IN:A", (), (Node("B", ((0, 4), (12, 15))), Node("C", ((5, 11),))))),
        Example("callmom now", Node("IN:A", (), (Node("B", ((4, 7),)),))),
    ],
    ids=["label", "number", "pair", "unaligned", "a leaf in two places", "no separator"],
)
def test_rows_whose_words_cannot_change_places_stay(example):
    order = WordOrder(HEAD_LAST, HINDI)
    assert order.arranged(example, HINDI) is example
    # nor do they teach anything
    assert WordOrder([(example, example)], HINDI).turned(("call", False), ("WHO", True)) == 0.0


@st.composite
def rows(draw):
    """Words with signs and spaces around them, and a tree of disjoint runs of these words."""
    said = draw(st.lists(st.sampled_from([*WORDS, "ตั้ง", "क्या"]), min_size=1, max_size=8))
    gaps = draw(st.lists(st.sampled_from([" ", "  ", ", ", " - "]), min_size=len(said), max_size=len(said)))
    text, places = "", []
    for word, gap in zip(said, gaps, strict=True):
        places.append((len(text), len(text) + len(word)))
        text += word + gap
    cuts = sorted(draw(st.sets(st.integers(0, len(said)), max_size=6)))
    leaves = [
        Node(f"SL:{draw(st.integers(0, 2))}", ((places[first][0], places[last - 1][1]),))
        for first, last in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    inner = Node("SL:IN", (), (Node("IN:B", (), tuple(leaves[1:])),)) if len(leaves) > 2 else None
    return Example(text, Node("IN:A", (), (*leaves[:1], inner) if inner else tuple(leaves)), "en", "1")


def leaves(example):
    """What each slot says, signs apart and in whatever order."""
    return Counter(
        (
            node.label,
            tuple(
                sorted(
                    example.text[slice(*word)]
                    for word in words(example.text, example.target)
                    if span[0] <= word[0] < span[1]
                )
            ),
        )
        for node in example.target.walk()
        for span in node.spans
    )


@given(rows(), st.lists(st.tuples(rows(), rows()), max_size=4), st.sets(st.sampled_from(WORDS)))
def test_any_order_keeps_words_signs_and_slots(example, pairs, known):
    found = WordOrder(pairs, {word: [word] for word in WORDS}).arranged(example, known)
    assert sorted(found.text) == sorted(example.text)
    assert leaves(found) == leaves(example)
    places = [span for node in found.target.walk() for span in node.spans]
    assert places == sorted(places)


def test_probabilities_are_what_rows_tell():
    order = WordOrder(HEAD_LAST * 20, HINDI)
    assert order.turned(("call", False), ("WHO", True)) > 0.9
    assert order.turned(("WHO", True), ("call", False)) == 0.0
    # two slots were seen turned: so, more or less, are any two
    assert order.turned(("WHO", True), ("WHEN", True)) > order.turned(("X", True), ("Y", True)) > 0.5
    assert 0 <= order.turned(("x", False), ("y", False)) <= 1
