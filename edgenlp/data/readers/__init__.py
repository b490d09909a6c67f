"""The data formats of the core, one a file."""

from typing import Final

from edgenlp.data.readers.clinc import ClincReader
from edgenlp.data.readers.conll import ConllReader
from edgenlp.data.readers.delimited import DelimitedReader
from edgenlp.data.readers.glue import GlueReader
from edgenlp.data.readers.joint import JointReader
from edgenlp.data.readers.lines import LinesReader
from edgenlp.data.readers.mtod import MtodReader
from edgenlp.data.readers.mtop import MtopReader
from edgenlp.data.readers.tagged import TaggedReader
from edgenlp.interfaces import Reader

READERS: Final[tuple[Reader, ...]] = (
    MtopReader(),
    MtodReader(),
    JointReader(),
    TaggedReader(),
    ConllReader(),
    ClincReader(),
    GlueReader(),
    DelimitedReader(),
    LinesReader(),
)
