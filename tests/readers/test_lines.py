"""Raw text."""

from __future__ import annotations

import pytest

from edgenlp.data.readers.lines import LinesReader
from edgenlp.errors import DataError
from edgenlp.interfaces import Example
from edgenlp.testing import ReaderConformance


class TestLines(ReaderConformance):
    reader = LinesReader()

    @pytest.fixture(autouse=True)
    def sample(self, tmp_path):
        type(self).path = tmp_path / "sample.txt"
        self.path.write_text("one\n\ntwo\n", encoding="utf-8")

    def test_recognises_its_own_and_never_raises(self, tmp_path):
        """Raw text has no answers, so that no file is taken for it without being told."""
        assert self.reader.recognises(self.path) is False
        assert self.reader.recognises(tmp_path / "missing") is False


def test_lines_are_texts_as_they_stand(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("\ufeff  One, two. \r\n \t\nฝน จะ ตก\n".encode())
    found = list(LinesReader().read(path, language="th"))
    assert found == [Example("  One, two. ", "", "th"), Example("ฝน จะ ตก", "", "th")]


def test_what_is_no_text_is_told_with_its_place(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"fine\n\xff\n")
    with pytest.raises(DataError, match=r"text.txt, line 2: byte 0xff"):
        list(LinesReader().read(path))
    path.write_text("\n  \n")
    with pytest.raises(DataError, match="holds no rows"):
        list(LinesReader().read(path))
    with pytest.raises(DataError, match="did you mean 'language'"):
        list(LinesReader().read(path, langauge="en"))
