"""What a model file is made of, byte by byte, and how it compares with mBERT and with its own teacher.

- weights: constants of the matrix products (CONV_2D, FULLY_CONNECTED) and tables of vectors (GATHER), by their type;
  their elements are the parameters;
- other constants: such as the scales of a table's rows;
- structure: operations, tensors, quantization scales, signatures, and what the flatbuffer aligns with;
- metadata: TFLite Metadata and the converter's notes;
- associated files: as they lie in the zip, with the zip's own directory last.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

from edgenlp import artifact
from edgenlp.cli.workshop import needs_workshop
from edgenlp.errors import EdgeNLPError
from edgenlp.export.graph import parse, type_name
from edgenlp.runtime.catalogue import resolve
from graphs import tables_of, weights_of
from report import Promise, Report, parser, run

MOST: Final = 2_000_000
MOST_OF_TABLES: Final = 8_000_000
"""Bytes of a model that reads its vectors from tables, as CMOW does."""
MBERT_PARAMETERS: Final = 178_000_000
"""bert-base-multilingual-cased: 178 million, of which 92 million are token embeddings."""

_FLOAT32_BYTES: Final = 4


def arguments() -> argparse.ArgumentParser:
    """What the script takes."""
    made = parser(__doc__, model=True)
    made.add_argument("--teacher", type=Path, metavar="RUN", help="of edgenlp teach: compare with it, too")
    return made


def measure(options: argparse.Namespace) -> Report:
    """The parts of the file, which add up to it."""
    path = resolve(options.model)
    model = artifact.read(path)
    graph, most = model.graph, MOST_OF_TABLES if model.manifest.encoder.name == "cmow" else MOST
    content = path.read_bytes()
    constants, parameters = _constants(graph)
    packed = _associated_files(content)
    parts = {
        **constants,
        "structure": len(graph) - sum(constants.values()),
        **{f"file {name}": size for name, size in packed.items()},
        "zip directory": len(content) - len(graph) - sum(packed.values()),
    }
    mbert_bytes = MBERT_PARAMETERS * _FLOAT32_BYTES
    figures = {
        "bytes": len(content),
        "parts": parts,
        "parameters": parameters,
        "mbert": {
            "parameters": MBERT_PARAMETERS,
            "times_parameters": MBERT_PARAMETERS / parameters,
            "times_bytes": mbert_bytes / len(content),
        },
    }
    table = [
        ("part", "bytes", "share"),
        *((part, f"{size:,}", f"{size / len(content):.1%}") for part, size in parts.items()),
        ("whole file", f"{len(content):,}", "100.0%"),
    ]
    notes = [
        f"{parameters:,} parameters; mBERT has {MBERT_PARAMETERS:,} in float32: "
        f"{MBERT_PARAMETERS / parameters:,.0f} times the parameters, {mbert_bytes / len(content):,.0f} times the bytes",
    ]
    if options.teacher:
        theirs = _parameters_of_run(options.teacher)
        figures["teacher"] = {"parameters": theirs, "times_parameters": theirs / parameters}
        notes.append(f"{options.teacher} has {theirs:,} parameters: {theirs / parameters:,.1f} times as many")
    return Report(figures, table, notes, [Promise("bytes of the file", len(content), "at most", most)])


def _constants(graph: bytes) -> tuple[dict[str, int], int]:
    """Bytes of the graph's buffers by what they are, and how many parameters there are."""
    model = parse(graph)
    kinds = {entry.buffer: "metadata" for entry in model.metadata}
    parameters: dict[int, int] = {}
    for subgraph in model.subgraphs:
        for tensor in (*weights_of(model, subgraph), *tables_of(model, subgraph)):
            kinds[tensor.buffer] = f"weights {type_name(tensor)}"
            parameters[tensor.buffer] = _elements(tensor)
    kept = sorted(set(kinds.values()) - {"metadata"})
    sizes: Counter[str] = Counter(dict.fromkeys([*kept, "other constants", "metadata"], 0))
    for number, buffer in enumerate(model.buffers):
        sizes[kinds.get(number, "other constants")] += _bytes(buffer)
    return dict(sizes), sum(parameters.values())


def _parameters_of_run(folder: Path) -> int:
    """How many a run's weights hold."""
    if not (folder / "weights.npz").is_file():
        raise EdgeNLPError(f"{folder} holds no weights.npz: name a finished run of edgenlp teach.")
    with needs_workshop():
        from edgenlp.training import load_run
    with load_run(folder).read_arrays("weights.npz") as weights:
        return sum(array.size for array in weights.values())


def _bytes(buffer: Any) -> int:
    return 0 if buffer.data is None else len(buffer.data)


def _elements(tensor: Any) -> int:
    count = 1
    for size in tensor.shape:
        count *= int(size)
    return count


def _associated_files(content: bytes) -> dict[str, int]:
    """Bytes of each file as it lies in the zip at the end of the model, its header included."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {entry.filename: entry.compress_size + len(entry.FileHeader()) for entry in archive.infolist()}


if __name__ == "__main__":
    run(arguments(), measure)
