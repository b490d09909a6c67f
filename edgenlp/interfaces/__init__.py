"""The contracts: what a plugin author implements, and the values that pass between plugins."""

from edgenlp.interfaces.augmentation import Augment, Augmentation
from edgenlp.interfaces.encoder import Arrays, Assets, Encoder, Featurizer
from edgenlp.interfaces.exporter import Exporter
from edgenlp.interfaces.objective import LABELLED, Lesson, Objective
from edgenlp.interfaces.reader import Reader
from edgenlp.interfaces.settings import check_setting
from edgenlp.interfaces.task_head import Decoder, TaskHead, check_label, most_overlapping, of_another_task
from edgenlp.interfaces.teacher import OF_TEXTS, Teacher
from edgenlp.interfaces.types import (
    Classification,
    Example,
    Node,
    Parse,
    PieceTokens,
    Prediction,
    Regression,
    Slot,
    Span,
    SpelledTokens,
    Target,
    Text,
    Tokens,
    join,
    parts,
)

__all__ = [
    "LABELLED",
    "OF_TEXTS",
    "Arrays",
    "Assets",
    "Augment",
    "Augmentation",
    "Classification",
    "Decoder",
    "Encoder",
    "Example",
    "Exporter",
    "Featurizer",
    "Lesson",
    "Node",
    "Objective",
    "Parse",
    "PieceTokens",
    "Prediction",
    "Reader",
    "Regression",
    "Slot",
    "Span",
    "SpelledTokens",
    "Target",
    "TaskHead",
    "Teacher",
    "Text",
    "Tokens",
    "check_label",
    "check_setting",
    "join",
    "most_overlapping",
    "of_another_task",
    "parts",
]
