"""AdamW against the formula in plain numpy, for whole gradients and for those of a table's rows."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from edgenlp.training.optimizer import AdamW, mean_gradient  # noqa: E402
from edgenlp.training.recipe import Training  # noqa: E402

ROWS, WIDTH, RATE = 7, 3, 0.05
SETTINGS = Training(weight_decay=0.1, clip_norm=0.7, average_decay=0.8)


class Plainly:
    """The update, one row of one weight at a time; a row that has no gradient in a step sleeps."""

    def __init__(self, weights):
        self.weights = [np.array(weight, np.float64) for weight in weights]
        self.averages = [weight.copy() for weight in self.weights]
        self.means = [np.zeros_like(weight) for weight in self.weights]
        self.squares = [np.zeros_like(weight) for weight in self.weights]
        self.taken = [np.zeros(len(weight), int) for weight in self.weights]
        self.steps = 0

    def step(self, gradients):
        """`gradients`: for each weight a dict from row to gradient."""
        norm = np.sqrt(sum(np.sum(row**2) for rows in gradients for row in rows.values()))
        clip = min(1, SETTINGS.clip_norm / norm)
        self.steps += 1
        for number, rows in enumerate(gradients):
            weight, mean, square = self.weights[number], self.means[number], self.squares[number]
            for row, gradient in rows.items():
                self.taken[number][row] += 1
                time = self.taken[number][row]
                mean[row] = 0.9 * mean[row] + 0.1 * clip * gradient
                square[row] = 0.99 * square[row] + 0.01 * (clip * gradient) ** 2
                direction = mean[row] / (1 - 0.9**time) / (np.sqrt(square[row] / (1 - 0.99**time)) + 1e-8)
                decay = SETTINGS.weight_decay if weight.ndim > 1 else 0
                weight[row] -= RATE * (direction + decay * weight[row])
            kept = min(SETTINGS.average_decay, self.steps / (9 + self.steps))
            self.averages[number] += (1 - kept) * (weight - self.averages[number])


def variables(seed=0):
    rng = np.random.default_rng(seed)
    return [tf.Variable(rng.normal(size=shape), dtype=tf.float32) for shape in ((ROWS, WIDTH), (4, 2), (5,))]


def sliced(rows, gradients):
    return tf.IndexedSlices(tf.constant(gradients, tf.float32), tf.constant(rows, tf.int32), tf.constant([ROWS, WIDTH]))


def by_row(rows, gradients):
    summed = {}
    for row, gradient in zip(rows, gradients, strict=True):
        summed[row] = summed.get(row, 0) + np.asarray(gradient, np.float64)
    return summed


def a_step(rng, rows):
    """A gradient for some rows of the first weight (a number may come twice), and whole ones for the others."""
    gradients = [rng.normal(size=(len(rows), WIDTH)), rng.normal(size=(4, 2)), rng.normal(size=5)]
    given = [sliced(rows, gradients[0]), *(tf.constant(part, tf.float32) for part in gradients[1:])]
    return given, [by_row(rows, gradients[0]), *(dict(enumerate(part)) for part in gradients[1:])]


def close(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)


# row 6 wakes late, row 5 never; row 0 sleeps long and wakes again
USED = [[0, 1], [1, 2, 1], [3], [1, 4], [2, 2, 2], [6, 1], [3, 4], [1], [6], [0, 0, 3], [1, 2]] * 2


def test_rows_move_as_the_formula_says_however_long_they_sleep():
    weights = variables()
    optimizer, plainly = AdamW(weights, SETTINGS), Plainly([weight.numpy() for weight in weights])
    rng = np.random.default_rng(1)
    for rows in USED:
        given, plain = a_step(rng, rows)
        optimizer.apply(given, tf.constant(RATE))
        plainly.step(plain)
        close(weights, plainly.weights)
        close(optimizer.averages, plainly.averages)


def test_a_row_that_no_batch_uses_is_not_written():
    weights = variables()
    before = weights[0].numpy()
    optimizer = AdamW(weights, SETTINGS)
    rng = np.random.default_rng(1)
    for rows in USED:
        optimizer.apply(a_step(rng, rows)[0], tf.constant(RATE))
    assert weights[0].numpy()[5].tobytes() == before[5].tobytes()
    assert optimizer.averages[0].numpy()[5].tobytes() == before[5].tobytes()


def test_all_rows_in_each_step_are_a_whole_gradient():
    rng = np.random.default_rng(2)
    one, other = variables(), variables()
    by_rows, whole = AdamW(one, SETTINGS), AdamW(other, SETTINGS)
    for _ in range(5):
        order = rng.permutation(ROWS)
        gradient = rng.normal(size=(ROWS, WIDTH))
        rest = [tf.zeros((4, 2)), tf.zeros(5)]
        by_rows.apply([sliced(order, gradient[order]), *rest], tf.constant(RATE))
        whole.apply([tf.constant(gradient, tf.float32), *rest], tf.constant(RATE))
        close(one, other)
        close(by_rows.averages, whole.averages)


def test_biases_and_scales_do_not_decay_whatever_their_shape():
    import keras

    attention = keras.layers.MultiHeadAttention(num_heads=2, key_dim=2)
    attention.build((1, 3, 4), (1, 3, 4))
    weights = [weight.value for weight in attention.trainable_variables]
    for weight in weights:
        weight.assign(tf.ones_like(weight))
    optimizer = AdamW(weights, SETTINGS)
    optimizer.apply([tf.zeros_like(weight) for weight in weights], tf.constant(RATE))
    names = [weight.path.rpartition("/")[2] for weight in attention.trainable_variables]
    assert {name: bool(tf.reduce_all(weight == 1)) for name, weight in zip(names, weights, strict=True)} == {
        "kernel": False,
        "bias": True,
    }
    assert max(len(weight.shape) for name, weight in zip(names, weights, strict=True) if name == "bias") == 2


def test_a_restored_state_goes_on_to_the_same_bytes():
    def run(optimizer, rng, steps):
        for rows in steps:
            optimizer.apply(a_step(rng, rows)[0], tf.constant(RATE))

    weights, rng = variables(), np.random.default_rng(3)
    optimizer = AdamW(weights, SETTINGS)
    run(optimizer, rng, USED[:6])
    assert len(optimizer.averages) == len(weights)  # looking changes nothing
    again = variables(seed=9)
    restored = AdamW(again, SETTINGS)
    for old, new in zip([*weights, *optimizer.variables], [*again, *restored.variables], strict=True):
        new.assign(old)
    state = rng.bit_generator.state
    run(optimizer, rng, USED[6:])
    rng.bit_generator.state = state
    run(restored, rng, USED[6:])
    for one, other in zip([*weights, *optimizer.averages], [*again, *restored.averages], strict=True):
        assert one.numpy().tobytes() == other.numpy().tobytes()


def test_shards_gradients_are_averaged_and_rows_stay_rows():
    first, second = sliced([1, 2], np.ones((2, WIDTH))), sliced([2, 0], np.full((2, WIDTH), 3.0))
    mean = mean_gradient([first, second], tf.constant(2.0))
    assert isinstance(mean, tf.IndexedSlices)
    np.testing.assert_allclose(tf.convert_to_tensor(mean)[:3, 0], [1.5, 0.5, 2.0])
    np.testing.assert_allclose(mean_gradient([tf.constant([2.0]), tf.constant([4.0])], tf.constant(2.0)), [3.0])


def test_without_an_average_the_weights_themselves_are_kept():
    weights = variables()
    optimizer = AdamW(weights, SETTINGS.model_copy(update={"average_decay": 0.0}))
    rng = np.random.default_rng(1)
    for rows in USED[:6]:
        optimizer.apply(a_step(rng, rows)[0], tf.constant(RATE))
    close(optimizer.averages, weights)
