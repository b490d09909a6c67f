"""Mistakes are counted as they are, most costly first."""

from __future__ import annotations

from edgenlp.interfaces import Classification, Example, Node, Parse, Regression
from edgenlp.report.markup import milliseconds
from edgenlp.report.mistakes import SHOWN, Deviation, Mistakes, find_mistakes
from edgenlp.report.page import _values


def answered(text, label):
    return Classification(text, label, 1.0, {label: 1.0})


def tree(intent, **slots):
    return Node(intent, children=tuple(Node(label, (span,)) for label, span in slots.items()))


def test_labels_taken_for_one_another():
    said = [("a", "x", "x"), ("b", "x", "y"), ("c", "x", "y"), ("d", "y", "x"), ("e", "z", "z")]
    examples = [Example(text, gold) for text, gold, _ in said]
    found = find_mistakes("m", examples, [answered(text, label) for text, _, label in said])
    assert (found.model, found.rows, found.wrong) == ("m", 5, 3)
    assert [(one.gold, one.predicted, one.count, one.of, one.example) for one in found.labels] == [
        ("x", "y", 2, 3, "b"),
        ("y", "x", 1, 1, "d"),
    ]
    assert not found.slots and not found.values


def test_only_the_most_costly_are_shown_and_all_are_counted():
    count = SHOWN + 5
    examples = [Example(str(n), f"gold {n}") for n in range(count)]
    found = find_mistakes("m", examples, [answered(str(n), "other") for n in range(count)])
    assert (len(found.labels), found.wrong) == (SHOWN, count)


def test_slots_found_and_missed_and_what_is_said_instead():
    text = "call my mom at seven"
    rows = [
        (tree("IN:CALL", WHO=(8, 11), TIME=(15, 20)), tree("IN:CALL", WHO=(8, 11), TIME=(15, 20))),
        (tree("IN:CALL", WHO=(8, 11), TIME=(15, 20)), tree("IN:CALL", WHO=(5, 11), PLACE=(15, 20))),
        (tree("IN:CALL", WHO=(8, 11)), tree("IN:TEXT")),
    ]
    examples = [Example(text, gold) for gold, _ in rows]
    found = find_mistakes("m", examples, [Parse(text, said, 1.0) for _, said in rows])
    assert [(one.gold, one.predicted, one.count) for one in found.labels] == [("IN:CALL", "IN:TEXT", 1)]
    who, place, when = sorted(found.slots, key=lambda one: ("WHO", "PLACE", "TIME").index(one.label))
    assert (who.gold, who.predicted, who.found, who.wrong) == (3, 2, 1, 3)
    assert (who.precision, who.recall, who.f1) == (1 / 2, 1 / 3, 2 / 5)
    assert who.instead == {"other words": 1, "nothing": 1}
    assert (when.gold, when.predicted, when.found) == (2, 1, 1)
    assert when.instead == {"PLACE": 1}
    assert (place.gold, place.predicted, place.f1) == (0, 1, 0.0)
    assert found.slots[0] is who


def test_rows_that_are_not_aligned_count_by_their_intent_alone():
    row = Example("call", tree("IN:CALL", WHO=(0, 0)), aligned=False)
    found = find_mistakes("m", [row], [Parse("call", tree("IN:TEXT", WHO=(0, 4)), 1.0)])
    assert found.wrong == 1 and not found.slots


def test_values_far_off():
    examples = [Example(("a", "b"), 1.0), Example(("c", "d"), 5.0)]
    found = find_mistakes("m", examples, [Regression(row.text, 2.0, (0.0, 5.0)) for row in examples])
    assert [(one.gold, one.predicted, one.text) for one in found.values] == [
        (5.0, 2.0, "c  |  d"),
        (1.0, 2.0, "a  |  b"),
    ]


def test_great_values_are_told_apart():
    mistakes = Mistakes("m", 1, 0, [], [], [Deviation(2020.0, 2024.6, "a"), Deviation(12345.0, 12321.0, "b")])
    shown = _values(mistakes)
    for figure in ("2,020<", "2,024.6<", "+4.6<", "12,345<", "12,321<", "-24<"):
        assert f">{figure}" in shown
    assert milliseconds(1234.5) == "1,234.5"
