"""KerasHub's layers with fewer passes over memory: the same results."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import tensorflow as tf

pytest.importorskip("keras_hub")

from keras_hub import models

from edgenlp_keras_hub.network import PretrainedNetwork, run
from edgenlp_keras_hub.normalization import normalized
from edgenlp_keras_hub.pretrained import policy

ROWS = 50


@pytest.fixture(params=[(models.BertBackbone, "float32"), (models.RobertaBackbone, "bfloat16")])
def backbone(request):
    kind, dtype = request.param
    keras.utils.set_random_seed(1)
    return kind(ROWS, 2, 2, 16, 32, max_sequence_length=16, dtype=policy(dtype))


IDS = tf.constant(np.random.default_rng(1).integers(2, ROWS, (4, 12)), tf.int32)
COUNT = tf.constant([12, 3, 7, 12])


def test_hidden_states_are_those_of_kerashub(backbone):
    whole = keras.Model(backbone.input, backbone.output)
    if isinstance(whole.output, dict):
        whole = keras.Model(backbone.input, backbone.output["sequence_output"])
    expected = run(whole, IDS, COUNT)
    ours = run(PretrainedNetwork(backbone, 0, 16).body, IDS, COUNT)
    said = tf.sequence_mask(COUNT, 12)
    np.testing.assert_allclose(ours[said], expected[said], atol=0.05 if backbone.compute_dtype == "bfloat16" else 1e-5)


def test_a_step_reads_rows_and_its_gradient_has_rows(backbone):
    network = PretrainedNetwork(backbone, 0, 16)
    table = backbone.token_embedding.embeddings.value
    gradients = []

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(run(network.body, IDS, COUNT, training=True)))
        gradients.append(tape.gradient(loss, table))
        return gradients[0].values

    graph = step.get_concrete_function().graph
    functions = [graph, *graph._functions.values()]
    operations = [node for function in functions for node in getattr(function, "graph", function).get_operations()]
    assert isinstance(gradients[0], tf.IndexedSlices)
    assert any(node.type == "ResourceGather" for node in operations)
    assert not [node for node in operations if node.type == "ReadVariableOp" and node.outputs[0].shape == table.shape]


@pytest.mark.parametrize(("dtype", "tolerance"), [(tf.float32, 1e-5), (tf.bfloat16, 0.03)])
def test_normalization_and_its_slopes_are_those_of_keras(dtype, tolerance):
    rng = np.random.default_rng(1)
    values = tf.cast(rng.normal(3, 2, (4, 6, 16)), dtype)
    upstream, scale, shift = (tf.constant(rng.normal(size=shape), tf.float32) for shape in ((4, 6, 16), 16, 16))
    layer = keras.layers.LayerNormalization(epsilon=1e-3, dtype="float64")
    layer.build(values.shape)
    layer.set_weights([scale, shift])
    exact, theirs = tf.cast(values, tf.float64), [weight.value for weight in layer.weights]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([values, scale, shift, exact])
        ours, expected = normalized(values, scale, shift, tf.constant(1e-3)), layer(exact)
        losses = [
            tf.reduce_sum(tf.cast(answer, tf.float64) * tf.cast(upstream, tf.float64)) for answer in (ours, expected)
        ]
    assert ours.dtype == dtype
    slopes = tape.gradient(losses[0], [values, scale, shift]), tape.gradient(losses[1], [exact, *theirs])
    for own, other in zip((ours, *slopes[0]), (expected, *slopes[1]), strict=True):
        np.testing.assert_allclose(tf.cast(own, tf.float64), other, rtol=tolerance, atol=tolerance)


def test_a_model_drops_what_it_was_told_to_and_only_in_training(backbone):
    network = PretrainedNetwork(backbone, 0, 16)
    still, moved = (tf.reduce_mean(run(network.body, IDS, COUNT, training=training)) for training in (False, True))
    assert still == tf.reduce_mean(run(network.body, IDS, COUNT))
    assert still != moved
    layers = [layer for layer in backbone._flatten_layers() if isinstance(layer, keras.layers.Dropout) and layer.rate]
    assert layers
    for layer in layers:
        kept = tf.cast(layer(tf.ones((100, 100)), training=True), tf.float32)
        assert np.mean(kept == 0) == pytest.approx(layer.rate, abs=0.02)
        assert np.mean(kept) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("training", [False, True])
def test_a_model_that_drops_nothing_is_quick_too(training):
    model = models.BertBackbone(ROWS, 2, 2, 16, 32, dropout=0.0, max_sequence_length=16)
    expected = run(keras.Model(model.input, model.output["sequence_output"]), IDS, COUNT)
    np.testing.assert_allclose(run(PretrainedNetwork(model, 0, 16).body, IDS, COUNT, training), expected, atol=1e-5)
