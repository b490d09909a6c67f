"""Looking up a token's row as devices do: in an int8 table, where the model is quantized.

The converter stores the constant table of a GATHER as int8 with one scale for all of it. A token that is rare, or of
which training made much, would be rounded away, or round the others away. So each part of a row is stored as a share
of its largest number, which is itself one of 256 levels: a byte for each token and part, and a table of floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from edgenlp.layers import large_constant

LEVELS_PER_OCTAVE: Final = 8
_HIGHEST: Final = 8
"""Numbers are below 2 to this power."""

_LEVELS: Final = 256
_LIMITS: Final = 2.0 ** (_HIGHEST - np.arange(_LEVELS, dtype=np.float32)[::-1] / LEVELS_PER_OCTAVE)
"""What the largest number of a row's part may be, by level."""

Floats = NDArray[np.float32]


def look_up(table: tf.Variable, ids: tf.Tensor, widths: Sequence[int], padding: int) -> list[tf.Tensor]:
    """The parts of some rows.

    Args:
        table: float32 [tokens, sum of widths]; its present values become constants of the graph.
        ids: int32 [time].
        widths: of the parts.
        padding: the id whose row counts as zeros, whatever it holds.

    Returns:
        For each part float32 [time, width].
    """
    shares, levels = _shares_and_levels(_present(table), widths, padding)
    rows = tf.split(tf.gather(large_constant(shares), ids), widths, 1)
    limits = tf.gather(_LIMITS, tf.cast(tf.gather(levels, ids), tf.int32) + _LEVELS // 2)
    return [row * limit for row, limit in zip(rows, tf.split(limits, len(widths), 1), strict=True)]


def _present(weight: tf.Variable) -> Floats:
    with tf.init_scope():
        return np.array(weight.numpy())


def _shares_and_levels(table: Floats, widths: Sequence[int], padding: int) -> tuple[Floats, NDArray[np.int8]]:
    """Each number as a share of its part's limit, and the level of that limit, int8 [tokens, parts]."""
    table[padding] = 0
    parts = np.split(table, np.cumsum(widths)[:-1], 1)
    levels = np.stack([np.searchsorted(_LIMITS[:-1], np.abs(part).max(1)) for part in parts], 1)
    for part, level in zip(parts, levels.T, strict=True):
        part /= _LIMITS[level][:, None]
    return table, (levels - _LEVELS // 2).astype(np.int8)
