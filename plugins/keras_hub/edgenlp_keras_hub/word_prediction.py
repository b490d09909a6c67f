"""The word-prediction head of a model of the BERT family: which subword stands, or could stand, in each place.

Its output matrix is the embedding table (Devlin et al. 2019; Press and Wolf 2017). A folder in Hugging Face's form
holds it among the model's weights; one that `train_word_prediction` wrote, in a file beside them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from edgenlp.artifact.files import open_atomically
from edgenlp.data.pretrained import quoted
from edgenlp.errors import RecipeError
from edgenlp_keras_hub.folder import architecture
from edgenlp_keras_hub.tensors import check_finite, tensor_files

_BERT: Final = "cls.predictions."
_TENSORS: Final = {
    "bert": (
        f"{_BERT}transform.dense.weight",
        f"{_BERT}transform.dense.bias",
        f"{_BERT}transform.LayerNorm.weight",
        f"{_BERT}transform.LayerNorm.bias",
        f"{_BERT}bias",
    ),
    "distilbert": (
        "vocab_transform.weight",
        "vocab_transform.bias",
        "vocab_layer_norm.weight",
        "vocab_layer_norm.bias",
        "vocab_projector.bias",
    ),
}
"""What Hugging Face calls the head's tensors, in the order of the layer's weights."""

_EARLY_NAMES: Final = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
FILE: Final = "word_prediction.npz"


class WordPrediction(keras.layers.Layer):
    """Hidden states to logits over the vocabulary: a dense layer, normalisation, and the embedding table."""

    def __init__(self, width: int, vocabulary: int, epsilon: float = 1e-12) -> None:
        super().__init__(name="word_prediction")
        self.kernel = self.add_weight(shape=(width, width), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")
        self.scale = self.add_weight(shape=(width,), initializer="ones", name="scale")
        self.offset = self.add_weight(shape=(width,), initializer="zeros", name="offset")
        self.output_bias = self.add_weight(shape=(vocabulary,), initializer="zeros", name="output_bias")
        self._epsilon = epsilon
        self.built = True

    def call(self, hidden: tf.Tensor, embeddings: tf.Tensor) -> tf.Tensor:
        """float32 [positions, width] and [vocabulary, width] to [positions, vocabulary]."""
        states = tf.nn.gelu(tf.matmul(hidden, self.kernel) + self.bias)
        mean, variance = tf.nn.moments(states, -1, keepdims=True)
        states = (states - mean) * tf.math.rsqrt(variance + self._epsilon) * self.scale + self.offset
        return tf.matmul(states, embeddings, transpose_b=True) + self.output_bias


def has_word_prediction(folder: Path) -> bool:
    """Whether the model's folder holds the head."""
    wanted = _TENSORS.get(architecture(folder))
    return (folder / FILE).is_file() or (wanted is not None and wanted[-1] in tensor_files(folder))


def read_word_prediction(folder: Path, width: int, vocabulary: int) -> WordPrediction:
    """The head that the model's folder holds.

    Args:
        folder: of the model; `has_word_prediction` is true of it.
        width: of the model's hidden states.
        vocabulary: rows of its embedding table.

    Raises:
        RecipeError: it is damaged, or another model's.
    """
    head = WordPrediction(width, vocabulary)
    try:
        weights = _trained(folder) if (folder / FILE).is_file() else _pretrained(folder)
        check_finite(folder, weights)
        head.set_weights(weights)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise RecipeError(
            f"the word-prediction head in {folder} does not fit its model ({quoted(error)}): fetch it again"
        ) from error
    return head


def write_word_prediction(folder: Path, head: WordPrediction) -> None:
    """Lay the head beside a model's weights."""
    with open_atomically(folder / FILE) as file:
        np.savez(file, allow_pickle=False, **{f"weight_{n}": weight.numpy() for n, weight in enumerate(head.weights)})


def _trained(folder: Path) -> list[NDArray[np.float32]]:
    with np.load(folder / FILE) as arrays:
        return [arrays[f"weight_{number}"] for number in range(len(arrays))]


def _pretrained(folder: Path) -> list[NDArray[np.float32]]:
    files = tensor_files(folder)
    values = []
    for name in _TENSORS[architecture(folder)]:
        early = next((name.replace(new, old) for new, old in _EARLY_NAMES.items() if name.endswith(new)), name)
        present = name if name in files else early
        with safe_open(files[present], framework="np") as tensors:
            values.append(tensors.get_tensor(present).astype(np.float32))
    kernel, *others = values
    return [kernel.T, *others]
