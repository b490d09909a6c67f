"""Features of tokens without a vocabulary: hashes spread to projections (docs/text-spec.md, Features).

All arithmetic is of unsigned 64-bit words modulo 2**64 or of small integers: every language gives the same bytes.
A feature is an int8 in units of 1 / `UNIT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

UNIT: Final = 32
"""The int8 value that stands for 1."""

MAX_CODE_POINTS: Final = 48
"""How much of a token the features see: with a mark at each end, 5 lengths give at most 240 n-grams."""

MAX_NGRAM_LENGTHS: Final = 5
"""How many lengths of n-grams there may be: counts stay below 256, in the 8-bit lanes that they are summed in."""

START_MARK: Final = "\x02"
END_MARK: Final = "\x03"

_GAMMA: Final = 0x9E3779B97F4A7C15
_FACTOR_1: Final = 0xBF58476D1CE4E5B9
_FACTOR_2: Final = 0x94D049BB133111EB
_NGRAM_FACTOR: Final = np.uint64(0xD6E8FEB86659FD93)
_WORD: Final = 0xFFFFFFFFFFFFFFFF

_ROOTS: Final = np.array([0, *(isqrt((UNIT << 16) ** 2 // count) for count in range(1, 256))], np.int32)
"""UNIT / sqrt(count) in 65536ths, rounded down, by count."""


def mix(word: int) -> int:
    """SplitMix64's finalizer: every bit of the result depends on every bit of `word`.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
    """
    word = (word ^ word >> 30) * _FACTOR_1 & _WORD
    word = (word ^ word >> 27) * _FACTOR_2 & _WORD
    return word ^ word >> 31


def hash_bytes(data: bytes) -> int:
    """A 64-bit hash: the length, into which each little-endian block of 8 bytes is xored and mixed."""
    state = len(data)
    for start in range(0, len(data), 8):
        state = mix(state ^ int.from_bytes(data[start : start + 8], "little"))
    return state


def random_bits(seeds: NDArray[np.uint64], count: int) -> NDArray[np.uint8]:
    """The first bits that SplitMix64 gives for each seed, each word's lowest bit first.

    Args:
        seeds: uint64 [n].
        count: how many, a multiple of 8.

    Returns:
        uint8 [n, count] of zeros and ones.
    """
    steps = np.arange(1, (count + 63) // 64 + 1, dtype=np.uint64) * np.uint64(_GAMMA)
    words = seeds[:, None] + steps
    words ^= words >> np.uint64(30)
    words *= np.uint64(_FACTOR_1)
    words ^= words >> np.uint64(27)
    words *= np.uint64(_FACTOR_2)
    words ^= words >> np.uint64(31)
    data = words.astype("<u8", copy=False).view(np.uint8)
    return np.unpackbits(data, axis=1, count=count, bitorder="little")


def project_words(tokens: Sequence[str], features: int) -> NDArray[np.int8]:
    """The ternary projection of whole tokens (pQRNN's): two bits a feature, 0 with probability 1/2, +1 and -1 with 1/4.

    Args:
        tokens: normalised tokens.
        features: a multiple of 4.

    Returns:
        int8 [tokens, features] of -UNIT, 0, UNIT.
    """
    hashes = [hash_bytes(token.encode("utf-8", "surrogatepass")) for token in tokens]
    bits = random_bits(np.array(hashes, np.uint64), 2 * features)
    return (bits[:, 0::2] - bits[:, 1::2]).view(np.int8) * np.int8(UNIT)


def hash_ngrams(tokens: Sequence[str], shortest: int, longest: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Polynomial hashes of the n-grams of code points of every token, a mark set before and after it.

    A mark alone is no n-gram.

    Args:
        tokens: normalised tokens, at least one.
        shortest: the least n.
        longest: the greatest n.

    Returns:
        uint64 [n-grams], token after token; and int64 [tokens], how many each token has.
    """
    marked = "".join([f"{START_MARK}{token}{END_MARK}" for token in tokens])
    points = np.frombuffer(marked.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    lengths = np.array([len(token) for token in tokens]) + 2
    ends = lengths.cumsum()
    sizes = np.arange(shortest, longest + 1)
    hashes = np.empty((len(points), len(sizes)), np.uint64)
    state = points
    for size in range(1, longest + 1):
        if size > 1:
            state = state[:-1] * _NGRAM_FACTOR + points[size - 1 :]
        if size >= shortest:
            hashes[: len(state), size - shortest] = state
    remaining = ends.repeat(lengths) - np.arange(len(points))
    within = remaining[:, None] >= sizes
    counts = np.maximum(lengths[:, None] + 1 - sizes, 0).sum(axis=1)
    if shortest == 1:
        within[ends - lengths, 0] = within[ends - 1, 0] = False
        counts -= 2
    return hashes[within], counts


def project_ngrams(
    tokens: Sequence[str], features: int, shortest: int, longest: int, mode: Literal["sum", "sign"]
) -> NDArray[np.int8]:
    """The summed +1/-1 projections of each token's n-grams, so that tokens that share n-grams are near each other.

    Args:
        tokens: normalised tokens of at most MAX_CODE_POINTS, at least one.
        features: a multiple of 8.
        shortest: the least n.
        longest: the greatest n, less than `shortest` + MAX_NGRAM_LENGTHS.
        mode: `sum` divides by the root of the number of n-grams; `sign` (SimHash, Charikar, STOC 2002) keeps the sign.

    Returns:
        int8 [tokens, features]; zeros for a token without n-grams.
    """
    hashes, counts = hash_ngrams(tokens, shortest, longest)
    ones = np.zeros((len(tokens), features // 8), np.uint64)
    some = counts > 0
    if len(hashes):
        eight_lanes = random_bits(hashes, features).view(np.uint64)
        ones[some] = np.add.reduceat(eight_lanes, (counts.cumsum() - counts)[some], axis=0)
    sums = 2 * ones.view(np.uint8).astype(np.int32) - counts[:, None].astype(np.int32)
    if mode == "sign":
        scaled = np.sign(sums) * UNIT
    else:
        scaled = np.clip(sums * _ROOTS[counts][:, None] + (1 << 15) >> 16, -127, 127)
    return scaled.astype(np.int8)
