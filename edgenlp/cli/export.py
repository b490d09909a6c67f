"""Turn a trained run into one model file."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from edgenlp.cli.output import print_json, print_table
from edgenlp.cli.workshop import needs_workshop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run_dir", type=Path, metavar="RUN_DIR", help="what `train --out` left")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the model file")
    parser.add_argument("--format", default="tflite", metavar="NAME", help="an exporter's name (default: %(default)s)")
    parser.add_argument(
        "--quantize", default="dynamic", metavar="MODE", help="dynamic, float16, int8 or none (default: %(default)s)"
    )
    parser.add_argument(
        "--lengths", type=int, nargs="+", metavar="N", help="numbers of tokens with a graph (default: the recipe's)"
    )
    parser.add_argument(
        "--max-drop", type=_loss, metavar="X", help="refuse a quantization that costs more of the primary metric"
    )
    parser.add_argument(
        "--out-of-fold",
        type=Path,
        nargs="+",
        metavar="RUN_DIR",
        help="runs that held folds out, whose figures a model that has learnt all rows shows",
    )
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")


def _loss(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Write the model and print the export report."""
    with needs_workshop():
        from edgenlp.export import export

        report: dict[str, Any] = export(
            arguments.run_dir,
            arguments.out,
            format=arguments.format,
            quantize=arguments.quantize,
            max_drop=arguments.max_drop,
            lengths=arguments.lengths,
            out_of_fold=arguments.out_of_fold,
        )
    if arguments.json:
        print_json(report)
    else:
        _show(report, arguments.out)
    return 0


def _show(report: dict[str, Any], out: Path) -> None:
    """The figures that decide whether the model is shipped, as far as the exporter has them."""
    quantization = f", quantization {report['quantization']}" if "quantization" in report else ""
    print(f"{report.get('model', out.stem)}: {out.stat().st_size:,} bytes{quantization}")
    if "signatures" in report:
        lengths = ", ".join(map(str, report["signatures"].values()))
        print(f"lengths {lengths}; runs on TFLite {report['min_runtime_version']}+")
    if "ops" in report:
        print(f"operations {', '.join(f'{name} {count}' for name, count in report['ops'].items())}")
    if "arithmetic" in report:
        types = (f"{made} ({sum(counts.values())} operations)" for made, counts in report["arithmetic"].items())
        print(f"values in {', '.join(types)}\n")
    if "metrics" in report:
        _show_figures("on the dev rows", report["metrics"], report["primary_metric"])
    if "out_of_fold" in report:
        _show_figures("on the held-out folds", {"float": report["out_of_fold"]}, report["primary_metric"])


def _show_figures(title: str, figures: dict[str, Any], metric: str) -> None:
    measured = {name: part for name, part in figures.items() if part}
    if measured:
        first = next(iter(measured.values()))
        rows = [[metric, *(part["metrics"][metric] for part in measured.values())] for metric in first["metrics"]]
        for language in first.get("languages", {}):
            parts = (part["languages"][language]["metrics"] for part in measured.values())
            rows.append([f"{metric} {language}", *(part[metric] for part in parts)])
        print_table([[title, *measured], *rows])
