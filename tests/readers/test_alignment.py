"""Where the words of a tree stand in the text."""

from __future__ import annotations

import pytest

from edgenlp.data.alignment import align
from edgenlp.data.brackets import parse


def leaves(bracketed, text):
    node, aligned = align(parse(bracketed), text)
    assert aligned
    return [[text[start:end] for start, end in leaf.spans] for leaf in node.walk() if leaf.spans]


def places(bracketed, text):
    node, _ = align(parse(bracketed), text)
    return [leaf.spans for leaf in node.walk() if leaf.spans]


def test_words_are_found_across_other_spacing():
    assert leaves("[IN:A [SL:B at 7 pm ] [SL:C Ann 's dog ] ]", "at 7pm, feed Ann's dog") == [["at 7pm"], ["Ann's dog"]]


def test_spans_count_code_points():
    text = "👍 नमस्ते दिल्ली"
    assert places("[IN:A [SL:B दिल्ली ] ]", text) == [((9, 15),)]
    assert text[9:15] == "दिल्ली"


def test_equal_words_are_taken_from_left_to_right():
    assert places("[IN:A [SL:B two ] [SL:C two ] ]", "two and two") == [((0, 3),), ((8, 11),)]
    assert places("[IN:A [SL:X me ] [SL:B two ] ]", "two for me or two") == [((8, 10),), ((14, 17),)]


def test_coupled_trees_say_where_the_words_are():
    tree = "[IN:A to me and [SL:B me ] there ]"
    assert places(tree, "to me and me there") == [((10, 12),)]
    assert places("[IN:A [SL:B me ] ]", "to me and me there") == [((3, 5),)]


def test_words_outside_leaves_are_ignored():
    assert leaves("[IN:A please [SL:B near [IN:GET home [SL:C my ] ] ] ]", "it is near my home, please") == [["my"]]


def test_order_of_the_tree_need_not_be_that_of_the_text():
    assert leaves("[IN:A [SL:B timer ] [SL:C 10 minutes ] ]", "remove 10 minutes from the timer") == [
        ["timer"],
        ["10 minutes"],
    ]


def test_long_leaves_choose_before_short_ones():
    """The short leaf would otherwise take a word of the long one."""
    assert places("[IN:A [SL:B the ] [SL:C the cat ] ]", "the cat saw the") == [((12, 15),), ((0, 7),)]


def test_words_apart_are_found_in_order_and_close():
    text = "call the man if the old man calls"
    assert leaves("[IN:A [SL:B the man ] ]", text) == [["the man"]]
    assert leaves("[IN:A [SL:B if man ] ]", text) == [["if", "man"]]
    assert places("[IN:A [SL:B the calls ] ]", text) == [((16, 19), (28, 33))]


@pytest.mark.parametrize("words", ["horse", "saw cat", "the the the"])
def test_words_that_are_not_there(words):
    node, aligned = align(parse(f"[IN:A [SL:B {words} ] ]"), "the cat saw the")
    assert not aligned
    assert [leaf.spans for leaf in node.walk()] == [(), ()]
