"""A conformance kit: subclass one of these in your plugin's tests, say what is tested, and run pytest.

    class TestMyEncoder(EncoderConformance):
        encoder = MyEncoder()

Every method that pytest finds there is a rule of the contract in `edgenlp.interfaces`. The built-in plugins are held
to the same rules.
"""

from edgenlp.testing.augmentation import AugmentationConformance
from edgenlp.testing.encoder import EncoderConformance
from edgenlp.testing.exporter import ExporterConformance
from edgenlp.testing.objective import ObjectiveConformance
from edgenlp.testing.reader import ReaderConformance
from edgenlp.testing.task_head import TaskHeadConformance
from edgenlp.testing.teacher import TeacherConformance

__all__ = [
    "AugmentationConformance",
    "EncoderConformance",
    "ExporterConformance",
    "ObjectiveConformance",
    "ReaderConformance",
    "TaskHeadConformance",
    "TeacherConformance",
]
