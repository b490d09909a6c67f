"""The core's objectives, and a trained run as a teacher, keep to their contracts."""

from __future__ import annotations

import pytest

from edgenlp.distillation.objectives import HardLabels, SentenceEmbedding, SoftLabels, SoftWords, WordPrediction
from edgenlp.teachers.trained_run import TrainedRun, TrainedRunConfig
from edgenlp.testing import ObjectiveConformance, TeacherConformance


class TestHardLabels(ObjectiveConformance):
    objective = HardLabels()


class TestSoftLabels(ObjectiveConformance):
    objective = SoftLabels()


class TestSentenceEmbedding(ObjectiveConformance):
    objective = SentenceEmbedding()


class TestWordPrediction(ObjectiveConformance):
    objective = WordPrediction()


class TestSoftWords(ObjectiveConformance):
    objective = SoftWords()


class TestTrainedRun(TeacherConformance):
    teacher = TrainedRun()

    @pytest.fixture(autouse=True)
    def _trained(self, run):
        type(self).config = TrainedRunConfig(run=str(run.folder))


class TestTrainedRunOfPairs(TeacherConformance):
    teacher = TrainedRun()
    texts = (("the red lamp", "a red lamp here"), ("blue door", ""), ("", "white dog outside"))
    hostile = (("\0", "\ud800"), ("", ""), ("x" * 10_000, "ab " * 4_000))

    @pytest.fixture(autouse=True)
    def _trained(self, pair_runs):
        type(self).config = TrainedRunConfig(run=str(pair_runs["pair_classification"].folder))
