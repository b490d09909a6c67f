"""Products of a text's matrices in about log(time) steps, each of them one batched matrix product.

A matrix A is held as a = A - I, its difference from the identity:

    (I + a)(I + b) - I  =  a + b + ab

So the identity is exact zeros, small differences keep their digits beside its ones, and padding, whose difference is
zero, changes no bit of a product. Factors are grouped from the first one on, whatever the number of paddings behind.

A word said 256 times multiplies its matrix with itself and could overflow, so long products are kept within bounds:
float32 holds the product of 16 matrices as they come, and of two that are within them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

import tensorflow as tf

_FACTORS: Final = 16
"""Products of more factors than this are kept within bounds on the way."""

_LARGEST: Final = 1e4
"""What the elements of a product are within."""

_UNROLLED: Final = 64
"""Steps, at most, that are compiled one after the other."""


def product_levels(factors: tf.Tensor) -> list[tf.Tensor]:
    """The balanced tree of products in the order of reading.

    Args:
        factors: float32 [time, n, size, size], differences from the identity, n matrices at each time.

    Returns:
        Its levels: the factors, products of two neighbours, of four, up to the product of all [1, n, size, size].
    """
    levels = [factors]
    while levels[-1].shape[0] > 1:
        product = _product(*_pairs(levels[-1]))
        levels.append(_bounded(product) if 2 ** len(levels) > _FACTORS else product)
    return levels


def whole_product(levels: Sequence[tf.Tensor]) -> tf.Tensor:
    """The product of all: [n, size, size]."""
    return tf.squeeze(_bounded(levels[-1]), 0)


def prefix_products(levels: Sequence[tf.Tensor]) -> tf.Tensor:
    """The product of each time and all before it: [time, n, size, size]."""
    found = _bounded(levels[-1])
    for level in levels[-2::-1]:
        left, _ = _pairs(level)
        # what ends with a pair's right is the pair's own prefix; what ends with its left has the pairs before it
        if left.shape[0] > 1:
            first, others = tf.split(left, (1, -1))
            before, _ = tf.split(found, (left.shape[0] - 1, 1))
            left = tf.concat((first, _product(before, others)), 0)
        found = _interleaved(_bounded(left), found, level.shape[0])
    return found


def suffix_products(levels: Sequence[tf.Tensor]) -> tf.Tensor:
    """The product of each time and all after it: [time, n, size, size]."""
    found = _bounded(levels[-1])
    for level in levels[-2::-1]:
        _, right = _pairs(level)
        if right.shape[0] > 1:
            others, last = tf.split(right, (right.shape[0] - 1, 1))
            _, after = tf.split(found, (1, -1))
            right = tf.concat((_product(others, after), last), 0)
        found = _interleaved(found, _bounded(right), level.shape[0])
    return found


def running_sums(vectors: tf.Tensor, reverse: bool = False) -> tf.Tensor:
    """As tf.cumsum over the first dimension, whose size is known, bit for bit.

    Of short texts several times as fast, after it has been compiled, once for each shape; more steps than 64 take too
    long to compile.
    """
    if vectors.shape[0] > _UNROLLED:
        return tf.cumsum(vectors, reverse=reverse)
    return _unrolled_sums(vectors, reverse)


@tf.function(jit_compile=True, autograph=False)
def _unrolled_sums(vectors: tf.Tensor, reverse: bool) -> tf.Tensor:
    times = tf.unstack(vectors)
    sums = list(itertools.accumulate(reversed(times) if reverse else times))
    return tf.stack(sums[::-1] if reverse else sums)


def _product(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
    return left + right + tf.matmul(left, right)


def _bounded(product: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(product, -_LARGEST, _LARGEST)


def _pairs(level: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The neighbours of a level, lefts and rights; the last one's may be the identity."""
    time, _, *shape = level.shape
    if time % 2:
        level = tf.pad(level, ((0, 1), (0, 0), (0, 0), (0, 0)))
    # slices with a step, and their gradients, are many times slower than this
    left, right = tf.unstack(tf.reshape(level, (-(-time // 2), 2, -1, *shape)), axis=1)
    return left, right


def _interleaved(left: tf.Tensor, right: tf.Tensor, time: int) -> tf.Tensor:
    """Lefts and rights in turn; the last right is left out where `time` is odd."""
    both = tf.reshape(tf.stack((left, right), 1), (2 * left.shape[0], -1, *left.shape[2:]))
    return tf.split(both, (time, 1))[0] if time % 2 else both
