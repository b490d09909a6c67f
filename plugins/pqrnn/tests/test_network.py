import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from edgenlp.layers import keep_mask  # noqa: E402
from edgenlp_pqrnn import PQRNNEncoder  # noqa: E402
from edgenlp_pqrnn.config import PQRNNConfig  # noqa: E402
from edgenlp_pqrnn.layers import EPSILON  # noqa: E402
from edgenlp_pqrnn.qrnn import BidirectionalQRNN, Noise, normalise_and_pool  # noqa: E402
from edgenlp_pqrnn.quantization import rounded_gates  # noqa: E402

TEXTS = ["wake me up at 7pm", "hi", "set a timer for the pasta and play", "क्या कल बारिश होगी"]


def small(**settings):
    values = {"word_features": 32, "ngram_features": 32, "bottleneck": 16, "state_size": 8, "layers": 2, **settings}
    return PQRNNConfig(**values)


@pytest.fixture(params=[16, 12], ids=["residual", "widening"])
def parts(request):
    """A featurizer and a network whose normalisation is as after training."""
    keras.utils.set_random_seed(1)
    config = small(bottleneck=request.param)
    encoder = PQRNNEncoder()
    featurizer, network = encoder.featurizer(config, {}), encoder.network(config, {})
    rng = np.random.default_rng(2)
    network(tensors(featurizer.inputs(featurizer.tokenize("hi", 8), 8)))
    for weight in network.weights:
        kind = weight.path.rsplit("/", 1)[-1]
        if kind in ("mean", "offset"):
            weight.assign(0.3 * rng.normal(size=weight.shape))
        elif kind in ("variance", "scale"):
            weight.assign(1 + rng.random(weight.shape))
    return featurizer, network


def tensors(arrays):
    return {name: tf.constant(array) for name, array in arrays.items()}


@pytest.mark.parametrize("length", [8, 9, 16])
def test_devices_and_training_compute_the_same_and_padding_changes_nothing(parts, length):
    featurizer, network = parts
    tokens = [featurizer.tokenize(text, 16) for text in TEXTS]
    together = network(tensors(featurizer.batch(tokens, 12)))
    for row, text in enumerate(tokens):
        alone = network(tensors(featurizer.inputs(text, length)))
        count = len(text)
        np.testing.assert_allclose(alone["tokens"][0, :count], together["tokens"][row, :count], atol=2e-6)
        np.testing.assert_allclose(alone["pooled"][0], together["pooled"][row], atol=2e-6)
        assert not np.any(together["tokens"][row, count:])
        assert together["mask"][row].numpy().tolist() == [1.0] * count + [0.0] * (12 - count)


def test_a_text_without_tokens_is_all_zeros(parts):
    featurizer, network = parts
    encoded = network(tensors(featurizer.inputs(featurizer.tokenize("", 8), 8)))
    assert not any(np.any(encoded[name]) for name in ("tokens", "pooled", "mask"))


def plainly(product, states, mask, scale, offset, noise, residual, in_steps=False):
    """The layer's elementwise part as it stands in the paper, one time step after the other."""
    present, past, present_back, following = tf.split(product, 4, 2)
    nothing = tf.zeros_like(past[:1])
    gates = tf.concat(
        [present + tf.concat([nothing, past[:-1]], 0), present_back + tf.concat([following[1:], nothing], 0)], 2
    )
    total = tf.reduce_sum(mask)
    mean = tf.reduce_sum(gates * mask, (0, 1)) / total
    variance = tf.reduce_sum(tf.square(gates - mean) * mask, (0, 1)) / total
    gates = (gates - mean) / tf.sqrt(variance + EPSILON) * scale + offset
    if in_steps:
        gates += tf.stop_gradient(rounded_gates(gates) - gates)
    hidden = []
    for half, admitted, order in zip(tf.split(gates, 2, 2), tf.split(noise.admitted, 2, 2), (1, -1), strict=True):
        update, forget, output = (gate[::order] for gate in tf.split(half, 3, 2))
        here, open_cells = mask[::order], tf.cast(admitted[::order], tf.float32)
        cell = tf.zeros_like(update[0])
        found = []
        for time in range(product.shape[0]):
            entering = (1 - tf.sigmoid(forget[time])) * here[time] * open_cells[time]
            cell = (1 - entering) * cell + entering * tf.tanh(update[time])
            found.append(tf.sigmoid(output[time]) * cell)
        hidden.append(tf.stack(found)[::order])
    hidden = tf.concat(hidden, 2) + (states if residual else 0)
    return hidden * tf.cast(noise.kept, tf.float32) * mask, mean, variance


@pytest.mark.parametrize("in_steps", [False, True])
@pytest.mark.parametrize("residual", [True, False])
def test_the_hand_written_gradient_is_that_of_the_plain_formula(residual, in_steps):
    time, batch, state = 5, 3, 4
    rng = np.random.default_rng(0)
    mask = np.ones((time, batch, 1), np.float32)
    mask[3:, 1] = mask[1:, 2] = 0
    noise = Noise(
        tf.constant(rng.random((time, batch, 2 * state)) < 0.8),
        tf.constant((rng.random((time, batch, 2 * state)) < 0.8) * 1.25, tf.bfloat16),
    )
    inputs = [
        tf.constant(rng.normal(size=shape), tf.float32)
        for shape in ((time, batch, 12 * state), (time, batch, 2 * state), (6 * state,), (6 * state,))
    ]
    upstream = tf.constant(rng.normal(size=(time, batch, 2 * state)), tf.float32)

    def both(function):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            product, states, scale, offset = inputs
            outputs = function(product, states, scale, offset)
        gradients = tape.gradient(outputs[0], inputs, upstream, tf.UnconnectedGradients.ZERO)
        return [*outputs, *gradients]

    expected = both(lambda p, s, a, b: plainly(p, s, mask, a, b, noise, residual, in_steps))
    found = both(lambda p, s, a, b: normalise_and_pool(p, s, tf.constant(mask), a, b, noise, residual, in_steps))
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_products_of_training_have_its_dtype(dtype):
    """Keras casts what a layer is given to float32, unless it is told not to."""
    layer = BidirectionalQRNN(8, 4, rate=0.1, zoneout=0.0, name="layer")
    states = tf.cast(tf.random.normal((3, 2, 8)), dtype)
    found = layer(states, tf.ones((3, 2, 1)), training=True)
    assert found.dtype == dtype


def test_training_learns_and_tracks_what_inference_needs(parts):
    featurizer, network = parts
    tokens = [featurizer.tokenize(text, 16) for text in TEXTS]
    batch = tensors(featurizer.batch(tokens, 12))
    before = [weight.numpy() for weight in network.non_trainable_weights]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(network(batch, training=True)["pooled"]))
    gradients = tape.gradient(loss, network.trainable_weights)
    assert all(np.all(np.isfinite(gradient)) and np.any(gradient) for gradient in gradients)
    assert any(np.any(old != new.numpy()) for old, new in zip(before, network.non_trainable_weights, strict=True))


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5])
def test_dropout_keeps_its_share_and_makes_up_for_the_rest(rate):
    kept, scale = keep_mask((100, 1000), rate, keras.random.SeedGenerator(3))
    share = float(tf.reduce_mean(tf.cast(kept, tf.float32)))
    assert abs(share - (1 - rate)) < 0.01
    assert abs(share * scale - 1) < 0.01
