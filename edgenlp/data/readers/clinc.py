"""CLINC150 (Larson et al. 2019): intents with out-of-scope rows, all splits in one JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

from edgenlp.data.lines import BYTE_ORDER_MARK, decode, no_rows, place, read_bytes
from edgenlp.data.options import choice, settle
from edgenlp.data.readers.language import Presumed
from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Reader

OUT_OF_SCOPE: Final = "oos"
HEAD: Final = 1_000_000
"""How many bytes `recognises` looks through for the name of a split."""


class ClincReader(Reader):
    """`data_full.json`: an object of splits, each an array of [text, intent].

    Options:
        split: `train` (default), `val` or `test`.
        oos: `no` (default) leaves the out-of-scope rows of the split out, `yes` adds them behind the others, with
            the label `oos`, and `only` reads no others.
        language: a BCP 47 tag for all rows; without it they are presumed to be in English.
    """

    name: ClassVar[str] = "clinc"

    def read(self, path: Path, /, **options: str) -> Iterator[Example]:
        """Yield the examples of one split; JSON is read whole.

        Raises:
            DataError: naming file, split and row.
        """
        settled = settle(self.name, options, split="train", oos="no", language="")
        oos = choice(self.name, "oos", settled["oos"], ("no", "yes", "only"))
        split = settled["split"]
        language = settled["language"] or Presumed("en")
        names = {"no": [split], "yes": [split, f"{OUT_OF_SCOPE}_{split}"], "only": [f"{OUT_OF_SCOPE}_{split}"]}[oos]
        splits = _load(path)
        for name in names:
            if not isinstance(splits.get(name), list):
                found = ", ".join(key for key, rows in splits.items() if isinstance(rows, list))
                raise DataError(f"{path} has no split {name!r}; it has {found or 'none at all'}.")
        if not any(splits[name] for name in names):
            raise no_rows(path)
        for name in names:
            for number, row in enumerate(splits[name], 1):
                yield _example(row, language, f"{place(path)}, split {name!r}, row {number}")

    def recognises(self, path: Path) -> bool:
        """True for a JSON file with a split and its out-of-scope rows."""
        try:
            with path.open("rb") as file:
                head = file.read(HEAD).removeprefix(BYTE_ORDER_MARK).lstrip()
        except OSError:
            return False
        return path.suffix == ".json" and head.startswith(b"{") and b'"oos_' in head


def _load(path: Path) -> dict[str, Any]:
    data = read_bytes(path).removeprefix(BYTE_ORDER_MARK)
    if not data.strip():
        raise no_rows(path)
    text = "\n".join(decode(line, path, number) for number, line in enumerate(data.split(b"\n"), 1))
    try:
        splits = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{place(path, error.lineno)}: is not valid JSON ({error.msg}).") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not valid JSON ({error}).") from error
    if not isinstance(splits, dict):
        raise DataError(f"{path} is not a JSON object of splits.")
    return splits


def _example(row: Any, language: str, where: str) -> Example:
    if not (isinstance(row, list) and len(row) == 2 and all(isinstance(item, str) for item in row)):
        raise DataError(f"{where}: is not a pair of text and intent.")
    text, label = row
    for field, value in (("text", text), ("intent", label)):
        if not value.strip():
            raise DataError(f"{where}, field {field!r}: is empty.")
    return Example(text, label, language)
