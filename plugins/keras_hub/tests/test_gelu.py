"""GELU in one pass, against Keras' own."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import tensorflow as tf

pytest.importorskip("keras_hub")

from keras_hub import models

from edgenlp_keras_hub.gelu import exact_gelu, gelu
from edgenlp_keras_hub.pretrained import hidden_states, policy

VALUES = np.linspace(-12, 12, 4800, dtype=np.float32).reshape(3, -1)


@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float32, 1e-5), (tf.bfloat16, 2**-8)])
@pytest.mark.parametrize(("activation", "approximate"), [(exact_gelu, False), (gelu, True)])
def test_values_and_slopes_are_those_of_keras(dtype, tolerance, activation, approximate):
    rounded = tf.cast(VALUES, dtype)
    exact = tf.cast(rounded, tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([rounded, exact])
        ours, theirs = activation(rounded), keras.activations.gelu(exact, approximate=approximate)
        weighed = [tf.reduce_sum(values * tf.cast(VALUES, values.dtype)) for values in (ours, theirs)]
    assert ours.dtype == dtype
    np.testing.assert_allclose(tf.cast(ours, tf.float64), theirs, rtol=tolerance, atol=tolerance)
    slopes = tape.gradient(weighed[0], rounded), tape.gradient(weighed[1], exact)
    np.testing.assert_allclose(tf.cast(slopes[0], tf.float64), slopes[1], rtol=3 * tolerance, atol=3 * tolerance)


def backbone(kind=models.BertBackbone, dtype="float32"):
    keras.utils.set_random_seed(1)
    return kind(50, 2, 2, 16, 32, max_sequence_length=16, dtype=policy(dtype))


def test_a_model_says_the_same_with_it():
    whole, own = backbone(), backbone()
    ids = np.random.default_rng(1).integers(1, 50, (4, 12))
    inputs = {"token_ids": ids, "segment_ids": np.zeros_like(ids), "padding_mask": np.ones_like(ids)}
    expected = whole(inputs)["sequence_output"]
    np.testing.assert_allclose(hidden_states(own)(inputs), expected, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize(("kind", "kept"), [(models.BertBackbone, gelu), (models.RobertaBackbone, exact_gelu)])
def test_every_inner_layer_has_it_and_no_other_does(kind, kept, dtype):
    model = backbone(kind, dtype)
    hidden_states(model)
    dense = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in dense if layer.activation is kept] == [32, 32]
    assert len(dense) > 2
