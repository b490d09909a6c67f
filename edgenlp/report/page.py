"""The page: what was collected about runs as one HTML file without anything from elsewhere."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any, Final

from edgenlp import __version__
from edgenlp.report.charts import Axis, Marker, Point, Series, lines, number, scatter
from edgenlp.report.collect import ExportedModel, RunFacts
from edgenlp.report.markup import (
    DASH,
    MEGABYTE,
    PERPLEXITY,
    Cell,
    Html,
    bar,
    code,
    count,
    drawn,
    figure,
    megabytes,
    milliseconds,
    missing,
    percent,
    scaled,
    section,
    stated,
    strip,
    table,
    titled,
    valued,
)
from edgenlp.report.mistakes import Mistakes
from edgenlp.report.style import STYLE
from edgenlp.training.pretrain_figures import METRIC
from edgenlp.training.recipe import Source

LEAST_POINTS: Final = 2.0
"""The least that an axis of figures covers, in points of a hundred."""

SHOWN_DIGITS: Final = 8
"""Of a digest."""

Figures = dict[str, Any]
"""As `ExportedModel.dev`."""


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
        rows.append(
            [
                _link(run),
                f"{recipe.head['name'] if recipe.head else 'word prediction'} on {recipe.encoder['name']}",
                " ".join(recipe.languages) or DASH,
                count(run.run.provenance.get("data", {}).get("train_rows")),
                count(int(run.history[-1]["epoch"]) if run.history else None),
                _figure(best.dev, run.metric) if best else _figure_of_weights(run),
                megabytes(best.size_bytes if best else run.weights_bytes),
                milliseconds(best.times.get("predict_ms") if best else None),
            ]
        )
    heading = ["run", "task on encoder", "languages", "training rows", "epochs", "figure", "size, MB", "prediction, ms"]
    caption = "Figure, size and time are those of the quantized model where there is one, else of the float weights."
    return table(heading, rows, caption, {3, 4, 6, 7})


def _comparable(runs: Sequence[RunFacts]) -> list[tuple[str, str, list[RunFacts]]]:
    """Runs whose figures can stand in one chart: of one metric, on the same rows, which are told in words."""
    groups: dict[tuple[str, str], list[RunFacts]] = {}
    for run in runs:
        groups.setdefault((run.metric, _digest(run) or _measured_on(run)), []).append(run)
    return [(metric, _told_apart(own[0], runs), own) for (metric, _), own in groups.items()]


def _digest(run: RunFacts) -> str:
    """Of the rows that its figures are of; empty where none is known."""
    return str(run.run.provenance["data"].get("reported", ""))


def _told_apart(run: RunFacts, runs: Sequence[RunFacts]) -> str:
    """The rows of its figures in words, and by their digest where other rows have the same words."""
    words = _measured_on(run)
    if len({_digest(other) for other in runs if _measured_on(other) == words}) == 1:
        return words
    begins = _digest(run)[:SHOWN_DIGITS]
    return f"{words} ({f'the SHA-256 of its rows begins with {begins}' if begins else 'it is not known which rows'})"


def _measured_on(run: RunFacts) -> str:
    """In words: the dev rows' files, or the tuning or training rows' where there are none, and the fold held out."""
    data = run.run.recipe.data
    folded = [source for source in data.train if source.folded] if data.folds else []
    files = ", ".join(dict.fromkeys(_written(source) for source in [*data.dev, *folded] or data.tuning or data.train))
    return f"{files} (fold {data.fold} of {data.folds})" if folded else files


def _written(source: Source) -> str:
    return " ".join([source.path, *(f"{key}={value}" for key, value in source.options.items())])


def _curves(runs: Sequence[RunFacts]) -> str:
    """For each data set, the loss and the primary metric; of pretraining the accuracy too."""
    figures = []
    for metric, data, own in _comparable(runs):
        losses = [
            Series(run.name, run.number, points)
            for run in own
            if (points := [point for point in _points(run, "loss") if point[1] > 0])
        ]
        if losses:
            chart = lines(losses, Axis("epoch"), Axis("training loss", "log"))
            figures.append(figure(chart, f"{data}: mean loss of the training rows."))
        for watched in [metric, "accuracy"] if metric == PERPLEXITY else [metric]:
            looks = [
                Series(run.name, run.number, [(epoch, scaled(watched, value)) for epoch, value in points])
                for run in own
                if (points := _points(run, watched))
            ]
            if looks:
                chart = lines(looks, Axis("epoch"), _metric_axis(watched))
                figures.append(figure(chart, _looked_at(data, metric)))
    if not figures:
        return section("Learning curves", missing(["No run has finished an epoch yet."]))
    return section("Learning curves", f'<div class="figures">{"".join(figures)}</div>')


def _looked_at(data: str, metric: str) -> str:
    """A caption; which pieces are asked for, and how many, decides how hard they are to guess."""
    like = " Only runs of one vocabulary and hidden share compare." if metric == PERPLEXITY else ""
    return f"{data}: on the tuning rows, held out of training.{like}"


def _points(run: RunFacts, name: str) -> list[Point]:
    return [(record["epoch"], record[name]) for record in run.history if name in record and math.isfinite(record[name])]


def _metric_axis(metric: str) -> Axis:
    return Axis(titled(metric), "log") if metric == PERPLEXITY else Axis(titled(metric), span=LEAST_POINTS)


def _cost(runs: Sequence[RunFacts]) -> str:
    """Size against figure against time, of float weights and of each exported model."""
    figures = []
    for metric, data, own in _comparable(runs):
        sizes = [series for run in own for series in _forms(run, "size")]
        times = [series for run in own for series in _forms(run, "time")]
        if sizes:
            whose = "Hidden words of the dev or else the tuning rows. " if metric == PERPLEXITY else ""
            caption = f"{data}. {whose}Squares are float weights, diamonds those of teachers, circles exported models."
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
    heading = ["run", "form", "size, MB", "figure", "prediction, ms", "network by its tokens, ms"]
    costs = table(heading, rows, f"Times are of this machine: {_machine(runs)}.", {2, 3, 4, 5})
    return section("Size, quality and speed", f'<div class="figures">{"".join(figures)}</div>{costs}')


def _forms(run: RunFacts, what: str) -> Iterator[Series]:
    """The run's points in the plane of its metric and size (MB) or time (ms)."""
    metrics = run.figures.get("metrics", {})
    x = run.weights_bytes / MEGABYTE if what == "size" else run.predict_ms
    if run.metric in metrics and x:
        marker: Marker = "square" if run.on_device else "diamond"
        name = f"{run.name}, {'float' if run.on_device else 'teacher'}"
        yield Series(name, run.number, [(x, scaled(run.metric, metrics[run.metric]))], marker)
    for model in run.models:
        metrics = model.dev.get("metrics", {})
        x = model.size_bytes / MEGABYTE if what == "size" else model.times.get("predict_ms")
        if run.metric in metrics and x:
            yield Series(model.path.name, run.number, [(x, scaled(run.metric, metrics[run.metric]))])


def _cost_rows(run: RunFacts) -> Iterator[list[Cell]]:
    if run.weights_bytes:
        form = "float weights" if run.on_device else "float weights of a teacher"
        size, time = megabytes(run.weights_bytes), milliseconds(run.predict_ms)
        yield [_link(run), form, size, _figure_of_weights(run), time, DASH]
    for model in run.models:
        network = model.times.get("network_ms", {})
        yield [
            _link(run),
            f"{model.path.name} ({model.quantization})",
            megabytes(model.size_bytes),
            _figure(model.dev, run.metric),
            milliseconds(model.times.get("predict_ms")),
            ", ".join(f"{length}: {milliseconds(ms)}" for length, ms in network.items()) or DASH,
        ]


def _languages(runs: Sequence[RunFacts]) -> str:
    """Figures by language, of float weights and of each exported model; left out where all runs have one language."""
    measured = [(run, _by_form(run, "languages")) for run in runs]
    measured = [(run, forms) for run, forms in measured if forms]
    if not measured:
        return ""
    content = _languages_of_one(measured[0][1]) if len(measured) == 1 else _languages_of_several(measured)
    return section("Languages", content)


def _languages_of_one(forms: Sequence[tuple[str, Figures]]) -> str:
    """A row for each language and form, a column for each metric."""
    metrics = _shown_metrics(forms[0][1])
    rows: list[list[Cell]] = [
        [language, form, *(_of_language(figures, language, metric) for metric in metrics)]
        for language in _languages_in(figures for _, figures in forms)
        for form, figures in forms
        if language in figures["languages"]
    ]
    heading = ["language", "of", *map(titled, metrics)]
    return table(heading, rows, "", set(range(2, len(heading))))


def _languages_of_several(measured: Sequence[tuple[RunFacts, Sequence[tuple[str, Figures]]]]) -> str:
    """A row for each language, a column for each run and form, of its primary metric."""
    columns = [(run, form, figures) for run, forms in measured for form, figures in forms]
    heading = ["language", *(f"{run.name}, {form}: {titled(run.metric)}" for run, form, _ in columns)]
    rows: list[list[Cell]] = [
        [language, *(_of_language(figures, language, run.metric) for run, _, figures in columns)]
        for language in _languages_in(figures for _, _, figures in columns)
    ]
    return table(heading, rows, "", set(range(1, len(heading))))


def _languages_in(figures: Iterable[Figures]) -> list[str]:
    return sorted({language for own in figures for language in own["languages"]})


def _of_language(figures: Figures, language: str, metric: str) -> Cell:
    metrics = figures["languages"].get(language, {}).get("metrics", {})
    return drawn(metric, metrics[metric]) if metric in metrics else DASH


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
    columns = _by_form(run, "metrics")
    if not columns:
        return ""
    rows: list[list[Cell]] = [
        [titled(metric), *(_quality(figures, metric) for _, figures in columns)]
        for metric in _shown_metrics(columns[0][1])
    ]
    rows.append(["rows", *(count(figures.get("examples")) for _, figures in columns)])
    heading = ["figure", *(form for form, _ in columns)]
    return table(heading, rows, _said_of_metrics(run), set(range(1, len(heading))))


def _said_of_metrics(run: RunFacts) -> str:
    """What is to be known of the figures: of pretraining what they are, of others whether their rows have chosen."""
    if not run.run.recipe.pretraining:
        choosing = run.run.provenance.get("data", {}).get("choosing_dev_rows", 0)
        return f"{choosing:,} dev rows are tuning rows too: they chose what they measure." if choosing else ""
    chose = " The tuning rows chose the weights." if run.run.recipe.training.patience else ""
    return f"How well hidden words are guessed, in rows that were held out of training.{chose}"


def _by_form(run: RunFacts, key: str) -> list[tuple[str, Figures]]:
    """Figures that have a key by whose they are: the float weights', then each exported model's."""
    weights = [
        (f"float weights, {rows} rows" if run.run.recipe.pretraining else "float weights", figures)
        for rows, figures in run.measured.items()
    ]
    forms = [*weights, *((model.path.name, model.dev) for model in run.models)]
    return [(form, figures) for form, figures in forms if figures.get(key)]


def _shown_metrics(figures: Figures) -> list[str]:
    """All but the log-likelihood, of which the perplexity says the same."""
    return [metric for metric in figures["metrics"] if metric != METRIC]


def _quality(figures: Figures, metric: str) -> str:
    metrics = figures.get("metrics", {})
    return valued(metric, metrics[metric]) if metric in metrics else DASH


def _figure(figures: Figures, metric: str) -> str:
    """A metric's value with its name and unit."""
    metrics = figures.get("metrics", {})
    return stated(metric, metrics[metric]) if metric in metrics else DASH


def _figure_of_weights(run: RunFacts) -> str:
    """The primary metric of the float weights, and of which rows where there are none of dev."""
    of = " (tuning rows)" if run.measured and "dev" not in run.measured else ""
    return _figure(run.figures, run.metric) + of


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
        [
            number(one.gold),
            number(one.predicted),
            f"{'+' if one.predicted > one.gold else ''}{number(one.predicted - one.gold)}",
            one.text,
        ]
        for one in mistakes.values
    ]
    return f"<h3>Values far off</h3>{table(['right', 'said', 'off by', 'text'], rows, '', {0, 1, 2})}"


def _shipped(run: RunFacts) -> ExportedModel | None:
    """The run's smallest model: what goes to a device."""
    return min(run.models, key=lambda model: model.size_bytes, default=None)


def _anchor(run: RunFacts) -> str:
    return f"run-{run.number}"


def _link(run: RunFacts) -> Html:
    return Html(f'<a href="#{_anchor(run)}">{escape(run.name)}</a>')


def _machine(runs: Sequence[RunFacts]) -> str:
    runtimes = {model.times["runtime"] for run in runs for model in run.models if model.times}
    parts = [platform.system(), platform.machine(), f"{os.cpu_count()} cores", *sorted(runtimes), "one thread"]
    return ", ".join(parts)
