import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.interfaces import Example, Tokens
from edgenlp.training import dataset
from edgenlp.training.dataset import Row


@given(st.lists(st.text(max_size=4), min_size=1, max_size=60), st.floats(0, 0.9), st.integers(0, 9))
def test_tuning_rows_share_no_text_with_training_rows(texts, share, seed):
    examples = [Example(text, "label") for text in texts]
    train, tuning = dataset.split_tuning(examples, share, seed)
    assert not {row.text for row in train} & {row.text for row in tuning}
    assert sorted(row.text for row in train + tuning) == sorted(texts)
    assert dataset.split_tuning(examples, share, seed) == (train, tuning)


def rows_of(lengths):
    return [Row((Tokens("x" * n, [(i, i + 1) for i in range(n)]),), {"tags": np.arange(n)}) for n in lengths]


@given(st.lists(st.integers(0, 300), min_size=1, max_size=90), st.integers(1, 16), st.integers(0, 5))
def test_an_epoch_holds_full_batches_of_different_rows(lengths, size, seed):
    data = rows_of(lengths)
    groups = dataset.shuffled(data, size, np.random.default_rng(seed))
    assert {len(group) for group in groups} == {min(size, len(data))}
    chosen = [id(row) for group in groups for row in group]
    assert len(set(chosen)) == len(chosen) > len(data) - size
    assert set(chosen) <= set(map(id, data))


def test_every_row_has_its_turn():
    data = rows_of(range(1, 12))
    rng = np.random.default_rng(0)
    assert {id(row) for _ in range(20) for group in dataset.shuffled(data, 4, rng) for row in group} == set(
        map(id, data)
    )


@given(st.integers(0, 400))
def test_a_bucket_holds_its_texts(length):
    assert dataset.bucket(length) >= length
