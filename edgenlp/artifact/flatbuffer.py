"""As much of the flatbuffer format as a model file needs: find tables, and prepend a buffer to a TFLite graph.

A flatbuffer is tables joined by offsets. An offset to a table, vector or string is unsigned and counts forwards from
its own place; a table begins with a signed offset back to its vtable, which lists where each field is. Because
references only point forwards, a graph can be given a new root by putting one *in front of* its bytes: the old bytes
stay as they are, and with them the 16-byte alignment of the weights.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

IDENTIFIER = b"TFL3"
ALIGNMENT = 16

# Fields of the table Model in TFLite's schema.fbs. All but the version are offsets.
VERSION, SUBGRAPHS, BUFFERS, METADATA, SIGNATURES = 0, 2, 4, 6, 7
SUBGRAPH_TENSORS, SUBGRAPH_INPUTS, SUBGRAPH_OUTPUTS = 0, 1, 2
TENSOR_SHAPE, TENSOR_NAME = 0, 3
SIGNATURE_KEY = 2
METADATA_NAME, METADATA_BUFFER = 0, 1
BUFFER_DATA = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table inside `data`; fields by their number in the schema.

    Raises:
        struct.error, IndexError: by every method, where an offset points outside the data.
    """

    data: bytes
    position: int

    @classmethod
    def root(cls, data: bytes) -> Table:
        """The table that the file is about."""
        return cls(data, _uint32(data, 0))

    def field(self, number: int) -> int:
        """Where the field is stored, or 0 where the table leaves it out."""
        vtable = self.position - _int32(self.data, self.position)
        offset = 4 + 2 * number
        if offset >= _uint16(self.data, vtable):
            return 0
        stored = _uint16(self.data, vtable + offset)
        return self.position + stored if stored else 0

    @property
    def width(self) -> int:
        """How many fields its vtable has room for."""
        return (_uint16(self.data, self.position - _int32(self.data, self.position)) - 4) // 2

    def uint32(self, number: int) -> int:
        """A scalar field; 0 by default."""
        place = self.field(number)
        return _uint32(self.data, place) if place else 0

    def target(self, number: int) -> int:
        """Where the vector, string or table is that the field points to, or 0."""
        place = self.field(number)
        return place + _uint32(self.data, place) if place else 0

    def text(self, number: int) -> str:
        """A string field; empty by default."""
        start = self.target(number)
        return self.data[start + 4 : start + 4 + _uint32(self.data, start)].decode() if start else ""

    def int32s(self, number: int) -> tuple[int, ...]:
        """A vector of numbers; empty by default."""
        start = self.target(number)
        return struct.unpack_from(f"<{_uint32(self.data, start)}i", self.data, start + 4) if start else ()

    def targets(self, number: int) -> list[int]:
        """Where the tables of a vector of tables are."""
        start = self.target(number)
        places = range(start + 4, start + 4 + 4 * _uint32(self.data, start), 4) if start else ()
        return [place + _uint32(self.data, place) for place in places]

    def tables(self, number: int) -> Iterator[Table]:
        """The tables of a vector of tables."""
        return (Table(self.data, place) for place in self.targets(number))


def signature_names(graph: bytes) -> set[str]:
    """Keys of the graph's named signatures."""
    return {signature.text(SIGNATURE_KEY) for signature in Table.root(graph).tables(SIGNATURES)}


def with_metadata(graph: bytes, name: str, content: bytes) -> bytes:
    """The graph with one more metadata buffer.

    Args:
        graph: a TFLite flatbuffer.
        name: what the metadata entry is called, such as `TFLITE_METADATA`.
        content: its bytes.

    Returns:
        New bytes that end with all of `graph`, at a multiple of 16.
    """
    model = Table.root(graph)
    buffers, entries = model.targets(BUFFERS), model.targets(METADATA)
    fields = max(model.width, METADATA + 1)
    front = _Front()
    front.uint32(0)
    front.raw(IDENTIFIER)
    root = front.table(fields)
    front.uint32(model.uint32(VERSION), at=front.slot(root, VERSION))
    new_buffers = front.vector(len(buffers) + 1)
    new_entries = front.vector(len(entries) + 1)
    buffer = front.table(1)
    data = front.octets(content, alignment=ALIGNMENT)
    entry = front.table(2)
    front.uint32(len(buffers), at=front.slot(entry, METADATA_BUFFER))
    label = front.octets(name.encode(), alignment=4, end=b"\0")
    front.pad(ALIGNMENT)
    start = front.end

    front.point(0, root)
    front.point(front.slot(root, BUFFERS), new_buffers)
    front.point(front.slot(root, METADATA), new_entries)
    front.point(front.slot(buffer, BUFFER_DATA), data)
    front.point(front.slot(entry, METADATA_NAME), label)
    for index, target in enumerate([*(start + place for place in buffers), buffer]):
        front.point(new_buffers + 4 + 4 * index, target)
    for index, target in enumerate([*(start + place for place in entries), entry]):
        front.point(new_entries + 4 + 4 * index, target)
    for number in range(1, fields):
        if number in (BUFFERS, METADATA):
            continue
        if target := model.target(number):
            front.point(front.slot(root, number), start + target)
        else:
            front.leave_out(root, number)
    return bytes(front.data) + graph


class _Front:
    """Bytes that grow at the end, with offsets filled in when their targets are known."""

    def __init__(self) -> None:
        self.data = bytearray()

    @property
    def end(self) -> int:
        return len(self.data)

    def raw(self, content: bytes) -> None:
        self.data += content

    def pad(self, alignment: int, ahead: int = 0) -> None:
        """Zeros, so that what is `ahead` bytes after the end is aligned."""
        self.data += bytes(-(self.end + ahead) % alignment)

    def uint32(self, value: int, at: int | None = None) -> None:
        at = self.end if at is None else at
        self.data[at : at + 4] = struct.pack("<I", value)

    def point(self, at: int, target: int) -> None:
        self.uint32(target - at, at)

    def table(self, fields: int) -> int:
        """A table whose fields all have four bytes, vtable first."""
        vtable_size = 4 + 2 * fields
        self.pad(4, ahead=vtable_size)
        self.raw(struct.pack(f"<{2 + fields}H", vtable_size, 4 + 4 * fields, *range(4, 4 + 4 * fields, 4)))
        position = self.end
        self.raw(struct.pack("<i", vtable_size) + bytes(4 * fields))
        return position

    def slot(self, table: int, number: int) -> int:
        return table + 4 + 4 * number

    def leave_out(self, table: int, number: int) -> None:
        vtable = table - _int32(self.data, table)
        self.data[vtable + 4 + 2 * number : vtable + 6 + 2 * number] = bytes(2)

    def vector(self, length: int) -> int:
        self.pad(4)
        position = self.end
        self.uint32(length)
        self.raw(bytes(4 * length))
        return position

    def octets(self, content: bytes, alignment: int, end: bytes = b"") -> int:
        self.pad(alignment, ahead=4)
        position = self.end
        self.uint32(len(content))
        self.raw(content + end)
        return position


def _uint16(data: bytes | bytearray, place: int) -> int:
    value: int = struct.unpack_from("<H", data, place)[0]
    return value


def _uint32(data: bytes | bytearray, place: int) -> int:
    value: int = struct.unpack_from("<I", data, place)[0]
    return value


def _int32(data: bytes | bytearray, place: int) -> int:
    value: int = struct.unpack_from("<i", data, place)[0]
    return value
