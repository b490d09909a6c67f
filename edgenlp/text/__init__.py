"""Text to tokens, the same on every platform: segmentation, normalisation and the Unicode table behind them."""

from edgenlp.text.normalisation import normalize
from edgenlp.text.segmentation import Segmentation, segment
from edgenlp.text.table import table

__all__ = ["Segmentation", "normalize", "segment", "table"]
