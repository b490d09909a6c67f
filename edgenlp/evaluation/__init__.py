"""How good a model is, and whether it still does what it did when it was exported."""

from edgenlp.evaluation.benchmark import benchmark, peak_rss_mb
from edgenlp.evaluation.evaluate import Evaluation, evaluate, evaluate_files, summarize
from edgenlp.evaluation.golden import Mismatch, Replay, golden, golden_texts, verify

__all__ = [
    "Evaluation",
    "Mismatch",
    "Replay",
    "benchmark",
    "evaluate",
    "evaluate_files",
    "golden",
    "golden_texts",
    "peak_rss_mb",
    "summarize",
    "verify",
]
