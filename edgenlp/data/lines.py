"""Lines of a UTF-8 file with their numbers, and the sentences for files that cannot be read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgenlp.errors import DataError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def place(path: Path, line: int | None = None, field: str | None = None) -> str:
    """Where something stands, as every message about data begins: file, line, field."""
    return ", ".join([str(path), *([f"line {line}"] if line else []), *([f"field {field!r}"] if field else [])])


def read_bytes(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> DataError:
    """What to say about a file that is not there or may not be read."""
    return DataError(f"{path} cannot be read: {error.strerror or error}.")


def decode(data: bytes, path: Path, line: int) -> str:
    """One line as text.

    Raises:
        DataError: it is not UTF-8; names the line and the byte.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{place(path, line)}: byte 0x{data[error.start]:02x} at position {error.start + 1} is not valid UTF-8; "
            "save the file as UTF-8."
        ) from error


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file from 1 on, without their line ends; a byte order mark is left out.

    Raises:
        DataError: the file cannot be read, or a line is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            for number, data in enumerate(file, 1):
                body = data.removeprefix(BYTE_ORDER_MARK) if number == 1 else data
                yield number, decode(body, path, number).removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise unreadable(path, error) from error


def json_object(line: str, path: Path, number: int) -> dict[str, Any]:
    """The JSON object that a line holds.

    Raises:
        DataError: it holds none.
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{place(path, number)}: is not valid JSON ({error}).") from error
    if not isinstance(value, dict):
        raise DataError(f"{place(path, number)}: is not a JSON object.")
    return value


def finite(value: object, path: Path, number: int, field: str) -> float:
    """The finite number that a field holds, written out or as JSON has it.

    Raises:
        DataError: it holds none.
    """
    try:
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise DataError(f"{place(path, number, field)}: {value!r:.60} is not a number.")
    return found


def first_line(path: Path) -> str:
    """The first line that is not blank, to recognise a format by; never raises.

    Bytes that are not UTF-8 are replaced: the reader will say where they are, once it is known which one reads.
    """
    try:
        with path.open("rb") as file:
            line = next((line for line in file if line.strip()), b"")
    except OSError:
        return ""
    return line.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "replace").strip("\r\n")


def no_rows(path: Path) -> DataError:
    """What to say about a file without a single row."""
    return DataError(f"{path} holds no rows: it is empty or cut off.")
