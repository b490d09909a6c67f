"""A fresh process from its start to its first prediction: seconds, memory, and what it did not import.

`whole` is by the clock, from before the process is started until its prediction is here; `processor` is the time that
it computed, which other processes on the machine change less.

`--python` names the interpreter, so that an environment with `edgenlp[default]` alone can be measured. Every run
is a new process; files are in the system's cache after the first.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import Any, Final

from edgenlp.cli.arguments import positive
from edgenlp.errors import EdgeNLPError
from edgenlp.runtime.catalogue import resolve
from report import Promise, Report, parser, run

TEXT: Final = "wake me up at 7 tomorrow morning"
WORKSHOP: Final = ("tensorflow", "keras", "jax", "torch", "pydantic", "matplotlib", "rich")
MOST_SECONDS: Final = 0.5
MOST_MB: Final = 150.0

CHILD: Final = """
import json, sys, time
start = time.perf_counter()
import edgenlp
imported = time.perf_counter()
model = edgenlp.load(sys.argv[1])
loaded = time.perf_counter()
prediction = model.predict(sys.argv[2])
predicted = time.perf_counter()
with open("/proc/self/status") as status:
    peak_kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps({
    "import": imported - start, "load": loaded - imported, "predict": predicted - loaded,
    "processor": time.process_time(), "peak_mb": peak_kib * 1024 / 1e6,
    "modules": len(sys.modules), "packages": sorted({name.partition(".")[0] for name in sys.modules}),
    "python": sys.version.split()[0], "runtime": str(model.network.runtime), "prediction": prediction.to_dict(),
}), flush=True)
"""


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, model=True)
    made.add_argument("--python", default=sys.executable, help="the interpreter (default: this one)")
    made.add_argument("--runs", type=positive, default=9, help="how many processes (default: %(default)s)")
    return made


def measure(options: argparse.Namespace) -> Report:
    """Several processes, one after the other."""
    path = str(resolve(options.model).absolute())
    starts = [_start(options.python, path) for _ in range(options.runs)]
    parts = ("interpreter", "import", "load", "predict", "whole", "processor")
    seconds = {part: statistics.median(start[part] for start in starts) for part in parts}
    whole = [start["whole"] for start in starts]
    last = starts[-1]
    workshop = sorted({name for start in starts for name in start["packages"]} & set(WORKSHOP))
    figures: dict[str, Any] = {
        "runs": options.runs,
        "seconds": seconds,
        "first_run_seconds": whole[0],
        "slowest_seconds": max(whole),
        "peak_rss_mb": statistics.median(start["peak_mb"] for start in starts),
        "modules": last["modules"],
        "packages": last["packages"],
        "workshop_packages": workshop,
        "python": last["python"],
        "runtime": last["runtime"],
        "prediction": last["prediction"],
    }
    table = [
        ("median of " + str(options.runs), ""),
        *((f"{part} s", f"{value:.3f}") for part, value in seconds.items()),
        ("first run, whole s", f"{whole[0]:.3f}"),
        ("slowest run, whole s", f"{max(whole):.3f}"),
        ("peak memory MB", f"{figures['peak_rss_mb']:.1f}"),
        ("modules", last["modules"]),
    ]
    third_party = [name for name in last["packages"] if name not in sys.stdlib_module_names and name != "__main__"]
    notes = (
        f"Python {last['python']}, {last['runtime']}; {json.dumps(last['prediction'], ensure_ascii=False)}",
        f"in sys.modules beside the standard library: {', '.join(third_party)}",
        f"of {', '.join(WORKSHOP)} in sys.modules: {', '.join(workshop) or 'none'}",
    )
    promises = [
        Promise("import, load and first prediction, seconds", seconds["whole"], "at most", MOST_SECONDS),
        Promise("peak memory, MB", figures["peak_rss_mb"], "at most", MOST_MB),
        Promise("packages of the workshop imported", len(workshop), "at most", 0),
    ]
    return Report(figures, table, notes, promises)


def _start(python: str, model: str) -> dict[str, Any]:
    """One process: its own times, and the whole as seen from here."""
    start = time.perf_counter()
    try:
        # -P keeps this folder out of the process's path
        process = subprocess.Popen(
            [python, "-P", "-c", CHILD, model, TEXT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    except OSError as error:
        raise EdgeNLPError(f"{python} does not start ({error.strerror}).") from error
    with process:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        whole = time.perf_counter() - start
        errors = process.stderr.read().strip().splitlines()
    if not line:
        raise EdgeNLPError(f"{python} made no prediction ({errors[-1] if errors else 'no message'}).")
    found: dict[str, Any] = json.loads(line)
    interpreter = whole - found["import"] - found["load"] - found["predict"]
    return {**found, "whole": whole, "interpreter": interpreter}


if __name__ == "__main__":
    run(arguments(), measure)
