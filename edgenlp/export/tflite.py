"""A trained run as one `.tflite` file that holds all a device needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgenlp import artifact
from edgenlp.artifact import Artifact, Component, Graph, Manifest
from edgenlp.artifact.manifest import MAX_LENGTH
from edgenlp.errors import ExportError
from edgenlp.export.files import associated_files
from edgenlp.export.out_of_fold import out_of_fold
from edgenlp.export.report import write_report
from edgenlp.interfaces import Example, Exporter
from edgenlp.runtime.quiet import quiet_runtime

if TYPE_CHECKING:
    from edgenlp.evaluation import Evaluation
    from edgenlp.runtime import Model
    from edgenlp.training.run import Run

ENOUGH_ROWS: Final = 100
"""A language with fewer is not judged alone: one row more or less would decide."""


class TFLiteExporter(Exporter):
    """TensorFlow Lite with builtin operations only."""

    name = "tflite"

    def export(
        self,
        run: Path,
        out: Path,
        quantize: str = "dynamic",
        max_drop: float | None = None,
        lengths: Sequence[int] = (),
        out_of_fold: Sequence[Path] = (),
        **options: Any,
    ) -> dict[str, Any]:
        """Convert, measure, and write the model and, beside it, the report.

        Args:
            run: the folder of a finished run.
            out: the model file; the report gets its name with `.report.json`.
            quantize: `dynamic` (int8 weights), `float16` (weights of half the size), `int8` (integers alone, with
                ranges measured on training rows) or `none`.
            max_drop: the largest loss of the head's primary metric that quantization may cost, a fraction of 1, on the
                run's tuning rows (the dev rows where it has none): as a whole, and in each language that has
                `ENOUGH_ROWS` of them.
            lengths: numbers of tokens that there is a graph for; by default those of the recipe.
            out_of_fold: folders of runs that held folds out, whose figures stand in the model as `out_of_fold`.
            options: none are known.

        Raises:
            ExportError: an operation does not run everywhere, or quantization costs more than `max_drop`, or a run of
                `out_of_fold` is not of the same recipe.
        """
        from edgenlp.export.convert import check_quantization
        from edgenlp.training.run import load_run

        check_quantization(quantize)
        if options:
            raise ExportError(f"the exporter tflite has no option {', '.join(sorted(options))}")
        if any(not 1 <= length <= MAX_LENGTH for length in lengths):
            raise ExportError(f"the lengths {', '.join(map(str, lengths))} are not all from 1 to {MAX_LENGTH:,} tokens")
        return _export(load_run(run), out, quantize, max_drop, lengths, out_of_fold)


def _export(
    run: Run, out: Path, quantize: str, max_drop: float | None, lengths: Sequence[int], folds: Sequence[Path]
) -> dict[str, Any]:
    from edgenlp.export.convert import convert
    from edgenlp.export.graph import arithmetic, parse
    from edgenlp.training.run import rows_of

    if not run.encoder.on_device:
        raise ExportError(
            f"{run.folder} is a teacher: its encoder {run.encoder.name!r} does not run on devices; "
            "train a student from its labels and export that"
        )
    held_out = {"out_of_fold": out_of_fold(run, folds)} if folds else {}
    files = associated_files(run)
    student = run.student()
    lengths = sorted(set(lengths or run.recipe.export.lengths))
    splits = rows_of(run)
    texts = [row.text for row in splits.train]

    def converted(mode: str) -> bytes:
        return convert(student, run.featurizer(), run.head.sequences, lengths, mode, texts)

    graph = converted(quantize)
    draft = _artifact(run, files, graph, lengths, quantize)
    dev = _measure(draft, splits.dev) if splits.dev else None
    measured = dev.to_dict() if dev else {}
    gate: Mapping[str, Any] = {}
    if quantize != "none":
        quantized = _measure(draft, splits.tuning) if splits.tuning else dev
        gate = _gate(run, draft, converted, splits.tuning or splits.dev, quantized, max_drop)
    manifest = replace(draft.manifest, metrics={**({"dev": measured} if measured else {}), **held_out})
    written = artifact.write(out, graph, manifest, {**files, artifact.GOLDEN: _golden(draft)})
    report = {
        "model": written.name,
        "size_bytes": out.stat().st_size,
        "quantization": quantize,
        "signatures": written.graph.signatures,
        "ops": written.graph.ops,
        "arithmetic": arithmetic(parse(graph)),
        "min_runtime_version": written.graph.min_runtime_version,
        "graph_sha256": written.graph.sha256,
        "primary_metric": run.head.primary_metric(run.head_config),
        # a graph that cuts texts elsewhere loses by that, not by quantization
        "metrics": {
            **({"float": run.metrics.get("dev", {})} if lengths[-1] == run.longest else {}),
            quantize: measured,
        },
        "gate": gate,
        **held_out,
    }
    write_report(out, report)
    return report


def _artifact(run: Run, files: Mapping[str, bytes], graph: bytes, lengths: Sequence[int], quantize: str) -> Artifact:
    """The model as it would be read back, still without metrics and golden vectors."""
    from edgenlp.export.convert import signature_name
    from edgenlp.export.graph import min_runtime_version, operations, parse

    model = parse(graph)
    registered = {(item.kind, item.name): item.distribution for item in _registrations()}
    manifest = Manifest(
        name=run.recipe.name,
        encoder=Component(
            run.encoder.name,
            registered["encoder", run.encoder.name] or "edgenlp",
            dataclasses.asdict(run.encoder_config),
            tuple(run.encoder_assets),
        ),
        head=Component(
            run.head.name,
            registered["task_head", run.head.name] or "edgenlp",
            dataclasses.asdict(run.head_config),
            tuple(run.head_assets),
        ),
        graph=Graph(
            signatures={signature_name(length): length for length in lengths},
            ops=operations(model),
            min_runtime_version=min_runtime_version(model),
            quantization=quantize,
        ),
        languages=tuple(run.recipe.languages),
        recipe=run.recipe.published(),
        data=run.provenance["data"],
        license=run.recipe.license,
    )
    return Artifact(graph, manifest, files)


def _registrations() -> list[Any]:
    from edgenlp.plugins import plugins

    return plugins().registrations()


def _loaded(draft: Artifact) -> Model:
    from edgenlp.runtime import Model

    with quiet_runtime():
        return Model(draft)


def _measure(draft: Artifact, examples: list[Example]) -> Evaluation:
    from edgenlp.evaluation import evaluate

    # a small set of rows may well hold labels that its training rows lack
    return evaluate(_loaded(draft), examples, progress=True, max_unknown=1.0)


def _gate(
    run: Run,
    draft: Artifact,
    converted: Any,
    examples: list[Example],
    quantized: Evaluation | None,
    max_drop: float | None,
) -> Mapping[str, Any]:
    """What quantization costs against the float graph in the same runtime, as a whole and in each language."""
    if quantized is None:
        if max_drop is not None:
            raise ExportError("--max-drop needs tuning or dev rows in the recipe to measure the loss on")
        return {}
    metric = run.head.primary_metric(run.head_config)
    exact = _measure(replace(draft, graph=converted("none")), examples)
    mode = draft.manifest.graph.quantization

    def cost(exact: Evaluation, quantized: Evaluation) -> dict[str, Any]:
        return {"examples": exact.examples, "none": exact.metrics[metric], mode: quantized.metrics[metric]}

    whole = cost(exact, quantized)
    languages = {name: cost(part, quantized.languages[name]) for name, part in exact.languages.items()}
    judged = {"": whole, **{name: part for name, part in languages.items() if part["examples"] >= ENOUGH_ROWS}}
    worst, loss = max(judged.items(), key=lambda item: item[1]["none"] - item[1][mode])
    drop = loss["none"] - loss[mode]
    if max_drop is not None and drop > max_drop:
        raise ExportError(
            f"quantization costs {drop:.4f} of {metric} on {loss['examples']} rows{f' of {worst!r}' if worst else ''} "
            f"({loss['none']:.4f} to {loss[mode]:.4f}), more than the {max_drop} that --max-drop allows: nothing was "
            "written"
        )
    return {"metric": metric, **whole, **({"languages": languages} if languages else {})}


def _golden(draft: Artifact) -> bytes:
    from edgenlp.evaluation import golden

    model = _loaded(draft)
    return golden(model, _golden_texts(model))


def _golden_texts(model: Model) -> list[Any]:
    """The golden texts that hold tokens; for a model of pairs, each with the one after it."""
    from edgenlp.text import golden_texts

    texts = [entry.text for entry in golden_texts()]
    inputs: list[Any] = texts if model.head.sequences == 1 else list(zip(texts, [*texts[1:], texts[0]], strict=True))
    return [text for text in inputs if not model.is_empty(text)]
