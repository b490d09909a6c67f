import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.interfaces import Example, Tokens
from edgenlp.training import dataset
from edgenlp.training.dataset import Row


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


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=80), st.floats(1, 50), st.integers(0, 9))
def test_as_many_rows_are_drawn_as_there_are(languages, temperature, seed):
    places = dataset.draw(languages, temperature, np.random.default_rng(seed))
    assert len(places) == len(languages)
    for language in set(languages):
        own = np.flatnonzero(np.array(languages) == language)
        times = np.array([(places == place).sum() for place in own])
        # none comes again before all others of its language have come
        assert times.max() - times.min() <= 1


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=80))
def test_temperature_one_draws_every_row_once(languages):
    assert dataset.draw(languages, 1.0, np.random.default_rng(0)).tolist() == list(range(len(languages)))


def test_languages_have_their_share_by_temperature():
    languages = ["en"] * 900 + ["de"] * 100
    counts = [
        int((dataset.draw(languages, temperature, np.random.default_rng(0)) >= 900).sum())
        for temperature in (1, 2, 5, 1e9)
    ]
    # 100 ** 0.5 / (100 ** 0.5 + 900 ** 0.5) is a quarter
    assert counts == [100, 250, 392, 500]


def test_an_epoch_is_drawn_anew_and_always_the_same():
    examples = [
        Example(f"{language} {number}", "x", language) for language in ("en",) * 9 + ("de",) for number in range(9)
    ]
    rows = dataset.TrainingRows(examples, lambda example: Row((Tokens(example.text, []),), {}), [], 1, 3.0)
    texts = [[row.tokens[0].text for row in rows.epoch(number)] for number in (0, 1, 0)]
    assert texts[0] == texts[2] != texts[1]
    assert {len(drawn) for drawn in texts} == {len(rows)} == {90}


def test_variants_come_again_and_are_varied_once():
    varied = []

    def augment(example, rng):
        varied.append(example)
        return Example(f"{example.text} {rng.integers(10**9)}", example.target)

    examples = [Example(str(number), "x") for number in range(9)]
    to_row = lambda example: Row((Tokens(example.text, [(0, 1)]),), {})  # noqa: E731
    rows = dataset.TrainingRows(examples, to_row, [(augment, 1.0)], 1, variants=2)
    texts = [[row.text for row in rows.epoch(number)] for number in range(4)]
    assert texts[0] == texts[2] != texts[1] == texts[3]
    assert len(varied) == 2 * len(examples)
    assert {text for drawn in texts for text in drawn} < set(rows.texts())


def test_texts_for_teachers_alone_are_not_learnt_alone():
    unlabelled = [Row((Tokens("text", [(0, 4)]),), {})]
    assert not len(dataset.TrainingRows([Example("gold", "x")], lambda _: None, [], 1, unlabelled=unlabelled))


@given(st.integers(1, 20), st.sampled_from([0.1, 0.3, 0.5, 1.0]), st.integers(1, 4))
def test_no_unlabelled_row_comes_again_before_all_others(count, share, variants):
    unlabelled = [Row((Tokens(str(number), [(0, 1)]),), {}) for number in range(count)]
    rows = dataset.TrainingRows(
        [Example("gold", "x")],
        lambda example: Row((Tokens(example.text, [(0, 1)]),), {}),
        [],
        1,
        variants=variants,
        unlabelled=unlabelled,
        unlabelled_share=share,
    )
    texts = [row.text for number in range(40) for row in rows.epoch(number) if row.text != "gold"]
    assert len(texts) == 40 * round(share * count) == 40 * (len(rows) - 1)
    rounds = [texts[start : start + count] for start in range(0, len(texts) - count + 1, count)]
    assert all(len(set(turn)) == count for turn in rounds)
