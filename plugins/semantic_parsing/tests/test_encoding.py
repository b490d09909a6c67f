"""Trees to tags and back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.data.alignment import align
from edgenlp.data.brackets import parse
from edgenlp.errors import ModelError
from edgenlp.interfaces import Node, Tokens
from edgenlp.text import segment
from edgenlp_semantic_parsing.encoding import OUTSIDE, Tag, canonical, decode, encode
from edgenlp_semantic_parsing.labels import Labels

PATHS = [("a",), ("b",), ("a", "IN:x", "a"), ("a", "IN:x", "b"), ("a", "IN:y", "a"), ("b", "IN:x", "c", "IN:y", "d")]
REPEATABLE = {("IN:x", "b")}


def tokenize(text, limit=10_000):
    return Tokens(text, *segment(text, limit))


def tree(bracketed, text):
    node, aligned = align(parse(bracketed), text)
    assert aligned
    return node


def tags_of(bracketed, text, repeatable=()):
    tags = encode(tree(bracketed, text), tokenize(text).spans, repeatable)
    return tags and [" ".join([tag.kind, *tag.path]) for tag in tags]


def round_trip_share(examples, repeatable):
    right = 0
    for example in examples:
        spans = tokenize(example.text).spans
        tags = encode(example.target, spans, repeatable)
        right += tags is not None and decode(example.target.label, tags, spans, repeatable) == canonical(example.target)
    return right / len(examples)


def fit(examples):
    return Labels.fit((example.target, tokenize(example.text).spans) for example in examples)


def test_flat_tree_is_plain_bio():
    assert tags_of("[IN:GET_WEATHER [SL:LOCATION New York ] [SL:DATE_TIME now ] ]", "weather New York now") == [
        "O",
        "B SL:LOCATION",
        "I SL:LOCATION",
        "B SL:DATE_TIME",
    ]


def test_nested_tree_has_paths():
    assert tags_of("[IN:CALL [SL:CONTACT [IN:GET_CONTACT [SL:OWNER my ] [SL:KIND mom ] ] ] ]", "call my mom") == [
        "O",
        "B SL:CONTACT IN:GET_CONTACT SL:OWNER",
        "B SL:CONTACT IN:GET_CONTACT SL:KIND",
    ]


def test_leaf_in_pieces_is_continued():
    text = "ruf mich bitte um 7 an"
    assert tags_of("[IN:CALL [SL:METHOD ruf an ] [SL:TIME um 7 ] ]", text) == [
        "B SL:METHOD",
        "O",
        "O",
        "B SL:TIME",
        "I SL:TIME",
        "C SL:METHOD",
    ]
    found = decode("IN:CALL", encode(tree("[IN:CALL [SL:METHOD ruf an ] ]", text), tokenize(text).spans, ()),
                   tokenize(text).spans, ())  # fmt: skip
    assert found.children[0].spans == ((0, 3), (20, 22))


def test_adjacent_siblings_stay_apart():
    assert tags_of("[IN:CALL [SL:CONTACT Ann ] [SL:CONTACT Bob ] ]", "call Ann Bob") == [
        "O",
        "B SL:CONTACT",
        "B SL:CONTACT",
    ]


TWO_PEOPLE = "[IN:CALL [SL:WHO [IN:GET [SL:KIND mom ] ] ] [SL:WHO [IN:GET [SL:KIND dad ] ] ] ]"
ONE_PERSON = "[IN:CALL [SL:WHO [IN:GET [SL:KIND mom ] [SL:KIND dad ] ] ] ]"


@pytest.mark.parametrize(
    ("bracketed", "repeatable", "expressible"),
    [
        (TWO_PEOPLE, (), True),
        (ONE_PERSON, (), False),
        (TWO_PEOPLE, {("IN:GET", "SL:KIND")}, False),
        (ONE_PERSON, {("IN:GET", "SL:KIND")}, True),
    ],
)
def test_slot_that_does_not_repeat_begins_a_nested_intent(bracketed, repeatable, expressible):
    text = "call mom and dad"
    root, spans = tree(bracketed, text), tokenize(text).spans
    tags = encode(root, spans, repeatable)
    assert (tags is not None) == expressible
    if tags:
        assert decode("IN:CALL", tags, spans, repeatable) == root


@pytest.mark.parametrize(
    ("bracketed", "text"),
    [
        ("[IN:REMIND [SL:PLACE [IN:GET_LOCATION ] ] ]", "remind me at home"),
        ("[IN:REMIND [SL:PLACE ] ]", "remind me at home"),
        ("[IN:A [SL:X one three ] [SL:Y two four ] ]", "one two three four"),
    ],
)
def test_what_tags_cannot_say_is_none(bracketed, text):
    assert tags_of(bracketed, text) is None


def deep(length):
    """A tree of one leaf below so many labels of slots and intents."""
    node = Node("s", ((0, 1),))
    for depth in range(1, length):
        node = Node("i" if depth % 2 else "s", (), (node,))
    return Node("A", (), (node,))


def test_paths_are_as_long_as_devices_take_them_and_no_longer():
    labels = Labels.fit([(deep(63), [(0, 1)])])
    assert Labels.from_bytes(labels.to_bytes()) == labels
    assert encode(deep(65), [(0, 1)], ()) is None
    made_up = replace(labels, tags=(OUTSIDE, Tag("B", ("s",) * 20_001)))
    with pytest.raises(ModelError, match="a path of 20001 labels"):
        Labels.from_bytes(made_up.to_bytes())


def test_text_cut_before_a_leaf_is_none():
    text = "weather in New York"
    root = tree("[IN:GET_WEATHER [SL:LOCATION New York ] ]", text)
    assert encode(root, tokenize(text, 2).spans, ()) is None


def test_leaf_claims_the_tokens_that_it_overlaps():
    text = "call grandma"
    root = tree("[IN:CALL [SL:WHO grandma ] ]", text)
    assert encode(root, [(0, 4), (5, 10), (10, 12)], ()) == [OUTSIDE, Tag("B", ("SL:WHO",)), Tag("I", ("SL:WHO",))]


@st.composite
def well_formed(draw):
    tags, begun, before, apart = [], set(), None, None
    for _ in range(draw(st.integers(0, 12))):
        choices = [OUTSIDE, *(Tag("B", path) for path in PATHS)]
        if before:
            choices.append(Tag("I", before))
        choices += [Tag("C", path) for path in sorted(begun) if path != before and apart in (None, path)]
        tag = draw(st.sampled_from(choices))
        if tag.kind == "C":
            apart = tag.path
        if tag.kind == "B":
            begun.add(tag.path)
        before = tag.path or None
        tags.append(tag)
    return tags


@given(well_formed(), st.sampled_from([frozenset(), frozenset(REPEATABLE)]))
def test_every_well_formed_tagging_is_a_tree_of_its_own(tags, repeatable):
    spans = [(2 * i, 2 * i + 1) for i in range(len(tags))]
    root = decode("IN:root", tags, spans, repeatable)
    assert root == canonical(root)
    assert encode(root, spans, repeatable) == tags
    for node in root.walk():
        if node.label.startswith("IN:"):
            assert all(not slot.label.startswith("IN:") for slot in node.children)
        else:
            assert bool(node.spans) != bool(node.children)
            assert all(intent.label.startswith("IN:") for intent in node.children)


def test_sample_round_trips(train, dev):
    repeatable = fit(train).repeatable
    assert round_trip_share(train, repeatable) >= 0.995
    assert round_trip_share(dev, repeatable) >= 0.995


def test_parallel_sample_round_trips(train, parallel):
    assert round_trip_share(parallel, fit(train).repeatable) == 1.0


def test_whole_of_mtop_english_round_trips(full):
    train, dev = full
    repeatable = fit(train).repeatable
    assert round_trip_share(train, repeatable) >= 0.9975
    assert round_trip_share(dev, repeatable) >= 0.9975
