"""Predictions for people: a parse as a tree, a classification as its most probable labels, a value in its range."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Final

import numpy as np

from edgenlp.cli.output import printable
from edgenlp.interfaces import Classification, Node, Parse, Prediction, Regression, parts

BOLD, DIM, CYAN, UNDERLINE = "1", "2", "36", "4"
Paint = Callable[[str, str], str]
SHOWN_LABELS: Final = 3
BAR: Final = 20


def render(prediction: Prediction, colour: bool) -> str:
    """A few lines about a prediction; `colour` adds terminal escapes."""
    paint = _paint if colour else _plain
    if isinstance(prediction, Parse):
        lines = [_marked(prediction, paint), _answer(prediction, prediction.intent, f"{prediction.score:.2f}", paint)]
        lines += _branches(prediction.root, prediction.text, "", paint)
    elif isinstance(prediction, Classification):
        lines = [_texts(prediction), _answer(prediction, prediction.label, f"{prediction.score:.2f}", paint)]
        lines += _bars(prediction, paint)
    elif isinstance(prediction, Regression):
        low, high = prediction.range
        value, least, most = (_decimal(number, high - low) for number in (prediction.value, low, high))
        answer = _answer(prediction, value, f"from {least} to {most}", paint)
        lines = [_texts(prediction), answer, f"   {_bar(prediction.share, paint)}".rstrip()]
    else:
        lines = [json.dumps(prediction.to_dict(), ensure_ascii=False)]
    return "\n".join(lines) + "\n"


def _paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m"


def _plain(text: str, code: str) -> str:  # noqa: ARG001
    return text


def _answer(prediction: Prediction, answer: str, remark: str, paint: Paint) -> str:
    cut = "  (the text was cut)" if prediction.truncated else ""
    return f"{paint(printable(answer), BOLD)}  {paint(remark + cut, DIM)}"


def _decimal(value: float, width: float) -> str:
    """Without an exponent, and as exact as a thousandth of the range that it stands in, or a whole number."""
    digits = max(0, 3 - math.floor(math.log10(width)))
    return np.format_float_positional(round(value, digits) + 0.0, trim="-")  # -0 + 0 is 0


def _texts(prediction: Prediction) -> str:
    return "  |  ".join(map(printable, parts(prediction.text)))


def _bar(share: float, paint: Paint) -> str:
    return paint("█" * round(share * BAR), CYAN)


def _marked(parse: Parse, paint: Paint) -> str:
    """The text, with the words of slots underlined."""
    pieces = []
    end = 0
    for start, stop in sorted(span for slot in parse.slots for span in slot.spans):
        pieces += [printable(parse.text[end:start]), paint(printable(parse.text[start:stop]), UNDERLINE)]
        end = stop
    return "".join([*pieces, printable(parse.text[end:])])


def _branches(node: Node, text: str, indent: str, paint: Paint) -> list[str]:
    lines = []
    for number, child in enumerate(node.children, 1):
        last = number == len(node.children)
        words = " … ".join(printable(text[start:end]) for start, end in child.spans)
        lines.append(f"{indent}{'└─' if last else '├─'} {paint(printable(child.label), CYAN)}  {words}".rstrip())
        lines += _branches(child, text, f"{indent}{'   ' if last else '│  '}", paint)
    return lines


def _bars(prediction: Classification, paint: Paint) -> list[str]:
    shown = [(printable(label), score) for label, score in list(prediction.scores.items())[:SHOWN_LABELS]]
    width = max((len(label) for label, _ in shown), default=0)
    return [f"   {label.ljust(width)}  {score:.2f} {_bar(score, paint)}".rstrip() for label, score in shown]
