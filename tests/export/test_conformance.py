"""The exporter of device models keeps the exporters' contract."""

import pytest

from edgenlp.export.tflite import TFLiteExporter
from edgenlp.testing import ExporterConformance


class TestTFLite(ExporterConformance):
    exporter = TFLiteExporter()

    @pytest.fixture(autouse=True)
    def finished(self, run):
        type(self).run = run.folder
