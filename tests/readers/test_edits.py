"""Edits carry the spans of a tree along: each leaf holds the words that it held, edited."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.data.edits import edited, leaf_ends, words
from edgenlp.interfaces import Example, Node
from edgenlp.text import segment, table

CHARACTERS = st.sampled_from("ab 7,.'-éก่าक्❤👍👩\ufe0f\u200d\u0301\U0001f3fd\u1039\u1000")
TEXT = st.text(st.one_of(CHARACTERS, st.characters()), min_size=1, max_size=30)


@st.composite
def trees(draw, text):
    """A tree over a text: disjoint spans, some leaves with several of them, in any order."""
    ends = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = draw(st.permutations(list(zip(ends[::2], ends[1::2], strict=False))))
    leaves = []
    while spans:
        count = draw(st.integers(1, 2))
        leaves.append(Node(f"SL:{len(leaves)}", tuple(sorted(spans[:count]))))
        spans = spans[count:]
    nested = Node("SL:NESTED", children=(Node("IN:INNER", children=tuple(leaves[1:])),))
    return Node("IN:TOP", children=(*leaves[:1], nested) if len(leaves) > 1 else tuple(leaves))


@st.composite
def edits(draw):
    """An example with a tree, and edits of some of its words."""
    text = draw(TEXT)
    example = Example(text, draw(trees(text)), "en", "row-1")
    chosen = draw(st.lists(st.sampled_from(words(text, example.target) or [None]), unique=True))
    return example, {span: draw(st.text(max_size=6)) for span in chosen if span}


def instead(text, span, replaced):
    """The words of a span with the edits inside it, by the slowest and plainest way."""
    start, end = span
    pieces = [text[place] for place in range(len(text))]
    for (first, last), new in replaced.items():
        pieces[first:last] = [new] + [""] * (last - first - 1)
    return "".join(pieces[start:end])


@given(edits())
def test_each_leaf_holds_its_words_after_the_edits(case):
    example, replaced = case
    after = edited(example, [replaced])
    assert after.text == instead(example.text, (0, len(example.text)), replaced)
    for before, now in zip(example.target.walk(), after.target.walk(), strict=True):
        assert now.label == before.label
        assert len(now.children) == len(before.children)
        assert [after.text[start:end] for start, end in now.spans] == [
            instead(example.text, span, replaced) for span in before.spans
        ]
    assert (after.language, after.id, after.aligned) == ("en", "row-1", True)


@given(TEXT.flatmap(lambda text: st.tuples(st.just(text), trees(text))))
def test_no_end_of_a_leaf_lies_inside_a_word(case):
    text, tree = case
    found = words(text, tree)
    assert all(start < end for start, end in found)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))
    assert not any(start < place < end for start, end in found for place in leaf_ends(tree))
    assert not any(character.isspace() for start, end in found for character in text[start:end])


@given(TEXT)
def test_words_go_from_the_first_token_that_is_no_sign_to_the_last(text):
    classes = text.translate(table().classes)
    runs, before = [], None
    for start, end in segment(text, len(text))[0]:
        if start != before:  # a separator stands between
            runs.append([])
        before = end
        if classes[start] not in "oxjb":
            runs[-1].append((start, end))
    assert words(text, "label") == [(run[0][0], run[-1][1]) for run in runs if run]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("don't stop, please!", ["don't", "stop", "please"]),
        ('(7:30) - "well-known"', ["7:30", "well-known"]),
        ("เตือน ฉัน ที่", ["เตือน", "ฉัน", "ที่"]),
        ("\ud800 a\udfffb", ["a\udfffb"]),
        ("I ❤️ jazz", ["I", "jazz"]),
        ("great👍🏽", ["great"]),
        ("👍🏽👍🏽go 👩‍👩‍👧 e\u0301! 7️⃣", ["go", "e\u0301", "7️⃣"]),
        ("", []),
        (" ,. ", []),
    ],
)
def test_words_are_what_stands_between_separators_without_signs_around(text, expected):
    assert [text[start:end] for start, end in words(text, "label")] == expected


def test_a_word_is_cut_where_a_leaf_ends():
    tree = Node("IN:A", children=(Node("SL:B", ((5, 8),)),))
    assert words("call mom's phone", tree) == [(0, 4), (5, 8), (9, 10), (11, 16)]


def test_both_texts_of_a_pair_are_edited_and_labels_stay():
    pair = Example(("a cat", "a dog"), 3.5, "en")
    assert edited(pair, [{(2, 5): "tiger"}, {(0, 1): "the"}]) == Example(("a tiger", "the dog"), 3.5, "en")
