"""What the benchmarks share in how they are called and what they print."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal

from edgenlp.artifact.files import check_place, write_atomically
from edgenlp.cli.ending import exit_code
from edgenlp.cli.output import print_table

ROOT: Final = Path(__file__).resolve().parent.parent

_DISTRIBUTIONS: Final = ("edgenlp", "numpy", "ai-edge-litert", "tflite-runtime", "tensorflow", "keras-hub")


@dataclass(frozen=True, slots=True)
class Promise:
    """What the project promises of a figure.

    Attributes:
        what: the figure's name, with its unit.
        figure: as measured.
        bound: which side of the limit is good.
        limit: the promised value.
    """

    what: str
    figure: float
    bound: Literal["at least", "at most"]
    limit: float

    @property
    def kept(self) -> bool:
        """Whether the measured figure is on the good side."""
        return self.figure >= self.limit if self.bound == "at least" else self.figure <= self.limit

    def __str__(self) -> str:
        verdict = "kept" if self.kept else "NOT KEPT"
        return f"{self.what}: {_number(self.figure)}, promised {self.bound} {_number(self.limit)}: {verdict}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark found.

    Attributes:
        figures: plain JSON values.
        table: rows of cells for the reader, the heading first.
        notes: what the reader should know of how it was measured.
        promises: that these figures keep or not.
    """

    figures: dict[str, Any]
    table: Sequence[Sequence[object]]
    notes: Sequence[str] = ()
    promises: Sequence[Promise] = field(default=())


def parser(description: str | None, *, model: bool = False, data: bool = False) -> argparse.ArgumentParser:
    """A parser with what benchmarks have in common.

    Args:
        description: the script's docstring.
        model: whether the script takes a model.
        data: whether it takes a folder of data.
    """
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if model:
        made.add_argument("model", metavar="MODEL", help="name or file")
    if data:
        made.add_argument("--data", type=Path, metavar="DIR", help="holds mtop/ and raw_text/ (default: small samples)")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return made


def run(arguments: argparse.ArgumentParser, measure: Callable[[argparse.Namespace], Report]) -> None:
    """Measure, write the JSON file, and print; ends the process as `edgenlp` does."""
    options = arguments.parse_args()
    sys.exit(exit_code(partial(_run, options, measure)))


def _run(options: argparse.Namespace, measure: Callable[[argparse.Namespace], Report]) -> int:
    if options.json:
        check_place(options.json)
    machine = _machine()
    report = measure(options)
    if options.json:  # first, since it may be hours that nobody reads on
        write_atomically(options.json, _document(Path(sys.argv[0]).stem, machine, report))
    _print(machine, report)
    return 0


def _print(machine: dict[str, Any], report: Report) -> None:
    print(_sentence(machine))
    print()
    print_table(report.table)
    print()
    for line in (*report.notes, *report.promises):
        print(line)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= 1000 else f"{value:.4g}"


def _document(name: str, machine: dict[str, Any], report: Report) -> bytes:
    promises = [{**asdict(promise), "kept": promise.kept} for promise in report.promises]
    document = {"benchmark": name, "machine": machine, "figures": report.figures, "promises": promises}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _machine() -> dict[str, Any]:
    """What the figures depend on, as it is before anything is measured."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": {name: found for name in _DISTRIBUTIONS if (found := _version(name))},
    }


def _sentence(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {found}" for name, found in machine["versions"].items())
    busy = "; BUSY, so the times are not to be trusted" if machine["load"] > machine["cores"] / 2 else ""
    return (
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load']}{busy}\n"
        f"Python {machine['python']}, {versions}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
