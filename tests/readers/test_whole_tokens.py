"""Slots as whole tokens."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edgenlp.data.readers.whole_tokens import leaves, whole_tokens
from edgenlp.interfaces import Node
from edgenlp.text import segment


@st.composite
def texts_with_spans(draw):
    text = draw(st.text(st.sampled_from("ab1 .ก็日"), min_size=1, max_size=20))
    places = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    return text, list(zip(places[::2], places[1::2], strict=False))


@given(texts_with_spans())
def test_spans_begin_and_end_with_tokens_and_share_none(drawn):
    text, spans = drawn
    tokens, _ = segment(text, len(text))
    found = whole_tokens(spans, text)
    assert len(found) == len(spans)
    kept = [span for span in found if span]
    assert {start for start, _ in kept} <= {start for start, _ in tokens}
    assert {end for _, end in kept} <= {end for _, end in tokens}
    assert all(start < end for start, end in kept)
    assert all(end <= start for (_, end), (start, _) in pairwise(kept))
    # every token that lies in a span is in one of them
    for start, end in tokens:
        lies = any(first < end and start < last for first, last in spans)
        assert lies == any(first <= start and end <= last for first, last in kept)
    assert whole_tokens(kept, text) == kept


def test_a_slot_without_a_token_of_its_own_makes_no_leaf():
    slots = [("a", (0, 1)), ("b", (1, 3)), ("c", (4, 5))]
    assert leaves(slots, "abc x") == (Node("b", ((0, 3),)), Node("c", ((4, 5),)))
    assert leaves([], "") == ()
