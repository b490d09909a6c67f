"""Which rows mean the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgenlp.data.meanings import meanings
from edgenlp.interfaces import Example


def test_rows_that_others_connect_mean_the_same():
    first, translation, again, other = meanings(
        [
            Example("Hello there", "x", id="1"),
            Example("hallo", "x", id="2"),
            Example("hello  THERE", "x", id="2"),
            Example("other", "x"),
        ]
    )
    assert first == translation == again != other


def test_a_pair_is_known_by_both_its_texts():
    names = meanings([Example(("a", "b"), "x"), Example(("A", "b"), "x"), Example(("a b", ""), "x")])
    assert names[0] == names[1] != names[2]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "1", "2", "3"])), max_size=12))
def test_meanings_do_not_depend_on_the_order_of_rows(rows):
    examples = [Example(text, "x", id=identity) for text, identity in rows]
    assert meanings(examples) == meanings(examples[::-1])[::-1]
