"""The CMOW network: the bidirectional hybrid of continual multiplication (CMOW) and continuous bag (CBOW) of words."""

from __future__ import annotations

import math
from functools import partial
from typing import Final

import keras
import numpy as np
import tensorflow as tf

from edgenlp.layers import dropout, keep_mask
from edgenlp_cmow.config import CMOWConfig
from edgenlp_cmow.graph import look_up
from edgenlp_cmow.products import prefix_products, product_levels, running_sums, suffix_products, whole_product

DEVIATION: Final = 0.01
"""Standard deviation of the numbers that training starts from: a matrix is the identity and a little noise."""


class CMOW(keras.layers.Layer):
    """Ids of tokens to vectors.

    A token w has a vector v(w) and two matrices, A(w) forwards and B(w) backwards. Of a text w(1) ... w(n),

        F(t) = A(w(1)) ... A(w(t))        G(t) = B(w(n)) ... B(w(t))

    and the prefix sums and suffix sums of the vectors are what is known of it up to each token, and from it on.

    All three tables are one, a token's row in each side by side, and hold of a matrix its difference from the
    identity. Backward matrices are held transposed, for then both directions multiply in the order of reading:
    G(t)' = B(w(t))' ... B(w(n))'. What is said of a text are differences from the identity, too: the head's constant
    makes up for it, and int8 need not spend its range on ones.

    Takes what the featurizer's `batch` gives, `distinct` int32 [distinct tokens] and `index` int32 [batch, time], or
    what its `inputs` gives, `ids` int32 [1, time].

    Args:
        config: the settings.
        size: of the vocabulary.
        padding: the id of padding, whose row means nothing, whatever it holds.
    """

    def __init__(self, config: CMOWConfig, size: int, padding: int) -> None:
        super().__init__(name="cmow")
        self.config = config
        self.padding = padding
        self.seeds = keras.random.SeedGenerator()
        self.table = self.add_weight(
            shape=(size, sum(config.widths)), initializer=partial(_start, config=config), name="table"
        )
        self.built = True

    def call(self, inputs: dict[str, tf.Tensor], training: bool = False) -> dict[str, tf.Tensor]:
        """`tokens` [batch, time, width], `pooled` [batch, width] and `mask` [batch, time], float32.

        `tokens` holds for each the prefix sum, F, the suffix sum and G; `pooled` the sum, F(n) and G(1).
        """
        if "ids" in inputs:
            embedded, mask = self._for_devices(inputs["ids"])
        else:
            embedded, mask = self._for_training(inputs["distinct"], inputs["index"], training)
        directions = self.config.directions
        vectors, matrices = embedded[: len(embedded) - directions], embedded[len(embedded) - directions :]
        levels = self._product_levels(matrices) if directions else []
        sums = running_sums if training else tf.cumsum
        prefixes = [sums(part) for part in vectors]
        suffixes = [sums(part, reverse=True) for part in vectors]
        pooled = [tf.reduce_sum(part, 0) for part in vectors]
        if directions:
            forwards, *backwards = zip(*(tf.split(level, directions, 1) for level in levels), strict=True)
            prefixes.append(self._flat(prefix_products(forwards)))
            suffixes += [self._flat(suffix_products(direction)) for direction in backwards]
            pooled += [self._flat(product) for product in tf.split(whole_product(levels), directions)]
        states = prefixes + suffixes if self.config.bidirectional else prefixes
        tokens = tf.transpose(tf.concat(states, 2), (1, 0, 2)) * tf.expand_dims(mask, 2)
        return {"tokens": tokens, "pooled": tf.concat(pooled, 1), "mask": mask}

    def _for_devices(self, ids: tf.Tensor) -> tuple[list[tf.Tensor], tf.Tensor]:
        """One text of fixed length."""
        parts = look_up(self.table.value, tf.reshape(ids, (-1,)), self.config.widths, self.padding)
        return [tf.expand_dims(part, 1) for part in self._whole(parts)], tf.cast(ids != self.padding, tf.float32)

    def _for_training(self, distinct: tf.Tensor, index: tf.Tensor, training: bool) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Many texts, time first; a row of the table is read once, and padding is a row of zeros beside them."""
        rows = tf.gather(self.table.value, distinct)
        rows = dropout(rows, self.config.embedding_dropout, self.seeds, training)
        if training and self.config.token_dropout:
            kept, _ = keep_mask((tf.size(distinct), 1), self.config.token_dropout, self.seeds)
            rows *= tf.cast(kept, rows.dtype)
        rows = tf.pad(rows, ((1, 0), (0, 0)))
        times = tf.transpose(index)
        parts = self._whole(tf.split(rows, self.config.widths, 1))
        return [tf.gather(part, times) for part in parts], tf.cast(index > 0, tf.float32)

    def _whole(self, parts: list[tf.Tensor]) -> list[tf.Tensor]:
        """Parts of rows with matrices of low rank multiplied out: L R + diag(d)."""
        size, rank, directions = self.config.matrix_size, self.config.rank, self.config.directions
        if not rank:
            return parts
        split = len(parts) - directions
        whole = []
        for part in parts[split:]:
            left, right, diagonal = tf.split(part, (size * rank, size * rank, size), 1)
            product = tf.matmul(tf.reshape(left, (-1, size, rank)), tf.reshape(right, (-1, rank, size)))
            # the diagonal is stored larger than it is, that it may start from the same deviation as its factors
            scale = DEVIATION / _factor_deviation(rank)
            whole.append(tf.reshape(product + scale * diagonal[:, :, None] * tf.eye(size), (-1, size**2)))
        return [*parts[:split], *whole]

    def _product_levels(self, matrices: list[tf.Tensor]) -> list[tf.Tensor]:
        """The tree of both directions at once: [time, directions * batch, size, size] at its foot."""
        size = self.config.matrix_size
        together = tf.concat(matrices, 1)
        return product_levels(tf.reshape(together, (together.shape[0], -1, size, size)))

    def _flat(self, products: tf.Tensor) -> tf.Tensor:
        return tf.reshape(products, (*products.shape[:-3], -1, self.config.matrix_size**2))


def _start(shape: tuple[int, int], dtype: str, config: CMOWConfig) -> tf.Tensor:
    """Rows of tokens before training."""
    matrix = _factor_deviation(config.rank) if config.rank else DEVIATION
    deviations = [*[DEVIATION] * (config.vector_size > 0), *[matrix] * config.directions]
    return keras.random.normal(shape, dtype=dtype) * np.repeat(deviations, config.widths).astype(dtype)


def _factor_deviation(rank: int) -> float:
    """Of the factors of a matrix of low rank, whose products then have DEVIATION."""
    return math.sqrt(DEVIATION / math.sqrt(rank))
