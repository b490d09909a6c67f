"""Rows of an embedding table: Keras copies the whole table for each batch, and casts it to the type of activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf


def use_lookup(backbone: Any) -> None:
    """Let the embedding layers of a model, which is built, read the rows that they are asked for and nothing else."""
    # Keras has no public way to a layer's parts
    for layer in backbone._flatten_layers():
        if isinstance(layer, keras.layers.Embedding):
            layer.call = _lookup(layer.embeddings.value, layer.compute_dtype)


def _lookup(table: tf.Variable, dtype: str) -> Callable[[tf.Tensor], tf.Tensor]:
    def call(inputs: tf.Tensor) -> tf.Tensor:
        """Int32 of any shape to rows, [*shape, width]."""
        return tf.cast(tf.gather(table, inputs), dtype)

    return call
