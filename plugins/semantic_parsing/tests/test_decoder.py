"""Logits to the best well-formed tree, against trying every answer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edgenlp.interfaces import Tokens
from edgenlp.text import segment
from edgenlp_semantic_parsing.decoder import TreeDecoder
from edgenlp_semantic_parsing.encoding import OUTSIDE, Tag, canonical, encode
from edgenlp_semantic_parsing.labels import Labels
from edgenlp_semantic_parsing.search import Grammar

A, B, NESTED = ("a",), ("b",), ("a", "IN:x", "c")
TAGS = (OUTSIDE, Tag("B", A), Tag("I", A), Tag("C", A), Tag("B", NESTED), Tag("I", NESTED), Tag("B", B), Tag("C", B))
LABELS = Labels(
    intents=("IN:all", "IN:flat", "IN:none"),
    tags=TAGS,
    legal=(tuple(range(8)), (0, 1, 2, 3, 6, 7), (0,)),
    repeatable=frozenset(),
)


def tokenize(text, limit=10_000):
    return Tokens(text, *segment(text, limit))


def well_formed(tags):
    """The rules once more, in words of their own."""
    resumed = {tag.path for tag in tags if tag.kind == "C"}
    if len(resumed) > 1:
        return False
    for place, tag in enumerate(tags):
        next_to = place > 0 and tags[place - 1].path == tag.path
        if tag.kind == "I" and not next_to:
            return False
        if tag.kind == "C" and (next_to or Tag("B", tag.path) not in tags[:place]):
            return False
    return True


def every_answer(intents, rows, penalty):
    """Totals of all well-formed answers."""
    for intent in range(len(LABELS.intents)):
        for tags in itertools.product(range(len(TAGS)), repeat=len(rows)):
            unseen = [tag not in LABELS.legal[intent] for tag in tags]
            if not well_formed([TAGS[tag] for tag in tags]) or (penalty is None and any(unseen)):
                continue
            total = sum((float(row[tag]) for row, tag in zip(rows, tags, strict=True)), float(intents[intent]))
            yield total - (sum(unseen) * penalty if penalty else 0.0), intent, list(tags)


logit = st.floats(-8, 8, width=32)


@given(
    st.data(),
    st.integers(0, 4),
    st.sampled_from([None, 0.0, 1.5]),
    st.sampled_from([logit, st.sampled_from([0.0, 1.0, 2.0])]),
)
@settings(max_examples=150, deadline=None)
def test_search_finds_the_best_of_all_answers(data, length, penalty, values):
    intents = data.draw(arrays(np.float32, 3, elements=values))
    rows = data.draw(arrays(np.float32, (length, len(TAGS)), elements=values)).astype(np.float64)
    grammar = Grammar(LABELS, penalty)
    intent, tags = grammar.best(intents, rows)
    best = max(total for total, _, _ in every_answer(intents, rows, penalty))
    own = [total for total, *answer in every_answer(intents, rows, penalty) if answer == [intent, tags]]
    assert own == [pytest.approx(best, abs=1e-9)]


@given(st.data(), st.integers(0, 4))
@settings(max_examples=150, deadline=None)
def test_decoding_takes_the_shortcut_only_to_the_best_answer(data, length):
    intents = data.draw(arrays(np.float32, 3, elements=logit))
    rows = data.draw(arrays(np.float32, (length, len(TAGS)), elements=logit))
    text = " ".join("w" * length)
    parse = TreeDecoder(LABELS).decode({"intent": intents, "tags": rows}, [tokenize(text)])
    best, intent, tags = max(every_answer(intents, rows, None))
    found = encode(parse.root, tokenize(text).spans, LABELS.repeatable)
    assert found is not None
    total = float(intents[LABELS.intents.index(parse.root.label)])
    total += sum(float(row[TAGS.index(tag)]) for row, tag in zip(rows, found, strict=True))
    assert total == pytest.approx(best, abs=1e-9)
    assert parse.score == pytest.approx(probability(intents, rows, intent, tags), rel=1e-4)


def probability(intents, rows, intent, tags):
    def softmax(values):
        weights = np.exp(values.astype(np.float64) - values.max())
        return weights / weights.sum()

    return float(softmax(intents)[intent] * np.prod([softmax(row)[tag] for row, tag in zip(rows, tags, strict=True)]))


def logits_for(labels, intent, tags, length, strength=20.0):
    intents = np.zeros(len(labels.intents), np.float32)
    intents[labels.number_of_intent[intent]] = strength
    rows = np.zeros((length, len(labels.tags)), np.float32)
    for row, tag in zip(rows, tags, strict=False):
        row[labels.number_of_tag[tag]] = strength
    return {"intent": intents, "tags": rows}


def test_equal_totals_give_the_lower_intent_and_tags():
    grammar = Grammar(LABELS, None)
    assert grammar.best(np.zeros(3, np.float32), np.zeros((3, 8))) == (0, [0, 0, 0])


@pytest.mark.parametrize(
    "rows",
    [
        [[-np.inf, -np.inf, 5], [0, 0, 0]],
        [[0, 0, np.inf], [0, 0, np.inf]],
        [[np.nan, np.nan, np.nan], [0, 0, 5]],
    ],
)
def test_logits_that_leave_no_answer_give_the_first_intent_alone(rows):
    """As in C and Kotlin."""
    labels = Labels(("A", "B"), TAGS[:3], ((0, 1, 2), (0, 1, 2)), frozenset())
    outputs = {"intent": np.array([0, 1], np.float32), "tags": np.array(rows, np.float32)}
    with np.errstate(invalid="ignore"):
        parse = TreeDecoder(labels).decode(outputs, [tokenize("w w")])
    assert parse.tree == "[A ]"


def test_an_inside_tag_is_not_repaired_but_weighed():
    """B O I: the O turns into I, or the I into O, whichever costs less in all."""
    rows = np.full((3, 8), -9.0)
    rows[0, 1] = rows[1, 0] = rows[2, 2] = 5
    rows[1, 2], rows[2, 0] = 4, 3
    intents = np.array([5, 0, 0], np.float32)
    assert Grammar(LABELS, None).best(intents, rows) == (0, [1, 2, 2])
    rows[1, 2] = 2
    assert Grammar(LABELS, None).best(intents, rows) == (0, [1, 0, 0])


def test_the_tags_may_overrule_the_intent():
    rows = np.full((2, 8), -9.0)
    rows[:, 4] = 5
    assert Grammar(LABELS, None).best(np.array([0, 3, 0], np.float32), rows)[0] == 0
    assert Grammar(LABELS, 0.5).best(np.array([0, 3, 0], np.float32), rows)[0] == 1


def test_padding_does_not_count():
    labels = LABELS
    text = "one two"
    outputs = logits_for(labels, "IN:flat", [Tag("B", A), Tag("I", A)], 2)
    padded = {**outputs, "tags": np.concatenate([outputs["tags"], np.full((6, 8), 30, np.float32)])}
    decoder = TreeDecoder(labels)
    assert decoder.decode(padded, [tokenize(text)]) == decoder.decode(outputs, [tokenize(text)])


def test_text_without_tokens():
    outputs = {"intent": np.array([0, 1, 0], np.float32), "tags": np.zeros((8, 8), np.float32)}
    parse = TreeDecoder(LABELS).decode(outputs, [Tokens("  ", [])])
    assert (parse.root.label, parse.root.children) == ("IN:flat", ())
    assert parse.score == pytest.approx(probability(outputs["intent"], outputs["tags"][:0], 1, []))


def test_long_text_of_unsure_logits_is_bounded():
    """The probability of 200 unsure tokens underflows, and does not overflow on the way."""
    rng = np.random.default_rng(0)
    labels = LABELS
    outputs = {"intent": rng.normal(size=3).astype(np.float32), "tags": rng.normal(size=(200, 8)).astype(np.float32)}
    text = " ".join(["w"] * 200)
    parse = TreeDecoder(labels).decode(outputs, [tokenize(text)])
    assert 0.0 <= parse.score < 1e-60


def test_gold_logits_give_gold_trees(train, parallel):
    trees = [(example.target, tokenize(example.text).spans) for example in [*train, *parallel]]
    labels = Labels.fit(trees)
    decoder = TreeDecoder(labels)
    rng = np.random.default_rng(0)
    checked = 0
    for example in parallel:
        tokens = tokenize(example.text)
        tags = encode(example.target, tokens.spans, labels.repeatable)
        if tags is None:
            continue
        outputs = logits_for(labels, example.target.label, tags, len(tokens))
        outputs["tags"] += rng.normal(size=outputs["tags"].shape).astype(np.float32)
        parse = decoder.decode(outputs, [tokens])
        assert parse.root == canonical(example.target)
        assert parse.score > 0.9
        checked += 1
    assert checked >= 38
