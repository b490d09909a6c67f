"""Charts as inline SVG: lines over epochs, and points in a plane; colours are the page's, by day and by night."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

WIDTH, HEIGHT = 480, 280
LEFT, RIGHT, TOP, BOTTOM = 62, 110, 12, 44
COLOURS: Final = 8
LABEL_HEIGHT: Final = 14
FEW_POINTS: Final = 15
"""More of them on a line are drawn small."""

Scale = Literal["linear", "log"]
Marker = Literal["circle", "square", "diamond"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a chart.

    Attributes:
        title: what is measured, with its unit.
        scale: of its values.
        span: the least that a linear axis covers, so that a small difference looks small.
    """

    title: str
    scale: Scale = "linear"
    span: float = 0.0


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one thing.

    Attributes:
        name: beside them.
        colour: a number; the page has `COLOURS` of them.
        points: in the units of the axes.
        marker: what stands for each point.
    """

    name: str
    colour: int
    points: Sequence[Point]
    marker: Marker = "circle"


def lines(series: Sequence[Series], x: Axis, y: Axis) -> str:
    """A line for each series, its name at its end."""
    plane = _Plane([point for own in series for point in own.points], x, y)
    pieces = []
    for own in series:
        path = " ".join(f"{plane.x(at):.1f},{plane.y(value):.1f}" for at, value in own.points)
        pieces.append(f'<polyline class="line c{own.colour % COLOURS}" points="{path}"/>')
    ends = [(own.name, own.colour, plane.x(own.points[-1][0]), plane.y(own.points[-1][1])) for own in series]
    return plane.drawn([*pieces, *_labels(ends), *plane.markers(series)])


def scatter(series: Sequence[Series], x: Axis, y: Axis) -> str:
    """A marker for each point, its series' name beside it."""
    plane = _Plane([point for own in series for point in own.points], x, y)
    ends = [(own.name, own.colour, plane.x(at), plane.y(value)) for own in series for at, value in own.points]
    return plane.drawn([*_labels(ends), *plane.markers(series)])


class _Plane:
    """Values to places in the picture, with its axes."""

    def __init__(self, points: Sequence[Point], x: Axis, y: Axis) -> None:
        self._x_axis, self._y_axis = x, y
        self._x_ticks, self.x = _mapping([at for at, _ in points], x, LEFT, WIDTH - RIGHT)
        self._y_ticks, self.y = _mapping([value for _, value in points], y, HEIGHT - BOTTOM, TOP)

    def markers(self, series: Sequence[Series]) -> list[str]:
        """Over all else, so that no name hides one; each with a title that says its values."""
        return [self._marker(own, point) for own in series for point in own.points]

    def _marker(self, series: Series, point: Point) -> str:
        x, y = self.x(point[0]), self.y(point[1])
        radius = 4 if len(series.points) <= FEW_POINTS else 2
        shape = {
            "circle": f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>',
            "square": f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>',
            "diamond": f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z"/>',
        }[series.marker]
        said = f"{series.name}: {self._x_axis.title} {number(point[0])}, {self._y_axis.title} {number(point[1])}"
        return f'<g class="mark c{series.colour % COLOURS}">{shape}<title>{escape(said)}</title></g>'

    def drawn(self, pieces: Iterable[str]) -> str:
        """The whole picture."""
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        axes = [
            f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{self.y(tick):.1f}" y2="{self.y(tick):.1f}"/>'
            f'<text class="tick" x="{LEFT - 8}" y="{self.y(tick) + 4:.1f}" text-anchor="end">{number(tick)}</text>'
            for tick in self._y_ticks
        ]
        axes += [
            f'<line class="grid" x1="{self.x(tick):.1f}" x2="{self.x(tick):.1f}" y1="{bottom}" y2="{bottom + 4}"/>'
            f'<text class="tick" x="{self.x(tick):.1f}" y="{bottom + 18}" text-anchor="middle">{number(tick)}</text>'
            for tick in self._x_ticks
        ]
        titles = (
            f'<text class="axis" x="{(LEFT + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle">'
            f"{escape(self._x_axis.title)}</text>"
            f'<text class="axis" transform="translate(14 {(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">'
            f"{escape(self._y_axis.title)}</text>"
        )
        said = f"{self._y_axis.title} by {self._x_axis.title}"
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}">'
            f'{"".join(axes)}<line class="rule" x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}"/>'
            f"{titles}{''.join(pieces)}</svg>"
        )


def _labels(ends: Sequence[tuple[str, int, float, float]]) -> list[str]:
    """Names beside points, each as near to its own as the others leave room."""
    rows = range(TOP, HEIGHT - BOTTOM)
    placed: list[tuple[float, float]] = []
    pieces = []
    for name, colour, x, y in sorted(ends, key=lambda end: end[2:]):
        near = sorted(rows, key=lambda row: abs(row - y))
        at = next((row for row in near if _is_free(placed, x, row)), near[0])
        placed.append((x, at))
        pieces.append(f'<text class="name c{colour % COLOURS}" x="{x + 9:.1f}" y="{at + 4}">{escape(name)}</text>')
    return pieces


def _is_free(placed: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    return all(abs(y - other) >= LABEL_HEIGHT or abs(x - beside) >= RIGHT for beside, other in placed)


def _mapping(
    values: Sequence[float], axis: Axis, start: float, end: float
) -> tuple[list[float], Callable[[float], float]]:
    """Ticks over some values, and where a value stands between two places of the picture."""
    logarithmic = axis.scale == "log"
    ticks = _log_ticks(values) if logarithmic else _linear_ticks(values, axis.span)
    flat: Callable[[float], float] = math.log if logarithmic else float
    low, high = flat(min(ticks[0], *values)), flat(max(ticks[-1], *values))
    return ticks, lambda value: start + (flat(value) - low) / (high - low) * (end - start)


def _linear_ticks(values: Sequence[float], span: float) -> list[float]:
    low, high = min(values), max(values)
    short = max(span - (high - low), 0.0) or (1.0 if low == high else 0.0)
    low, high = low - short / 2, high + short / 2
    step = 10.0 ** math.floor(math.log10((high - low) / 3))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (factor * step) <= 6)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [tick * step for tick in range(first, last + 1)]


def _log_ticks(values: Sequence[float]) -> list[float]:
    """1, 2 and 5 times powers of ten around the values; the powers alone where there would be many."""
    lowest = math.floor(math.log10(min(values)))
    # the logarithm of a number just below a power of ten may be that power's
    lowest -= 10.0**lowest > min(values)
    decades = range(lowest, math.ceil(math.log10(max(values))) + 1)
    fine = [factor * 10.0**decade for decade in decades for factor in (1, 2, 5)]
    first = max(number for number, tick in enumerate(fine) if tick <= min(values))
    last = min((number for number, tick in enumerate(fine) if tick >= max(values)), default=len(fine) - 1)
    ticks = fine[first : max(last, first + 1) + 1]
    return ticks if len(ticks) <= 7 else [10.0**decade for decade in decades]


def number(value: float) -> str:
    """A value with about four significant digits, and thousands apart."""
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:,.1f}".removesuffix(".0") if abs(value) >= 1000 else f"{value:.4g}"
