"""The core's readers keep to the contract of every reader."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from edgenlp.data.readers.clinc import ClincReader
from edgenlp.data.readers.delimited import DelimitedReader
from edgenlp.data.readers.joint import JointReader
from edgenlp.data.readers.mtop import MtopReader
from edgenlp.testing import ReaderConformance

SAMPLES = Path(__file__).parents[1] / "data"


class TestMtop(ReaderConformance):
    reader = MtopReader()
    path = SAMPLES / "mtop" / "th.dev.tsv"


class TestJoint(ReaderConformance):
    reader = JointReader()
    path = SAMPLES / "snips"


class TestClinc(ReaderConformance):
    reader = ClincReader()
    path = SAMPLES / "clinc" / "data_small.json"
    options: ClassVar = {"split": "val", "oos": "yes"}


class TestDelimited(ReaderConformance):
    reader = DelimitedReader()
    path = SAMPLES / "table.csv"
