"""The rows of an embedding table that a batch reads, and nothing else of it."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import tensorflow as tf

pytest.importorskip("keras_hub")

from keras_hub import models

from edgenlp_keras_hub.network import PretrainedNetwork, run
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
