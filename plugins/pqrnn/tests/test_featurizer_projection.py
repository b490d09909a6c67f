"""What the hashes are good for: even distributions, and no two words alike."""

from pathlib import Path

import numpy as np
import pytest

from edgenlp.text import normalize
from edgenlp_pqrnn.projection import NgramProjection, WordProjection, hash_bytes, mix, random_bytes

ROOT = Path(__file__).parents[3]
WORDS = ROOT / "tests" / "text" / "words"
SPECIFICATION = ROOT / "docs" / "text-spec.md"
LANGUAGES = ["ar", "de", "hi", "ja", "th"]


def words(language):
    lines = (WORDS / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return sorted({normalize(line)[:48] for line in lines})


def rows(projection, tokens):
    return np.frombuffer(b"".join(projection(tokens)), np.int8).reshape(len(tokens), -1)


def test_splitmix64_gives_its_published_numbers():
    """The first outputs for the seed 1234567 (Vigna's splitmix64.c)."""
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert random_bytes(np.array([1234567], np.uint64), 32).view(np.uint64)[0].tolist() == expected
    assert mix((1234567 + 0x9E3779B97F4A7C15) % 2**64) == expected[0]


def test_hash_reads_unsigned_bytes():
    assert hash_bytes(b"") == 0
    assert hash_bytes(b"\xc3\xbc") == 2 ^ 0xBCC3
    assert hash_bytes(b"12345678") == 8 ^ int.from_bytes(b"12345678", "little")
    assert hash_bytes(b"123456789") == mix(9 ^ int.from_bytes(b"12345678", "little")) ^ ord("9")


@pytest.mark.parametrize("language", LANGUAGES)
def test_ternary_features_are_evenly_distributed(language):
    values = rows(WordProjection(128), words(language))
    assert set(np.unique(values)) == {-32, 0, 32}
    for value, share in ((0, 0.5), (32, 0.25), (-32, 0.25)):
        found = np.mean(values == value)
        assert abs(found - share) < 5 * np.sqrt(share * (1 - share) / values.size)


@pytest.mark.parametrize("language", LANGUAGES)
def test_features_are_unrelated_to_each_other(language):
    values = rows(WordProjection(128), words(language)).astype(float)
    likeness = np.corrcoef(values.T)[np.triu_indices(128, 1)]
    assert abs(likeness.mean()) < 0.001
    assert likeness.std() == pytest.approx(1 / np.sqrt(len(values)), rel=0.05)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_words_collide(language):
    tokens = words(language)
    assert len({hash_bytes(token.encode()) for token in tokens}) == len(tokens)
    assert len(set(WordProjection(128)(tokens))) == len(tokens)
    assert len(set(NgramProjection(128, 1, 4, "sum")(tokens))) == len(tokens)


def test_ngram_sums_have_the_same_spread_for_short_and_long_tokens():
    projection = NgramProjection(512, 1, 4, "sum")
    tokens = words("de")
    for short, long in ((2, 4), (5, 8), (9, 14), (15, 30)):
        values = rows(projection, [token for token in tokens if short <= len(token) <= long])
        # A little above 32 in long tokens, where n-grams recur.
        assert values.std() == pytest.approx(32, rel=0.12)
        assert abs(values.mean()) < 0.5
        assert np.mean(np.abs(values) == 127) < 0.001


def test_worked_examples_of_the_specification():
    specification = SPECIFICATION.read_text(encoding="utf-8")
    state = hash_bytes(normalize("Über").encode())
    words = random_bytes(np.array([state], np.uint64), 16).view(np.uint64)[0]
    ngrams = NgramProjection(8, 1, 4, "sum")
    hashes = ngrams._hashes(["7"])[:-1]
    for number in (state, *words, *hashes, *random_bytes(hashes, 8).view(np.uint64)[:, 0]):
        assert f"0x{int(number):016X}" in specification
    assert rows(WordProjection(8), [normalize("Über")]).tolist() == [[0, 0, 32, 32, 0, 32, 0, -32]]
    assert rows(ngrams, ["7"]).tolist() == [[0, 0, 32, 32, 64, 0, 0, 0]]
    assert "the first eight features are 0 0 32 32 64 0 0 0" in specification
