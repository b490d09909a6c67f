"""A model file: a TFLite flatbuffer with the associated files in a zip at its end, as TFLite Metadata has it.

Reading trusts nothing: sizes are checked before anything is inflated, the digest before any runtime sees the graph.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edgenlp.artifact.files import write_atomically
from edgenlp.artifact.flatbuffer import IDENTIFIER, signature_names
from edgenlp.artifact.manifest import Manifest
from edgenlp.errors import ModelError

MANIFEST: Final = "edgenlp.json"
GOLDEN: Final = "golden.jsonl"
LABELS: Final = "labels.txt"

MAX_MODEL_BYTES: Final = 1 << 30
MAX_FILES: Final = 64
MAX_FILE_BYTES: Final = 32 << 20
MAX_TOTAL_BYTES: Final = 64 << 20

_ZIP_END: Final = b"PK\x05\x06"
_ENCRYPTED: Final = 0x1
_FIRST_DATE: Final = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE: Final = 0o100644 << 16
_UNIX: Final = 3


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model in memory.

    Attributes:
        graph: the flatbuffer, without what follows it.
        manifest: says what it is.
        files: the associated files by name, the manifest left out.
    """

    graph: bytes
    manifest: Manifest
    files: Mapping[str, bytes]


def read(path: Path) -> Artifact:
    """Read a model file and check that it is whole and unchanged.

    Raises:
        ModelError: one sentence about whatever is wrong with the file.
    """
    data = _content(path)
    try:
        return _parse(data)
    except ModelError as error:
        raise ModelError(f"{path}: {error}.") from error.__cause__


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ModelError(f"{path} is a folder, not a model file: edgenlp export makes one of a run.")
        if path.stat().st_size > MAX_MODEL_BYTES:
            raise ModelError(f"{path} is larger than a gigabyte: it is not a model of edgenlp.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(f"there is no model file {path}.") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}).") from error


def _parse(data: bytes) -> Artifact:
    if data[4:8] != IDENTIFIER:
        raise ModelError("this is not a TFLite file")
    if _ZIP_END not in data[-(1 << 16) - 22 :]:
        if MANIFEST.encode() in data[: 1 << 20]:
            raise ModelError("the file is cut off; copy or download it again")
        raise ModelError(f"this is a TFLite file but not a model of edgenlp (it holds no {MANIFEST})")
    files, end = _associated_files(data)
    manifest_content = files.pop(MANIFEST, None)
    if manifest_content is None:
        raise ModelError(f"this is a TFLite file but not a model of edgenlp (it holds no {MANIFEST})")
    manifest = Manifest.from_json(manifest_content)
    graph = data[:end]
    if hashlib.sha256(graph).hexdigest() != manifest.graph.sha256:
        raise ModelError("the graph was changed after the export (its digest differs from the manifest's)")
    _check_match(graph, manifest, files)
    return Artifact(graph, manifest, files)


def _associated_files(data: bytes) -> tuple[dict[str, bytes], int]:
    """The files of the zip, and where it begins."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_sizes(entries)
            files = {entry.filename: _inflated(archive, entry) for entry in entries}
            return files, min((entry.header_offset for entry in entries), default=len(data))
    except ModelError:
        raise
    except Exception as error:  # zipfile raises a dozen kinds on damaged archives
        raise ModelError("the associated files are damaged; copy or download the file again") from error


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The file's content; asking for its claimed size bounds the memory even where that size is a lie."""
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise ModelError(f"the associated file {entry.filename!r} is cut off")
    return content


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_FILES:
        raise ModelError(f"it holds {len(entries)} associated files, more than the {MAX_FILES} that a model may have")
    if len({entry.filename for entry in entries}) < len(entries):
        raise ModelError("two associated files have the same name")
    for entry in entries:
        if entry.file_size > MAX_FILE_BYTES:
            raise ModelError(
                f"the associated file {entry.filename!r} claims {entry.file_size:,} bytes, "
                f"more than the {MAX_FILE_BYTES:,} that one may have"
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & _ENCRYPTED:
            raise ModelError(f"the associated file {entry.filename!r} is packed in a way that no model is")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_TOTAL_BYTES:
        raise ModelError(f"the associated files claim {total:,} bytes, more than the {MAX_TOTAL_BYTES:,} allowed")


def _check_match(graph: bytes, manifest: Manifest, files: Mapping[str, bytes]) -> None:
    try:
        present = signature_names(graph)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ModelError("the graph is not a whole flatbuffer") from error
    named = set(manifest.graph.signatures)
    if named != present:
        raise ModelError(
            f"the manifest does not match the graph: it names the signatures {', '.join(sorted(named))} "
            f"and the graph has {', '.join(sorted(present)) or 'none'}"
        )
    for name in (*manifest.encoder.assets, *manifest.head.assets):
        if name not in files:
            raise ModelError(f"the associated file {name!r} that the manifest names is missing")


def write(path: Path, graph: bytes, manifest: Manifest, files: Mapping[str, bytes]) -> Manifest:
    """Write a model file, whole or not at all; equal arguments give equal bytes.

    Args:
        path: where to.
        graph: a TFLite flatbuffer.
        manifest: its digest is filled in here.
        files: associated files by name; `labels.txt` (one label a line) becomes the axis labels of the first output
            of that width in the TFLite Metadata.

    Returns:
        The manifest as written.

    Raises:
        ModelError: what would be written could not be read again, such as a missing asset; or a file has the name of
            the manifest.
        EdgeNLPError: the disk is full or the folder is not writable.
    """
    from edgenlp.artifact.metadata import with_tflite_metadata

    if MANIFEST in files:
        raise ModelError(f"an associated file is called {MANIFEST!r}, which is the manifest's name")
    names = [MANIFEST, *sorted(files)]
    labels = {LABELS: len(files[LABELS].splitlines())} if LABELS in files else {}
    described = with_tflite_metadata(graph, manifest, names, labels)
    digest = hashlib.sha256(described).hexdigest()
    manifest = replace(manifest, graph=replace(manifest.graph, sha256=digest))
    model = with_files(described, {MANIFEST: manifest.to_json(), **{name: files[name] for name in sorted(files)}})
    _parse(model)
    write_atomically(path, model)
    return manifest


def with_files(graph: bytes, files: Mapping[str, bytes], compressed: bool = True) -> bytes:
    """The graph with associated files at its end, in the order given; the same bytes each time."""
    buffer = io.BytesIO()
    buffer.write(graph)
    with zipfile.ZipFile(buffer, "a") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _FIRST_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            entry.create_system = _UNIX
            entry.external_attr = _REGULAR_FILE
            archive.writestr(entry, content, compresslevel=9)
    return buffer.getvalue()
