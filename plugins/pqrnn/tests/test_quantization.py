import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from edgenlp_pqrnn import PQRNNEncoder  # noqa: E402
from edgenlp_pqrnn.config import PQRNNConfig  # noqa: E402
from edgenlp_pqrnn.quantization import rounded, rounded_gates, rounded_weights  # noqa: E402

RNG = np.random.default_rng(4)


def gradient(function, values):
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = tf.reduce_sum(function(values) * 3.0)
    return tape.gradient(total, values).numpy()


def test_weights_have_127_values_an_output_and_pass_gradients():
    kernel = tf.constant(RNG.normal(size=(40, 4 * 3)) * np.tile([1.0, 10.0, 0.1], 4), tf.float32)
    found = rounded_weights(kernel, 3, taps=2).numpy().reshape(40, 2, 2, 3)
    exact = kernel.numpy().reshape(40, 2, 2, 3)
    steps = np.abs(exact).max((0, 2), keepdims=True) / 63
    np.testing.assert_allclose(found / steps, np.rint(found / steps), atol=1e-3)
    assert (np.abs(found - exact) <= 0.501 * steps).all()
    # the columns of one output share a step, those of the other direction have their own
    assert len(np.unique(np.rint(found / steps))) > 60
    np.testing.assert_array_equal(gradient(lambda weights: rounded_weights(weights, 3, taps=2), kernel), 3.0)


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
@pytest.mark.parametrize("symmetric", [False, True])
def test_values_keep_zero_and_pass_gradients(symmetric, dtype):
    values = tf.cast(np.append(RNG.normal(2, 1, 500), 0), dtype)
    found = rounded(values, symmetric)
    assert found.dtype == dtype
    assert found[-1] == 0
    wide = tf.cast(values, tf.float32).numpy()
    step = wide.max() / 127 if symmetric else np.ptp(wide) / 255
    error = np.abs(tf.cast(found, tf.float32).numpy() - wide)
    assert error.max() <= 0.501 * step + (0 if dtype == tf.float32 else 2**-8 * np.abs(wide).max())
    np.testing.assert_array_equal(gradient(lambda some: tf.cast(rounded(some, symmetric), tf.float32), values), 3.0)


def test_gates_are_told_apart_up_to_eight():
    gates = tf.constant([-20.0, -8.0, -0.01, 0.0, 0.05, 7.99, 100.0])
    np.testing.assert_allclose(rounded_gates(gates), [-8, -8, 0, 0, 8 / 127, 8, 8], atol=1e-6)


@pytest.mark.parametrize("values", [np.zeros(3), np.full(3, -2.0), np.full(3, 2.0)])
def test_values_all_alike_survive(values):
    np.testing.assert_allclose(rounded(tf.constant(values, tf.float32)), values, rtol=1e-5)


@pytest.fixture
def networks():
    """The same network, of which training feels int8 and does not; without chance."""
    quiet = dict.fromkeys(("input_dropout", "hidden_dropout", "output_dropout", "word_dropout", "token_dropout"), 0.0)
    made = {}
    for aware in (False, True):
        config = PQRNNConfig(
            word_features=32,
            ngram_features=32,
            bottleneck=16,
            state_size=8,
            layers=2,
            training_dtype="float32",
            quantization_aware=aware,
            **quiet,
        )
        keras.utils.set_random_seed(1)
        made[aware] = PQRNNEncoder().network(config, {})
    featurizer = PQRNNEncoder().featurizer(config, {})
    texts = [featurizer.tokenize(text, 16) for text in ("wake me up at 7pm", "hi", "क्या कल बारिश होगी")]
    return made, {name: tf.constant(array) for name, array in featurizer.batch(texts, 8).items()}


def test_training_feels_int8_a_little_and_prediction_does_not(networks):
    made, batch = networks
    exact, aware = (made[aware](batch, training=True)["tokens"].numpy() for aware in (False, True))
    error = np.abs(exact - aware).max()
    assert 1e-4 < error < 0.1 * np.ptp(exact)
    # training moved the normalisation's averages in both alike, up to that error
    exact, aware = (made[aware](batch, training=False)["tokens"].numpy() for aware in (False, True))
    np.testing.assert_allclose(exact, aware, atol=0.02)


def test_an_aware_network_has_the_same_weights_and_learns_them_all(networks):
    """So that training can go on from a run that was not aware."""
    made, batch = networks
    assert [weight.shape for weight in made[True].weights] == [weight.shape for weight in made[False].weights]
    network = made[True]
    with tf.GradientTape() as tape:
        encoded = network(batch, training=True)
        loss = tf.reduce_sum(tf.square(encoded["pooled"] - 1)) + tf.reduce_sum(tf.square(encoded["tokens"] - 1))
    for weight, slope in zip(network.trainable_weights, tape.gradient(loss, network.trainable_weights), strict=True):
        assert np.isfinite(slope).all()
        assert np.any(slope), weight.path
