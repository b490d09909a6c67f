"""KerasHub's layers with fewer passes over memory, which is what a small model's training on a CPU waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from edgenlp.layers import dropout
from edgenlp_keras_hub.gelu import quick_gelu
from edgenlp_keras_hub.normalization import normalized

Call = Callable[..., tf.Tensor]


def quicken(backbone: Any) -> None:
    """Let the layers of a model, which is built, compute as here: the same results but for rounding."""
    # Keras has no public way to a layer's parts
    for layer in backbone._flatten_layers():
        match layer:
            case keras.layers.Embedding():
                layer.call = _embedding(layer)
            case keras.layers.LayerNormalization(scale=True, center=True, axis=[-1]):
                layer.call = _normalization(layer)
            case keras.layers.Dropout(noise_shape=None) if layer.rate:
                layer.call = _dropout(layer)
            case keras.layers.Dense():
                layer.activation = quick_gelu(layer.activation)


def _embedding(layer: keras.layers.Embedding) -> Call:
    table = layer.embeddings.value

    def call(inputs: tf.Tensor) -> tf.Tensor:
        """The rows that a batch asks for: Keras casts the whole table, and copies it, for each."""
        return tf.cast(tf.gather(table, inputs), layer.compute_dtype)

    return call


def _normalization(layer: keras.layers.LayerNormalization) -> Call:
    def call(inputs: tf.Tensor) -> tf.Tensor:
        """In two passes."""
        scale, shift = (tf.convert_to_tensor(weight.value) for weight in (layer.gamma, layer.beta))
        return tf.cast(normalized(inputs, scale, shift, tf.constant(layer.epsilon)), layer.compute_dtype)

    return call


def _dropout(layer: keras.layers.Dropout) -> Call:
    def call(inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Drawn from a byte for each value."""
        return dropout(inputs, layer.rate, layer.seed_generator, training)

    return call
