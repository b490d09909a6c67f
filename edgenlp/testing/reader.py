"""The rules of the reader contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from edgenlp.errors import DataError
from edgenlp.interfaces import Example, Node, Reader, parts
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

    def test_rows_are_what_training_takes(self) -> None:
        """Texts, their language and what they mean as str; of a tree, spans in code points of the text."""
        for row in self.reader.read(self.path, **self.options):
            assert all(isinstance(text, str) for text in (*parts(row.text), row.language, row.id)), row
            assert isinstance(row.target, Node | str | int | float), f"{row.target!r} is no answer"
            hash(row)
            if isinstance(row.target, Node) and row.aligned:
                for node in row.target.walk():
                    for start, end in node.spans:
                        assert 0 <= start < end <= len(str(row.text)), f"{node.label} has no words of {row.text!r}"

    def test_all_rows_may_be_said_to_be_of_a_language(self) -> None:
        """Recipes give every source its `language`."""
        options = {**self.options, "language": "de-AT"}
        assert {row.language for row in self.reader.read(self.path, **options)} == {"de-AT"}

    def test_recognises_its_own_and_never_raises(self, tmp_path: Path) -> None:
        """True for the sample; False for what is missing, another folder, and other bytes; either for an empty file."""
        assert self.reader.recognises(self.path)
        empty, noise = tmp_path / f"empty{self.path.suffix}", tmp_path / "noise.bin"
        empty.write_bytes(b"")
        noise.write_bytes(bytes(range(256)))
        missing = tmp_path / f"missing{self.path.suffix}"
        for what, path in (("a missing file", missing), ("noise", noise), ("a folder", tmp_path)):
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
