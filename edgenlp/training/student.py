"""The student: an encoder's network with a head's on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from edgenlp.errors import PluginError
from edgenlp.interfaces import Assets, Encoder, Featurizer, Lesson, TaskHead, Tokens

Tensors = dict[str, tf.Tensor]


class Student(keras.Model):
    """Text arrays to logits.

    Attributes:
        encoder: the encoder's network, called once for each sequence of an input, or once for a pair.
        head: the head's network.
        width: of the encoder's pooled vector.
    """

    width: int

    def __init__(self, encoder: keras.layers.Layer, head: keras.layers.Layer) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def encode(self, inputs: Sequence[dict[str, tf.Tensor]], training: bool) -> Any:
        """The encoder's result, or one for each sequence of a pair that it does not read together."""
        if len(inputs) == 2 and hasattr(self.encoder, "pair"):
            return self.encoder.pair(*inputs, training=training)
        encoded = [self.encoder(arrays, training=training) for arrays in inputs]
        return encoded[0] if len(encoded) == 1 else tuple(encoded)

    def lesson(self, inputs: Sequence[Tensors], targets: Tensors, taught: Sequence[Tensors]) -> Lesson:
        """What the objectives see of a batch.

        Args:
            inputs: the featurizer's arrays of each sequence.
            targets: the head's, padded.
            taught: what each teacher said.
        """
        encoded = self.encode(inputs, training=True)
        return Lesson(self.head(encoded, training=True), encoded, targets, taught, self.head)

    def call(self, inputs: Sequence[dict[str, tf.Tensor]], training: bool = False) -> dict[str, tf.Tensor]:
        """Logits by name, float32 with a leading batch dimension."""
        logits: dict[str, tf.Tensor] = self.head(self.encode(inputs, training), training=training)
        return logits


def build_student(
    encoder: Encoder,
    encoder_config: object,
    head: TaskHead,
    head_config: object,
    assets: tuple[Assets, Assets],
    featurizer: Featurizer,
    seed: int,
) -> Student:
    """A student with its weights drawn from `seed`.

    Args:
        encoder: its plugin.
        encoder_config: its settings.
        head: its plugin.
        head_config: its settings.
        assets: associated files of the encoder and of the head.
        featurizer: the encoder's, which says what arrays look like.
        seed: of the weights and of everything random within the layers.

    Raises:
        PluginError: the encoder's network does not give what heads read.
    """
    keras.utils.set_random_seed(seed)
    student = Student(encoder.network(encoder_config, assets[0]), head.network(head_config, assets[1]))
    example = example_inputs(featurizer)
    encoded = student.encoder(example)
    _check_encoded(encoder, encoded)
    student.width = encoded["pooled"].shape[-1]
    student((example,) * head.sequences)
    return student


def _check_encoded(encoder: Encoder, encoded: Any) -> None:
    """Raise where a network gives no such vectors as heads read: a head would stumble over it, and be blamed.

    Raises:
        PluginError: naming what is missing, or has another rank.
    """
    ranks = {"tokens": 3, "pooled": 2, "mask": 2}
    found = {name: len(array.shape) for name, array in encoded.items()} if isinstance(encoded, dict) else {}
    for name, rank in ranks.items():
        if found.get(name) != rank:
            has = f"it in {found[name]}" if name in found else "none"
            raise PluginError(
                f"the network of encoder {encoder.name!r} must give {name!r} in {rank} dimensions, and gives {has}: "
                "edgenlp.testing.EncoderConformance tells all that it must keep to"
            )


def example_inputs(featurizer: Featurizer) -> Tensors:
    """An empty text, to build a network with."""
    return {name: tf.constant(array) for name, array in featurizer.inputs(Tokens("", []), 8).items()}
