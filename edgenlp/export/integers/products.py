"""Weights of int8 and biases of int32 whose sums of products become the same int8 in every kernel.

A kernel multiplies a sum by a real number, and rounds. XNNPACK multiplies floats and rounds halves to even numbers; ruy
rounds once, in 64 bits; the reference kernels, tflite-micro and CMSIS-NN round twice, and what the first time makes a
half may go astray the second time. They agree where there is nothing to choose: the number is 2^-k, weights are even
and biases are odd, so that every sum is odd, and an odd number halved k > 1 times lies on no half.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_LARGEST_WEIGHT: Final = 126
_MOST_HALVINGS: Final = 12
"""Finer weights would not be felt; and sums that are within int8 after so many are below 2^20."""
_LESS: Final = 1 - 2.0**-22
"""Kernels that round twice multiply by a number from 1/2 to 1 first. At 2^-k it would be 1/2, and odd sums would be
rounded there; just below, it is so near 1 that sums below 2^20 stay as they are. Float32 is off by less in three steps.
"""
_LARGEST_BIAS: Final = 2.0**30
"""Far beyond what int8 limits, and below int32 as far as to leave room for a sum of products."""


class Product(NamedTuple):
    """What a product multiplies with and adds.

    Attributes:
        weights: int8 [outputs, ...], even.
        biases: int32 [outputs], odd, in steps of the sums: `steps` times the step of what enters.
        steps: float64 [outputs], what 1 of `weights` stands for.
    """

    weights: NDArray[np.int8]
    biases: NDArray[np.int32]
    steps: NDArray[np.float64]


def product(weights: NDArray[Any], biases: NDArray[Any], entering: float, leaving: float) -> Product:
    """Real weights and biases as integers, for outputs along the first axis.

    Args:
        weights: real [outputs, ...].
        biases: real [outputs].
        entering: the step of what is multiplied.
        leaving: the step of the int8 that sums become.
    """
    # tensors hold their steps in float32
    entering, leaving = float(np.float32(entering)), float(np.float32(leaving))
    axes = tuple(range(1, weights.ndim))
    largest = np.maximum(np.abs(weights).max(axes), np.finfo(np.float32).tiny)
    halvings = np.minimum(np.floor(np.log2(_LARGEST_WEIGHT * leaving / (largest * entering))), _MOST_HALVINGS)
    # an odd number halved once is a half, and one that is not halved is whole
    halvings[halvings == 1] = 0
    steps = _LESS * leaving / entering * 2.0**-halvings
    even = 2 * np.rint(weights / (2 * np.expand_dims(steps, axes)))
    odd = 2 * np.rint(np.clip(biases / (steps * entering), -_LARGEST_BIAS, _LARGEST_BIAS) / 2 - 0.5) + 1
    return Product(even.astype(np.int8), odd.astype(np.int32), steps)
