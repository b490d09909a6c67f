"""The rules of the exporter contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from edgenlp.errors import EdgeNLPError
from edgenlp.interfaces import Exporter
from edgenlp.testing.common import check_light_import


class ExporterConformance:
    """Holds an exporter to its contract.

    Attributes:
        exporter: the instance that the plugin registers.
        run: the folder of a finished run that it can export.
        quantize: a quantization that it knows.
    """

    exporter: ClassVar[Exporter]
    run: ClassVar[Path]
    quantize: ClassVar[str] = "dynamic"

    def test_device_half_imports_no_workshop(self) -> None:
        """Predicting loads all plugins, so registering an exporter needs no TensorFlow."""
        check_light_import(self.exporter)

    def test_it_writes_one_model_and_reports_plain_values(self, tmp_path: Path) -> None:
        """What else it writes is named after the model; the report is what JSON can say."""
        out = tmp_path / "model.bin"
        report = self.exporter.export(self.run, out, quantize=self.quantize)
        assert out.stat().st_size > 0
        assert all(path.name.startswith(out.stem) for path in tmp_path.iterdir())
        assert json.loads(json.dumps(report, allow_nan=False)) == report

    def test_what_is_refused_leaves_the_earlier_model(self, tmp_path: Path) -> None:
        """A quantization or an option that it lacks, or a folder without a run, is named, and no file is touched."""
        out = tmp_path / "model.bin"
        out.write_bytes(b"earlier")
        no_run = tmp_path / "no-run"
        for run, options, name in (
            (self.run, {"quantize": "no_such_quantization"}, "no_such_quantization"),
            (self.run, {"quantize": self.quantize, "no_such_option": 1}, "no_such_option"),
            (no_run, {"quantize": self.quantize}, no_run.name),
        ):
            with pytest.raises(EdgeNLPError, match=name) as caught:
                self.exporter.export(run, out, **options)
            assert "\n" not in str(caught.value)
            assert out.read_bytes() == b"earlier"
            assert list(tmp_path.iterdir()) == [out]
