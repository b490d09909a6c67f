"""Pieces of HTML, and figures as a reader wants them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from edgenlp.report.charts import number

DASH = "–"
MEGABYTE = 1e6
BAR_EM = 4
PERPLEXITY: Final = "perplexity"
"""The one metric that is no share: it is from 1 on, and lower is better."""


@dataclass(frozen=True, slots=True)
class Html:
    """Text that is markup already."""

    markup: str


Cell = str | int | Html
"""Text is escaped, and numbers get their thousands apart."""


def section(title: str, content: str, anchor: str = "") -> str:
    """A part of the page under its title."""
    return f"<h2{f' id={anchor!r}' if anchor else ''}>{escape(title)}</h2>\n{content}\n"


def figure(chart: str, caption: str) -> str:
    """A chart with what it shows."""
    return f"<figure>{chart}<figcaption>{escape(caption)}</figcaption></figure>"


def table(heading: Sequence[str], rows: Iterable[Sequence[Cell]], caption: str, numbers: set[int]) -> str:
    """A table; columns in `numbers` stand to the right, the first one names its row."""

    def cell(tag: str, column: int, value: Cell, scope: str = "") -> str:
        markup = value.markup if isinstance(value, Html) else escape(f"{value:,}" if isinstance(value, int) else value)
        return f"<{tag}{scope}{' class=number' if column in numbers else ''}>{markup}</{tag}>"

    head = "".join(cell("th", column, value, " scope=col") for column, value in enumerate(heading))
    body = "".join(
        f"<tr>{cell('th', 0, row[0], ' scope=row')}{''.join(cell('td', n, row[n]) for n in range(1, len(row)))}</tr>\n"
        for row in rows
    )
    above = f"<caption><span>{escape(caption)}</span></caption>" if caption else ""
    return f'<div class="wide"><table>{above}<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n'


def missing(sentences: Iterable[str]) -> str:
    """Sentences about what is not there."""
    return "".join(f'<p class="missing">{escape(sentence)}</p>' for sentence in sentences)


def code(label: str) -> str:
    """A label as in the data."""
    return f'<span class="label">{escape(label)}</span>'


def bar(share: float) -> Html:
    """A share with its bar."""
    return Html(f"{strip(share)}{percent(share)}")


def strip(share: float) -> str:
    """A bar for the eye beside a number that says the same."""
    return f'<span class="bar" style="width:{max(0.0, share) * BAR_EM:.2f}em"></span>'


def named(metric: str) -> str:
    """A metric's name as words."""
    return metric.replace("_", " ")


def titled(metric: str) -> str:
    """A metric's name with its unit."""
    return named(metric) if metric == PERPLEXITY else f"{named(metric)}, %"


def scaled(metric: str, value: float) -> float:
    """A metric's value in the unit of `titled`."""
    return value if metric == PERPLEXITY else value * 100


def valued(metric: str, value: float) -> str:
    """A metric's value without its unit."""
    return number(value) if metric == PERPLEXITY else percent(value)


def stated(metric: str, value: float) -> str:
    """A metric's name and value, with its unit."""
    return f"{named(metric)} {valued(metric, value)}{'' if metric == PERPLEXITY else ' %'}"


def drawn(metric: str, value: float) -> Cell:
    """A metric's value, as a bar where it is a share."""
    return valued(metric, value) if metric == PERPLEXITY else bar(value)


def percent(share: float) -> str:
    """Without its sign."""
    return f"{share * 100:.1f}"


def count(value: int | None) -> str:
    """With thousands apart."""
    return DASH if value is None else f"{value:,}"


def megabytes(size: int) -> str:
    """Of a size in bytes."""
    return f"{size / MEGABYTE:.2f}" if size else DASH


def milliseconds(value: float | None) -> str:
    """With as many digits as charts have."""
    return DASH if value is None else number(value)
