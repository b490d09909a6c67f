"""The page: what was collected about runs as one HTML file without anything from elsewhere."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

from edgenlp import __version__
from edgenlp.report.charts import Axis, Marker, Point, Series, lines, scatter
from edgenlp.report.collect import ExportedModel, RunFacts
from edgenlp.report.markup import (
    DASH,
    MEGABYTE,
    Cell,
    Html,
    bar,
    code,
    count,
    figure,
    megabytes,
    milliseconds,
    missing,
    named,
    percent,
    section,
    strip,
    table,
)
from edgenlp.report.mistakes import Mistakes
from edgenlp.report.style import STYLE
from edgenlp.training.recipe import Data, Source

LEAST_POINTS: Final = 2.0
"""The least that an axis of figures covers, in points of a hundred."""


def page(runs: Sequence[RunFacts]) -> str:
    """The whole page."""
    title = runs[0].name if len(runs) == 1 else f"{len(runs)} runs"
    parts = [_summary(runs), _curves(runs), _cost(runs), _languages(runs), *map(_run, runs)]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} – edgenlp report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n"
        f'<p class="soft">edgenlp {__version__} report. Figures are of the dev rows, which chose nothing, unless it '
        "says otherwise.</p>\n"
        f"{''.join(part for part in parts if part)}</body>\n</html>\n"
    )


def _summary(runs: Sequence[RunFacts]) -> str:
    rows: list[list[Cell]] = []
    for run in runs:
        recipe, best = run.run.recipe, _shipped(run)
        dev = best.dev if best else run.dev
        metrics = dev.get("metrics", {})
        value = f"{named(run.metric)} {percent(metrics[run.metric])} %" if run.metric in metrics else DASH
        rows.append(
            [
                _link(run),
                f"{recipe.head['name'] if recipe.head else 'no task'} on {recipe.encoder['name']}",
                " ".join(recipe.languages) or DASH,
                count(run.run.provenance.get("data", {}).get("train_rows")),
                count(int(run.history[-1]["epoch"]) if run.history else None),
                value,
                megabytes(best.size_bytes if best else run.weights_bytes),
                milliseconds(best.times.get("predict_ms") if best else None),
            ]
        )
    heading = ["run", "task on encoder", "languages", "training rows", "epochs", "figure", "size, MB", "prediction, ms"]
    caption = "Figure, size and time are those of the quantized model where there is one, else of the float weights."
    return table(heading, rows, caption, {3, 4, 6, 7})


def _comparable(runs: Sequence[RunFacts]) -> list[tuple[str, str, list[tuple[int, RunFacts]]]]:
    """Runs, with their numbers, whose figures can stand in one chart: of one metric on the same rows, in words."""
    groups: dict[tuple[str, str], list[tuple[int, RunFacts]]] = {}
    for number, run in enumerate(runs):
        data = _measured_on(run.run.recipe.data)
        groups.setdefault((run.metric, data), []).append((number, run))
    return [(metric, data, own) for (metric, data), own in groups.items()]


def _measured_on(data: Data) -> str:
    """In words: the dev rows' files, or the training rows' where there are none, and which fold is held out."""
    folded = [source for source in data.train if source.folded] if data.folds else []
    files = ", ".join(dict.fromkeys(_written(source) for source in [*data.dev, *folded] or data.train))
    return f"{files} (fold {data.fold} of {data.folds})" if folded else files


def _written(source: Source) -> str:
    return " ".join([source.path, *(f"{key}={value}" for key, value in source.options.items())])


def _curves(runs: Sequence[RunFacts]) -> str:
    """For each data set, the loss and the primary metric."""
    figures = []
    for metric, data, own in _comparable(runs):
        losses = [
            Series(run.name, number, points)
            for number, run in own
            if (points := [point for point in _points(run, "loss") if point[1] > 0])
        ]
        looks = [
            Series(run.name, number, [(epoch, value * 100) for epoch, value in points])
            for number, run in own
            if (points := _points(run, metric))
        ]
        if losses:
            chart = lines(losses, Axis("epoch"), Axis("training loss", "log"))
            figures.append(figure(chart, f"{data}: mean loss of the training rows."))
        if looks:
            chart = lines(looks, Axis("epoch"), _metric_axis(metric))
            figures.append(figure(chart, f"{data}: on the tuning rows, held out of training."))
    if not figures:
        return section("Learning curves", missing(["No run has finished an epoch yet."]))
    return section("Learning curves", f'<div class="figures">{"".join(figures)}</div>')


def _points(run: RunFacts, name: str) -> list[Point]:
    return [(record["epoch"], record[name]) for record in run.history if name in record and math.isfinite(record[name])]


def _metric_axis(metric: str) -> Axis:
    return Axis(f"{named(metric)}, %", span=LEAST_POINTS)


def _cost(runs: Sequence[RunFacts]) -> str:
    """Size against figure against time, of float weights and of each exported model."""
    figures = []
    for metric, data, own in _comparable(runs):
        sizes = [series for number, run in own for series in _forms(run, number, "size")]
        times = [series for number, run in own for series in _forms(run, number, "time")]
        if sizes:
            caption = f"{data}. Squares are float weights, diamonds those of teachers, circles exported models."
            figures.append(figure(scatter(sizes, Axis("size, MB", "log"), _metric_axis(metric)), caption))
        if times:
            caption = (
                f"{data}. Time is the median of a whole prediction of a text, warm: exported models on one thread, "
                "float weights in TensorFlow on all."
            )
            figures.append(figure(scatter(times, Axis("prediction, ms", "log"), _metric_axis(metric)), caption))
    rows = [row for run in runs for row in _cost_rows(run)]
    if not rows:
        return section("Size, quality and speed", missing(["No run has ended yet."]))
    heading = ["run", "form", "size, MB", "figure, %", "prediction, ms", "network by its tokens, ms"]
    costs = table(heading, rows, f"Times are of this machine: {_machine(runs)}.", {2, 3, 4, 5})
    return section("Size, quality and speed", f'<div class="figures">{"".join(figures)}</div>{costs}')


def _forms(run: RunFacts, colour: int, what: str) -> Iterator[Series]:
    """The run's points in the plane of its metric and size (MB) or time (ms)."""
    metrics = run.dev.get("metrics", {})
    x = run.weights_bytes / MEGABYTE if what == "size" else run.predict_ms
    if run.metric in metrics and x:
        marker: Marker = "square" if run.on_device else "diamond"
        name = f"{run.name}, {'float' if run.on_device else 'teacher'}"
        yield Series(name, colour, [(x, metrics[run.metric] * 100)], marker)
    for model in run.models:
        metrics = model.dev.get("metrics", {})
        x = model.size_bytes / MEGABYTE if what == "size" else model.times.get("predict_ms")
        if run.metric in metrics and x:
            yield Series(model.path.name, colour, [(x, metrics[run.metric] * 100)])


def _cost_rows(run: RunFacts) -> Iterator[list[Cell]]:
    if run.weights_bytes:
        form = "float weights" if run.on_device else "float weights of a teacher"
        size, time = megabytes(run.weights_bytes), milliseconds(run.predict_ms)
        yield [_link(run), form, size, _quality(run.dev, run.metric), time, DASH]
    for model in run.models:
        network = model.times.get("network_ms", {})
        yield [
            _link(run),
            f"{model.path.name} ({model.quantization})",
            megabytes(model.size_bytes),
            _quality(model.dev, run.metric),
            milliseconds(model.times.get("predict_ms")),
            ", ".join(f"{length}: {milliseconds(ms)}" for length, ms in network.items()) or DASH,
        ]


def _languages(runs: Sequence[RunFacts]) -> str:
    """A row for each language, a column for each run and metric; left out where all runs have one language."""
    columns = [(run, best.dev if (best := _shipped(run)) else run.dev) for run in runs]
    columns = [(run, dev) for run, dev in columns if dev.get("languages")]
    if not columns:
        return ""
    alone = len(columns) == 1
    shown = [(run, dev, metric) for run, dev in columns for metric in (dev["metrics"] if alone else [run.metric])]
    heading = ["language", *(f"{'' if alone else f'{run.name}: '}{named(metric)}, %" for run, _, metric in shown)]
    names = sorted({name for _, dev in columns for name in dev["languages"]})
    rows: list[list[Cell]] = [[name, *(_of_language(dev, name, metric) for _, dev, metric in shown)] for name in names]
    return section("Languages", table(heading, rows, "", set(range(1, len(heading)))))


def _of_language(dev: dict[str, Any], name: str, metric: str) -> Cell:
    metrics = dev["languages"].get(name, {}).get("metrics", {})
    return bar(metrics[metric]) if metric in metrics else DASH


def _run(run: RunFacts) -> str:
    parts = [missing(run.missing) if run.missing else "", _metrics(run)]
    if run.mistakes:
        parts += [_labels(run.mistakes), _slots(run.mistakes), _values(run.mistakes)]
    recipe = json.dumps(run.run.recipe.model_dump(mode="json", exclude_defaults=True), indent=2, ensure_ascii=False)
    provenance = json.dumps(run.run.provenance, indent=2, ensure_ascii=False)
    parts.append(f"<details><summary>Its recipe</summary><pre>{escape(recipe)}</pre></details>")
    parts.append(f"<details><summary>Its data and versions</summary><pre>{escape(provenance)}</pre></details>")
    return section(run.name, "".join(parts), _anchor(run))


def _metrics(run: RunFacts) -> str:
    columns = [("float weights", run.dev), *((model.path.name, model.dev) for model in run.models)]
    columns = [(name, dev) for name, dev in columns if dev.get("metrics")]
    if not columns:
        return ""
    rows: list[list[Cell]] = [
        [named(metric), *(_quality(dev, metric) for _, dev in columns)] for metric in columns[0][1]["metrics"]
    ]
    rows.append(["rows", *(count(dev.get("examples")) for _, dev in columns)])
    return table(["%", *(name for name, _ in columns)], rows, "", set(range(1, len(columns) + 1)))


def _quality(dev: dict[str, Any], metric: str) -> str:
    metrics = dev.get("metrics", {})
    return percent(metrics[metric]) if metric in metrics else DASH


def _labels(mistakes: Mistakes) -> str:
    if not mistakes.labels:
        return ""
    most = mistakes.labels[0].count
    rows: list[list[Cell]] = [
        [
            Html(code(one.gold)),
            Html(code(one.predicted)),
            Html(f"{strip(one.count / most)}{one.count} of {one.of}"),
            Html(f'<span class="soft">{escape(one.example)}</span>'),
        ]
        for one in mistakes.labels
    ]
    share = percent(mistakes.wrong / mistakes.rows)
    caption = f"{mistakes.wrong:,} of {mistakes.rows:,} rows ({share} %) have a wrong label by {mistakes.model}."
    return f"<h3>Labels taken for one another</h3>{table(['right', 'said', 'rows', 'such as'], rows, caption, {2})}"


def _slots(mistakes: Mistakes) -> str:
    if not mistakes.slots:
        return ""
    rows: list[list[Cell]] = [
        [
            Html(code(one.label)),
            one.gold,
            percent(one.precision),
            percent(one.recall),
            bar(one.f1),
            ", ".join(f"{instead} {count}" for instead, count in one.instead.most_common(3)) or DASH,
        ]
        for one in mistakes.slots
    ]
    heading = ["slot", "there", "precision, %", "recall, %", "F1, %", "where it is missed, there is"]
    caption = (
        "The top intents' own slots that cost most: right are label and words. Other words means the same label nearby."
    )
    return f"<h3>Slots</h3>{table(heading, rows, caption, {1, 2, 3, 4})}"


def _values(mistakes: Mistakes) -> str:
    if not mistakes.values:
        return ""
    rows: list[list[Cell]] = [
        [f"{one.gold:.3g}", f"{one.predicted:.3g}", f"{one.predicted - one.gold:+.3g}", one.text]
        for one in mistakes.values
    ]
    return f"<h3>Values far off</h3>{table(['right', 'said', 'off by', 'text'], rows, '', {0, 1, 2})}"


def _shipped(run: RunFacts) -> ExportedModel | None:
    """The run's smallest model: what goes to a device."""
    return min(run.models, key=lambda model: model.size_bytes, default=None)


def _anchor(run: RunFacts) -> str:
    return "run-" + "".join(c if c.isalnum() and c.isascii() else "-" for c in run.name)


def _link(run: RunFacts) -> Html:
    return Html(f'<a href="#{_anchor(run)}">{escape(run.name)}</a>')


def _machine(runs: Sequence[RunFacts]) -> str:
    runtimes = {model.times["runtime"] for run in runs for model in run.models if model.times}
    parts = [platform.system(), platform.machine(), f"{os.cpu_count()} cores", *sorted(runtimes), "one thread"]
    return ", ".join(parts)
