"""The student of word prediction: an encoder, and a head that is left behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import keras
import tensorflow as tf

from edgenlp.interfaces import Lesson
from edgenlp.training.output_vocabulary import OutputVocabulary
from edgenlp.training.pretrain_rows import HIDDEN
from edgenlp.training.recipe import Pretraining
from edgenlp.training.run import Run
from edgenlp.training.student import Student, Tensors, example_inputs

PLACES_AT_ONCE: Final = 128
"""Places are padded to a multiple of this: the losses are compiled once for each number of them."""

_EPSILON: Final = 1e-6


class WordHead(keras.layers.Layer):
    """Vectors of pieces to scores of all pieces: a bottleneck, GELU, layer normalisation, and a table of its own.

    The table is not the encoder's, which may hold anything: Chung et al. 2021 ("Rethinking embedding coupling") find
    that tying them brings nothing.

    Args:
        pieces: of the vocabulary.
        settings: width and type.
    """

    def __init__(self, pieces: int, settings: Pretraining) -> None:
        # its bfloat16 is its own affair: Keras would turn it back
        super().__init__(name="word_prediction", autocast=False)
        self._pieces = pieces
        self._width = settings.width
        self._product_dtype = tf.as_dtype(settings.dtype)

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights for vectors of this shape."""
        width = self._width
        self.kernel = self.add_weight(shape=(shape[-1], width), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")
        self.scale = self.add_weight(shape=(width,), initializer="ones", name="scale")
        self.offset = self.add_weight(shape=(width,), initializer="zeros", name="offset")
        start = keras.initializers.RandomNormal(stddev=width**-0.5)
        self.table = self.add_weight(shape=(width, self._pieces), initializer=start, name="table")

    def call(self, vectors: tf.Tensor, training: bool = False) -> tf.Tensor:
        """float32 [places, width] to [places, pieces], in training of the settings' type and else float32."""
        states = tf.nn.gelu(tf.matmul(vectors, self.kernel) + self.bias)
        mean, variance = tf.nn.moments(states, -1, keepdims=True)
        states = (states - mean) * tf.math.rsqrt(variance + _EPSILON) * self.scale + self.offset
        dtype = self._product_dtype if training else tf.float32
        return tf.matmul(tf.cast(states, dtype), tf.cast(self.table.value, dtype))


class WordStudent(Student):
    """Texts with hidden pieces to scores of the vocabulary, at the places that are asked for alone.

    Scoring 30,000 pieces is most of the cost of a step, so it is done where something is learnt: at hidden pieces, and
    with teachers at as many others as the recipe says, each of which stands for several.
    """

    def __init__(self, encoder: keras.layers.Layer, head: WordHead, settings: Pretraining) -> None:
        super().__init__(encoder, head)
        share = settings.scored_of_shown
        self._stands_for = 1 / share if share else 0.0

    def lesson(self, inputs: Sequence[Tensors], targets: Tensors, taught: Sequence[Tensors]) -> Lesson:
        """A lesson of the places that are scored, one after the other; see `Lesson`.

        Args:
            inputs: the featurizer's arrays.
            targets: `words` and `state`, [batch, length].
            taught: `vocabulary_logits` and `vocabulary_ids` [batch, length, 64] among others.
        """
        encoded = self.encode(inputs, training=True)
        places, counts = _padded(tf.where(targets["state"] > 0))
        hidden = tf.gather_nd(targets["state"], places) == HIDDEN
        of_places = {
            "words": tf.gather_nd(targets["words"], places),
            "row": tf.cast(places[:, 0], tf.int32),
            "hidden": tf.where(hidden, counts, 0.0),
            "stands_for": tf.where(hidden, counts, counts * self._stands_for),
        }
        answers = [
            {
                what: tf.gather_nd(array, places) if what.startswith("vocabulary") else array
                for what, array in answer.items()
            }
            for answer in taught
        ]
        scores = self.head(tf.gather_nd(encoded["tokens"], places), training=True)
        return Lesson({"vocabulary": scores}, encoded, of_places, answers, self.head)

    def guess(self, inputs: Sequence[Tensors], targets: Tensors) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """What the student makes of the hidden pieces.

        Returns:
            For each its row, int64; minus the logarithm of its probability, float32; and whether it was the most
            probable one, bool.
        """
        places = tf.where(targets["state"] == HIDDEN)
        words = tf.gather_nd(targets["words"], places)
        scores = self.head(tf.gather_nd(self.encode(inputs, training=False)["tokens"], places), training=False)
        right = tf.argmax(scores, -1, words.dtype) == words
        return places[:, 0], tf.nn.sparse_softmax_cross_entropy_with_logits(words, scores), right

    def call(self, inputs: Sequence[Tensors], training: bool = False) -> Any:
        """Scores at every piece, [pieces of all texts, vocabulary]."""
        encoded = self.encode(inputs, training)
        return {"vocabulary": self.head(tf.boolean_mask(encoded["tokens"], encoded["mask"] > 0), training=training)}


def _padded(places: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Places filled up to a round number, with the first row's first piece, and whether they count, 1 or 0."""
    count = tf.shape(places)[0]
    padding = -count % PLACES_AT_ONCE
    return tf.pad(places, ((0, padding), (0, 0))), tf.pad(tf.ones((count,)), ((0, padding),))


def new_word_student(run: Run, vocabulary: OutputVocabulary) -> WordStudent:
    """A student with fresh weights, drawn from the recipe's seed.

    Args:
        run: its recipe and its encoder.
        vocabulary: what it is asked for.
    """
    settings, featurizer = run.recipe.pretraining, run.featurizer()
    assert settings is not None
    keras.utils.set_random_seed(run.recipe.seed)
    with run.reading("encoder"):
        encoder = run.encoder.network(run.encoder_config, run.encoder_assets)
    student = WordStudent(encoder, WordHead(len(vocabulary.pieces), settings), settings)
    example = example_inputs(featurizer)
    student((example,))
    student.width = student.encoder(example)["pooled"].shape[-1]
    return student
