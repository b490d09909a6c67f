"""The featurizer as the contract describes it, and its features against a plain reading of docs/text-spec.md."""

import dataclasses
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from math import isqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import make_feature_vectors
from edgenlp.errors import RecipeError
from edgenlp.text import golden_texts, normalize, table
from edgenlp_pqrnn import featurizer as module
from edgenlp_pqrnn.config import PQRNNConfig
from edgenlp_pqrnn.featurizer import PQRNNFeaturizer

ROOT = Path(__file__).parents[3]
CHARS = sorted({char for golden in golden_texts() for char in golden.text})
any_text = st.text(st.one_of(st.sampled_from(CHARS), st.characters(exclude_categories=())), max_size=60)
configs = st.builds(
    lambda word, ngram, shortest, more, mode, shape: PQRNNConfig(
        word_features=word,
        ngram_features=ngram,
        ngram_min=shortest,
        ngram_max=shortest + more,
        ngram_mode=mode,
        shape_features=shape,
    ),
    st.sampled_from([0, 4, 36, 64]),
    st.sampled_from([8, 24, 64, 72]),
    st.integers(1, 6),
    st.integers(0, 4),
    st.sampled_from(["sum", "sign"]),
    st.booleans(),
)


def mix(word):
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % 2**64
    return word ^ (word >> 31)


def random_bit(seed, position):
    """Bit `position` of SplitMix64's output from `seed`."""
    return mix((seed + (position // 64 + 1) * 0x9E3779B97F4A7C15) % 2**64) >> position % 64 & 1


def word_features(token, count):
    data = token.encode("utf-8", "surrogatepass")
    padded = data.ljust(max(-(-len(data) // 8), 1) * 8, b"\0")
    first, *rest = struct.unpack(f"<{len(padded) // 8}Q", padded)
    state = len(data) ^ first
    for block in rest:
        state = mix(state) ^ block
    return [32 * (random_bit(state, 2 * i) - random_bit(state, 2 * i + 1)) for i in range(count)]


def ngram_features(token, config):
    points = [2, *map(ord, token), 3]
    hashes = []
    for size in range(config.ngram_min, config.ngram_max + 1):
        ngrams = [points[start : start + size] for start in range(len(points) - size + 1)]
        for ngram in ngrams[1:-1] if size == 1 else ngrams:
            value = 0
            for point in ngram:
                value = (value * 0xD6E8FEB86659FD93 + point) % 2**64
            hashes.append(value)
    features = []
    for i in range(config.ngram_features):
        total = sum(2 * random_bit(value, i) - 1 for value in hashes)
        if config.ngram_mode == "sign":
            features.append(32 * ((total > 0) - (total < 0)))
        else:
            root = isqrt(2**42 // max(len(hashes), 1))
            features.append(min(max((total * root + 2**15) >> 16, -127), 127))
    return features


def shape_features(token):
    classes = [table().classes[ord(char)] for char in token]
    upper, lower = classes.count("u"), classes.count("l")
    case = "none"
    if upper == 1 and classes[0] == "u":
        case = "initial"
    elif upper > 1 and lower == 0:
        case = "upper"
    elif upper:
        case = "mixed"
    elif lower:
        case = "lower"
    facts = [case == name for name in ("lower", "initial", "upper", "mixed")]
    facts += ["d" in classes, "o" in classes, *(len(token) >= length for length in (2, 3, 5, 9))]
    return [32 if fact else -32 for fact in facts]


def reference(token, config):
    token = token[:48]
    normal = normalize(token)[:48]
    row = word_features(normal, config.word_features) + ngram_features(normal, config)
    return row + shape_features(token) if config.shape_features else row


@settings(deadline=None, max_examples=60)
@given(any_text, configs)
def test_features_are_as_specified(text, config):
    featurizer = PQRNNFeaturizer(config)
    tokens = list(featurizer.tokenize(text, 6))
    assert featurizer.features(tokens).tolist() == [reference(token, config) for token in tokens]


@pytest.mark.parametrize("token", ["", "\u200d", "x" * 47, "x" * 48, "x" * 49, "ﷺ" * 20, "\ud800", "İ", "a" * 100_000])
def test_features_of_odd_tokens(token):
    config = PQRNNConfig(word_features=8, ngram_features=16)
    row = PQRNNFeaturizer(config).features(["before", token, "after"])[1]
    assert row.tolist() == reference(token, config)


def test_golden_vectors():
    assert make_feature_vectors.lines() == (ROOT / "tests" / "golden" / "features.jsonl").read_text().splitlines()


@settings(deadline=None)
@given(any_text, st.integers(1, 40))
def test_inputs_hold_rows_and_zeros(text, length):
    featurizer = PQRNNFeaturizer(PQRNNConfig(word_features=16, ngram_features=16))
    tokens = featurizer.tokenize(text, length)
    inputs = featurizer.inputs(tokens, length)
    features, mask = inputs["features"], inputs["mask"]
    assert features.shape == (1, length, featurizer.width)
    assert features.dtype == mask.dtype == np.float32
    assert mask.tolist() == [[1.0] * len(tokens) + [0.0] * (length - len(tokens))]
    np.testing.assert_array_equal(features[0, : len(tokens)], featurizer.features(list(tokens)))
    assert not features[0, len(tokens) :].any()


@settings(deadline=None)
@given(st.lists(any_text, min_size=1, max_size=5))
def test_batch_and_inputs_are_the_same_features(texts):
    featurizer = PQRNNFeaturizer(PQRNNConfig(word_features=16, ngram_features=16))
    tokens = [featurizer.tokenize(text, 12) for text in texts]
    batch = featurizer.batch(tokens, 12)
    rows, index = batch["rows"], batch["index"]
    assert rows.dtype == np.int8
    assert index.dtype == np.int32
    assert not rows[0].any()
    assert len(rows) == 1 + len({token for text in tokens for token in text})
    for i, text in enumerate(tokens):
        inputs = featurizer.inputs(text, 12)
        np.testing.assert_array_equal(rows[index[i]], inputs["features"][0])
        np.testing.assert_array_equal(index[i] > 0, inputs["mask"][0])


def test_a_text_without_tokens_is_all_padding():
    featurizer = PQRNNFeaturizer(PQRNNConfig())
    for text in ("", "  \u200b\0"):
        inputs = featurizer.inputs(featurizer.tokenize(text, 8), 8)
        assert not inputs["features"].any()
        assert not inputs["mask"].any()


@settings(deadline=None, max_examples=30)
@given(st.lists(any_text, max_size=20))
def test_the_cache_is_bounded_and_changes_nothing(texts):
    config = PQRNNConfig(word_features=16, ngram_features=16)
    kept = PQRNNFeaturizer(config)
    limit, module.CACHED_TOKENS = module.CACHED_TOKENS, 7
    try:
        for text in texts:
            tokens = list(kept.tokenize(text, 12))
            np.testing.assert_array_equal(kept.features(tokens), PQRNNFeaturizer(config).features(tokens))
            assert len(kept._rows) <= 7
    finally:
        module.CACHED_TOKENS = limit


def test_long_tokens_do_not_fill_the_cache():
    featurizer = PQRNNFeaturizer(PQRNNConfig())
    featurizer.features(["x" * 100_000])
    assert sum(map(len, featurizer._rows)) <= 48


def test_threads_get_what_one_gets(monkeypatch):
    monkeypatch.setattr(module, "CACHED_TOKENS", 50)
    config = PQRNNConfig(word_features=16, ngram_features=16)
    texts = [golden.text[:200] for golden in golden_texts()]
    alone, shared = PQRNNFeaturizer(config), PQRNNFeaturizer(config)

    def features(featurizer, text):
        return featurizer.features(list(featurizer.tokenize(text, 32))).tobytes()

    expected = [features(alone, text) for text in texts]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            runs = [pool.map(lambda text: features(shared, text), texts) for _ in range(8)]
            assert all(list(run) == expected for run in runs)
    finally:
        sys.setswitchinterval(interval)


def test_words_that_share_characters_are_near():
    featurizer = PQRNNFeaturizer(PQRNNConfig(word_features=0, ngram_features=512, shape_features=False))
    rows = featurizer.features(["reminder", "reminders", "Remînder", "volcanic"]).astype(float)
    likeness = np.corrcoef(rows)
    assert likeness[0, 1] > 0.6
    assert likeness[0, 2] > 0.3
    assert abs(likeness[0, 3]) < 0.2


def test_shape_tells_what_folding_hides():
    featurizer = PQRNNFeaturizer(PQRNNConfig())
    lower, upper = featurizer.features(["straße", "STRASSE"])
    np.testing.assert_array_equal(lower[:-10], upper[:-10])
    assert lower[-10:].tolist() != upper[-10:].tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"segmentation": "icu"},
        {"word_features": 6},
        {"word_features": -4},
        {"ngram_features": 12},
        {"word_features": 0, "ngram_features": 0},
        {"ngram_min": 0},
        {"ngram_min": 3, "ngram_max": 2},
        {"ngram_min": 1, "ngram_max": 6},
        {"word_features": 8192},
        {"ngram_features": 256.0},
        {"ngram_max": 49, "ngram_min": 46},
        {"ngram_mode": "max"},
    ],
)
def test_settings_out_of_range_are_named(change):
    with pytest.raises(RecipeError, match=next(iter(change))):
        PQRNNConfig(**change)


def test_settings_are_plain_values():
    for field in dataclasses.fields(PQRNNConfig):
        assert isinstance(field.default, bool | int | float | str)
