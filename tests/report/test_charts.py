"""Charts: ticks are round and cover the values, every point is in the picture, and it is well-formed XML."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgenlp.report.charts import COLOURS, HEIGHT, WIDTH, Axis, Series, _mapping, lines, number, scatter
from edgenlp.report.style import STYLE

VALUES = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=20)


@settings(deadline=None)
@given(VALUES, st.sampled_from(["linear", "log"]))
def test_ticks_are_few_and_told_apart_and_cover_the_values(values, scale):
    ticks, place = _mapping(values, Axis("x", scale, span=2.0), 0.0, 100.0)
    assert 2 <= len(ticks) <= 12
    assert all(before < after for before, after in pairwise(ticks))
    assert ticks[0] <= min(values) * (1 + 1e-9) and ticks[-1] >= max(values) * (1 - 1e-9)
    assert len({number(tick) for tick in ticks}) == len(ticks)
    assert all(float(number(tick).replace(",", "")) == pytest.approx(tick, abs=1e-9) for tick in ticks)
    places = [place(value) for value in sorted(values)]
    assert all(-1e-6 <= at <= 100 + 1e-6 for at in places)
    assert places == sorted(places)


@settings(deadline=None)
@given(st.floats(0, 100))
def test_a_small_difference_looks_small(value):
    _, place = _mapping([value, value + 0.1], Axis("x", span=2.0), 0.0, 100.0)
    assert place(value + 0.1) - place(value) <= 5 + 1e-6


@settings(deadline=None)
@example([(99.99999999999999, 1.0)], 1)
@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)), min_size=1, max_size=30), st.integers(1, 5))
def test_every_point_is_in_the_picture_and_says_its_values(points, count):
    series = [Series(f"<run & {n}>", n, points, ("circle", "square", "diamond")[n % 3]) for n in range(count)]
    for draw in (lines, scatter):
        picture = ElementTree.fromstring(draw(series, Axis("size, MB", "log"), Axis("accuracy, %")))
        marks = [group for group in picture.iter("g") if "mark" in group.get("class")]
        assert len(marks) == count * len(points)
        assert marks[0].find("title").text == (
            f"<run & 0>: size, MB {number(points[0][0])}, accuracy, % {number(points[0][1])}"
        )
        for circle in picture.iter("circle"):
            assert 0 <= float(circle.get("cx")) <= WIDTH and 0 <= float(circle.get("cy")) <= HEIGHT
        names = [text for text in picture.iter("text") if text.get("class").startswith("name")]
        assert {name.text for name in names} == {own.name for own in series}


def test_names_do_not_lie_on_one_another():
    series = [Series(f"run {n}", n, [(1.0, 50.0)]) for n in range(10)]
    picture = ElementTree.fromstring(scatter(series, Axis("x"), Axis("y")))
    heights = sorted(float(text.get("y")) for text in picture.iter("text") if text.get("class").startswith("name"))
    assert all(after - before >= 14 for before, after in pairwise(heights))


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.1234567, "0.1235"), (12.5, "12.5"), (1234567.0, "1,234,567"), (40.0, "40")],
)
def test_numbers_are_short(value, said):
    assert number(value) == said


def test_each_colour_is_there_by_day_and_by_night():
    assert all(STYLE.count(f"--c{colour}:") == 2 and f".line.c{colour} " in STYLE for colour in range(COLOURS))
