"""The network against plain loops over the text, as the paper writes them."""

import os
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenlp.errors import RecipeError
from edgenlp_cmow.config import CMOWConfig

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")

from edgenlp_cmow.network import CMOW, DEVIATION  # noqa: E402
from edgenlp_cmow.products import (  # noqa: E402
    prefix_products,
    product_levels,
    running_sums,
    suffix_products,
    whole_product,
)

SIZE, PADDING = 12, 3
IDS = [0, 5, 11, 5, 7, 1, 5]
CONFIGS = {
    "hybrid": CMOWConfig(matrix_size=3, vector_size=4),
    "one direction": CMOWConfig(matrix_size=3, vector_size=4, bidirectional=False),
    "low rank": CMOWConfig(matrix_size=5, vector_size=2, rank=2),
    "matrices alone": CMOWConfig(matrix_size=3, vector_size=0),
    "vectors alone": CMOWConfig(matrix_size=0, vector_size=4),
}


def network(config, seed=0, deviation=0.3):
    """With weights as training may leave them; the row of padding is as wild as the others."""
    made = CMOW(config, SIZE, PADDING)
    made.table.assign(np.random.default_rng(seed).normal(size=made.table.shape) * deviation)
    return made


def device_form(texts, length):
    """One text at a time."""
    for ids in texts:
        yield {"ids": tf.constant([[*ids, *[PADDING] * (length - len(ids))]], tf.int32)}


def training_form(texts, length):
    distinct = sorted({number for ids in texts for number in ids}, reverse=True)
    index = [[distinct.index(number) + 1 for number in ids] + [0] * (length - len(ids)) for ids in texts]
    return {"distinct": tf.constant(distinct, tf.int32), "index": tf.constant(index, tf.int32)}


def encode(made, texts, length, form):
    if form == "training":
        return {name: value.numpy() for name, value in made(training_form(texts, length)).items()}
    alone = [made(inputs) for inputs in device_form(texts, length)]
    return {name: np.concatenate([part[name] for part in alone]) for name in alone[0]}


def plainly(made, ids):
    """`tokens` and `pooled` of one text in float64."""
    config, table = made.config, made.table.numpy().astype(np.float64)
    size, rank = config.matrix_size, config.rank

    def matrix(part):
        if not rank:
            return np.eye(size) + part.reshape(size, size)
        left, right, diagonal = np.split(part, [size * rank, 2 * size * rank])
        scale = DEVIATION / np.sqrt(DEVIATION / np.sqrt(rank))
        return np.eye(size) + left.reshape(size, rank) @ right.reshape(rank, size) + scale * np.diag(diagonal)

    def vec(product):
        return (product - np.eye(size)).ravel()

    rows = [np.split(table[number], np.cumsum(config.widths)[:-1]) for number in ids]
    before, after, pooled = [], [], []
    if config.vector_size:
        vectors = [row.pop(0) for row in rows]
        before.append(list(accumulate(vectors)))
        after.append(list(accumulate(vectors[::-1]))[::-1])
        pooled.append(sum(vectors))
    if size:
        forwards = list(accumulate((matrix(row[0]) for row in rows), np.matmul))
        before.append([vec(product) for product in forwards])
        pooled.append(vec(forwards[-1]))
    if size and config.bidirectional:
        # the table holds B', and the network gives G'
        backwards = list(accumulate((matrix(row[1]).T for row in rows[::-1]), np.matmul))[::-1]
        after.append([vec(product.T) for product in backwards])
        pooled.append(vec(backwards[0].T))
    parts = [*before, *after] if config.bidirectional else before
    return np.array([np.concatenate(token) for token in zip(*parts, strict=True)]), np.concatenate(pooled)


@pytest.mark.parametrize("form", ["training", "devices"])
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_the_network_is_the_plain_loops(config, form):
    made = network(config)
    texts = [IDS[:count] for count in (1, 2, 3, 6, 7)]
    encoded = encode(made, texts, 9, form)
    for row, ids in enumerate(texts):
        tokens, pooled = plainly(made, ids)
        count = len(ids)
        np.testing.assert_allclose(encoded["tokens"][row, :count], tokens, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(encoded["pooled"][row], pooled, rtol=1e-4, atol=1e-5)
        assert not encoded["tokens"][row, count:].any()
        assert encoded["mask"][row].tolist() == [1.0] * count + [0.0] * (9 - count)


def test_a_token_pairs_what_ends_with_it_and_what_begins_with_it():
    """Other words after a token leave its prefix as it is, and other words before it its suffix."""
    made = network(CONFIGS["hybrid"])
    width = 4 + 9
    first, second = [1, 2, 7, 4, 5], [8, 9, 7, 10, 11]
    mixed = encode(made, [first, second, [*first[:3], *second[3:]]], 5, "training")["tokens"]
    np.testing.assert_array_equal(mixed[2, 2, :width], mixed[0, 2, :width])
    np.testing.assert_array_equal(mixed[2, 2, width:], mixed[1, 2, width:])
    assert np.abs(mixed[0, 2] - mixed[1, 2]).min() > 0


def test_order_counts_for_matrices_and_not_for_vectors():
    made = network(CONFIGS["hybrid"])
    there, back = encode(made, [IDS, IDS[::-1]], 7, "training")["pooled"]
    np.testing.assert_allclose(there[:4], back[:4], atol=1e-6)
    assert np.abs(there[4:] - back[4:]).min() > 0


@settings(max_examples=40, deadline=None)
@given(
    ids=st.lists(st.sampled_from([number for number in range(SIZE) if number != PADDING]), min_size=1, max_size=20),
    more=st.integers(1, 30),
    seed=st.integers(0, 2**31),
    deviation=st.sampled_from([0.01, 0.3, 3.0, 100.0]),
    form=st.sampled_from(["training", "devices"]),
)
def test_padding_changes_nothing_whatever_its_row_holds(ids, more, seed, deviation, form):
    made = network(CONFIGS["hybrid"], seed, deviation)
    count = len(ids)
    short, long = (encode(made, [ids], length, form) for length in (count, count + more))
    # matrices to the last bit; sums may be taken in another order
    np.testing.assert_array_equal(short["pooled"][:, 4:], long["pooled"][:, 4:])
    np.testing.assert_allclose(short["pooled"], long["pooled"], rtol=1e-5, atol=1e-5 * deviation)
    np.testing.assert_allclose(short["tokens"][0], long["tokens"][0, :count], rtol=1e-5, atol=1e-5 * deviation)
    products = np.r_[4:13, 17:26]
    np.testing.assert_array_equal(short["tokens"][0][:, products], long["tokens"][0, :count, products].T)


@settings(max_examples=25, deadline=None)
@given(time=st.integers(1, 40), seed=st.integers(0, 2**31))
def test_products_in_log_steps_are_those_in_turn(time, seed):
    factors = np.random.default_rng(seed).normal(size=(time, 2, 3, 3)) * 0.1
    levels = product_levels(tf.constant(factors, tf.float32))
    identity = np.eye(3)
    whole = factors + identity
    forwards = np.array(list(accumulate(whole, np.matmul)))
    backwards = np.array(list(accumulate(whole[::-1], lambda product, factor: factor @ product)))[::-1]
    assert len(levels) == 1 + (time - 1).bit_length()
    np.testing.assert_allclose(whole_product(levels) + identity, forwards[-1], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(prefix_products(levels) + identity, forwards, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(suffix_products(levels) + identity, backwards, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("time", [1, 7, 70])
@pytest.mark.parametrize("reverse", [False, True])
def test_running_sums_and_their_gradient_are_those_of_cumsum(reverse, time):
    values, weights = np.random.default_rng(5).normal(size=(2, time, 3, 4)).astype(np.float32)
    found = []
    for sums in (running_sums, tf.cumsum):
        with tf.GradientTape() as tape:
            tape.watch(given := tf.constant(values))
            total = sums(given, reverse=reverse)
        found.append((total.numpy(), tape.gradient(total, given, output_gradients=tf.constant(weights)).numpy()))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-5)


def test_small_differences_keep_their_digits_over_a_long_text():
    """Held as the matrix itself, an element 1 + 1e-7 could not be told from 1."""
    factor = 1e-9 * np.random.default_rng(0).normal(size=(1, 1, 4, 4))
    total = whole_product(product_levels(tf.constant(np.repeat(factor, 256, 0), tf.float32)))
    np.testing.assert_allclose(total, 256 * factor[0], rtol=1e-5)


def test_a_word_said_256_times_stays_finite_and_so_do_gradients():
    factors = tf.Variable(np.full((256, 1, 20, 20), 0.5), dtype=tf.float32)
    with tf.GradientTape() as tape:
        levels = product_levels(factors)
        found = [whole_product(levels), prefix_products(levels), suffix_products(levels)]
        loss = tf.add_n([tf.reduce_sum(part) for part in found])
    assert all(np.isfinite(part).all() for part in found)
    assert np.isfinite(tape.gradient(loss, factors)).all()


def test_the_gradient_is_that_of_the_batchs_rows_alone():
    made = network(CONFIGS["hybrid"])
    with tf.GradientTape() as tape:
        encoded = made(training_form([IDS, [1, 2]], 8), training=True)
        loss = tf.reduce_sum(tf.square(encoded["tokens"])) + tf.reduce_sum(encoded["pooled"])
    gradient = tape.gradient(loss, made.table.value)
    assert isinstance(gradient, tf.IndexedSlices)
    assert sorted(gradient.indices.numpy()) == sorted({*IDS, 1, 2})
    assert np.all(np.isfinite(gradient.values)) and np.abs(gradient.values).min() < np.abs(gradient.values).max()


def test_dropout_drops_differences_and_leaves_the_identity():
    keras.utils.set_random_seed(3)
    made = network(CMOWConfig(matrix_size=20, vector_size=400, embedding_dropout=0.5))
    pooled = made(training_form([[1]], 1), training=True)["pooled"].numpy()[0]
    row = made.table.numpy()[1]
    dropped = pooled == 0
    assert 0.4 < dropped.mean() < 0.6
    np.testing.assert_allclose(pooled[~dropped], 2 * row[~dropped], rtol=0.01)


def test_dropout_next_to_all_leaves_something():
    made = network(CMOWConfig(matrix_size=20, vector_size=400, embedding_dropout=0.999))
    pooled = made(training_form([[1]], 1), training=True)["pooled"].numpy()
    assert np.isfinite(pooled).all() and (pooled == 0).mean() > 0.9


def test_a_hidden_token_is_the_identity():
    keras.utils.set_random_seed(3)
    config = CMOWConfig(matrix_size=4, vector_size=4, embedding_dropout=0.0, token_dropout=0.5)
    made = network(config)
    found = [made(training_form([[number]], 1), training=True)["pooled"].numpy()[0] for number in [1, 2] * 20]
    hidden = [not vector.any() for vector in found]
    assert 5 < sum(hidden) < 35
    for number, vector, gone in zip([1, 2] * 20, found, hidden, strict=True):
        assert gone or np.array_equal(vector, made.table.numpy()[number])


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_training_starts_near_the_identity(config):
    keras.utils.set_random_seed(1)
    made = CMOW(config, 3000, 0)
    encoded = made({"distinct": tf.range(1, 3000), "index": tf.range(1, 3000)[:, None]})
    assert np.std(encoded["pooled"]) == pytest.approx(DEVIATION, rel=0.1)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("vocabulary_size", 3),
        ("vocabulary_size", 3_000_000_000),
        ("matrix_size", -1),
        ("rank", 10),
        ("embedding_dropout", 1.0),
        ("token_dropout", -0.1),
    ],
)
def test_settings_out_of_range_are_named(setting, value):
    with pytest.raises(RecipeError, match=rf"encoder\.{setting} is {value}: it must be "):
        CMOWConfig(**{setting: value})


def test_a_token_has_a_matrix_or_a_vector():
    with pytest.raises(RecipeError, match=r"encoder\.vector_size is 0"):
        CMOWConfig(matrix_size=0, vector_size=0)
