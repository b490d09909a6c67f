"""Text to tokens, the same on every platform: segmentation, normalisation and the Unicode table behind them."""

from edgenlp.text.golden import GoldenText, golden_texts
from edgenlp.text.normalisation import normalize
from edgenlp.text.segmentation import Segmentation, segment
from edgenlp.text.table import table

__all__ = ["GoldenText", "Segmentation", "golden_texts", "normalize", "segment", "table"]
