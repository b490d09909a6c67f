"""The rules of the reader contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Reader
from edgenlp.testing.common import check_light_import


class ReaderConformance:
    """Holds a reader to its contract.

    Attributes:
        reader: the instance that the plugin registers.
        path: a sample file (or folder) of its format.
        options: what `read` needs for it.
    """

    reader: ClassVar[Reader]
    path: ClassVar[Path]
    options: ClassVar[dict[str, str]] = {}

    def test_device_half_imports_no_workshop(self) -> None:
        """Reading needs no TensorFlow."""
        check_light_import(self.reader)

    def test_reading_streams_examples(self) -> None:
        """An iterator, not a list; the same rows each time."""
        rows = self.reader.read(self.path, **self.options)
        assert isinstance(rows, Iterator)
        first = list(rows)
        assert first and all(isinstance(row, Example) for row in first)
        assert first == list(self.reader.read(self.path, **self.options))

    def test_recognises_its_own_and_never_raises(self, tmp_path: Path) -> None:
        """True for the sample; False for a missing file and for bytes of another kind; either for an empty file."""
        assert self.reader.recognises(self.path)
        empty, noise = tmp_path / f"empty{self.path.suffix}", tmp_path / "noise.bin"
        empty.write_bytes(b"")
        noise.write_bytes(bytes(range(256)))
        for what, path in (("a missing file", tmp_path / f"missing{self.path.suffix}"), ("noise", noise)):
            assert self.reader.recognises(path) is False, f"{what} is not of the format"
        assert self.reader.recognises(empty) in (True, False), "an answer is True or False"

    def test_bad_files_are_one_sentence_with_the_file(self, tmp_path: Path) -> None:
        """A missing file, one without a row, and one of bytes that are no text, which may hold rows all the same."""
        suffix = self.path.suffix
        missing, empty, noise = (tmp_path / f"{name}{suffix}" for name in ("missing", "empty", "noise"))
        empty.write_bytes(b"")
        noise.write_bytes(bytes(range(256)))
        for path in (noise, missing, empty):
            try:
                list(self.reader.read(path, **self.options))
            except DataError as error:
                assert path.name in str(error), f"of {path.name} it is said {error}, which does not name it"
                assert "\n" not in str(error), f"of {path.name} it is said in several lines"
            except Exception as error:  # noqa: BLE001 - whatever it is
                pytest.fail(f"{path.name} must be told of by a DataError, and raised {type(error).__name__}: {error}")
            else:
                assert path == noise, f"{path.name} holds no row, which a DataError must say"

    def test_an_option_that_it_lacks_is_named(self) -> None:
        """Options come from recipes, where any may be misspelt; one may be called as a parameter of `read`."""
        for name in ("no_such_option", "path"):
            with pytest.raises(DataError, match=name):
                list(self.reader.read(self.path, **self.options, **{name: "x"}))
