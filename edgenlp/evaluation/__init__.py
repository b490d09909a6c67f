"""How good a model is, and whether it still does what it did when it was exported."""

from edgenlp.evaluation.answers import Answerer, Answers, ModelAnswers
from edgenlp.evaluation.benchmark import benchmark, peak_rss_mb
from edgenlp.evaluation.evaluate import (
    Evaluation,
    agreement,
    answered,
    evaluate,
    evaluate_files,
    evaluation_of,
    summarize,
)
from edgenlp.evaluation.golden import Mismatch, Replay, golden, golden_texts, verify

__all__ = [
    "Answerer",
    "Answers",
    "Evaluation",
    "Mismatch",
    "ModelAnswers",
    "Replay",
    "agreement",
    "answered",
    "benchmark",
    "evaluate",
    "evaluate_files",
    "evaluation_of",
    "golden",
    "golden_texts",
    "peak_rss_mb",
    "summarize",
    "verify",
]
