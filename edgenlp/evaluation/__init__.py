"""How good a model is, and whether it still does what it did when it was exported."""

from edgenlp.evaluation.answers import Answerer, Answers
from edgenlp.evaluation.benchmark import benchmark, peak_rss_mb
from edgenlp.evaluation.evaluate import (
    Evaluation,
    agreement,
    ask,
    check_comparable,
    evaluate,
    evaluate_files,
    measure,
    summarize,
)
from edgenlp.evaluation.golden import Mismatch, Replay, golden, golden_texts, verify

__all__ = [
    "Answerer",
    "Answers",
    "Evaluation",
    "Mismatch",
    "Replay",
    "agreement",
    "ask",
    "benchmark",
    "check_comparable",
    "evaluate",
    "evaluate_files",
    "golden",
    "golden_texts",
    "measure",
    "peak_rss_mb",
    "summarize",
    "verify",
]
