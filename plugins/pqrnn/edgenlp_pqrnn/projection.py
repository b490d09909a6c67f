"""Features of tokens without a vocabulary: hashes spread to projections (docs/text-spec.md, Features).

All arithmetic is of unsigned 64-bit words modulo 2**64 or of small integers: every language gives the same bytes.
A feature is an int8 in units of 1 / `UNIT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import accumulate
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

_TERNARY: Final = np.array(
    [[(0, UNIT, -UNIT, 0)[byte >> shift & 3] for shift in (0, 2, 4, 6)] for byte in range(256)], np.int8
).view(np.uint32)[:, 0]
"""The four features of each byte, two bits each from the lowest: 00 is 0, 01 is +1, 10 is -1, 11 is 0."""

_SHIFT_1: Final = np.uint64(30)
_SHIFT_2: Final = np.uint64(27)
_SHIFT_3: Final = np.uint64(31)


def mix(word: int) -> int:
    """SplitMix64's finalizer: every bit of the result depends on every bit of `word`."""
    word = (word ^ word >> 30) * _FACTOR_1 & _WORD
    word = (word ^ word >> 27) * _FACTOR_2 & _WORD
    return word ^ word >> 31


def hash_bytes(data: bytes) -> int:
    """A 64-bit hash, to seed `random_bytes`: the length and each little-endian block of 8 bytes, mixed in between."""
    state = len(data) ^ int.from_bytes(data[:8], "little")
    for start in range(8, len(data), 8):
        state = mix(state) ^ int.from_bytes(data[start : start + 8], "little")
    return state


def random_bytes(seeds: NDArray[np.uint64], count: int) -> NDArray[np.uint8]:
    """The first bytes that SplitMix64 gives for each seed, each word's lowest byte first.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).

    Args:
        seeds: uint64 [n].
        count: how many.

    Returns:
        uint8 [n, count].
    """
    words = seeds[:, None] + _steps((count + 7) // 8)
    words ^= words >> _SHIFT_1
    words *= np.uint64(_FACTOR_1)
    words ^= words >> _SHIFT_2
    words *= np.uint64(_FACTOR_2)
    words ^= words >> _SHIFT_3
    return words.astype("<u8", copy=False).view(np.uint8)[:, :count]


@cache
def _steps(count: int) -> NDArray[np.uint64]:
    return np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GAMMA)


class WordProjection:
    """The ternary projection of whole tokens, pQRNN's own: 0 with probability 1/2, +1 and -1 with 1/4 each."""

    def __init__(self, features: int) -> None:
        """Take the number of features, a multiple of 4."""
        self._features = features

    def __call__(self, tokens: Sequence[str]) -> list[bytes]:
        """The features of normalised tokens: for each, int8 [features] of -UNIT, 0, UNIT as bytes."""
        width = self._features
        hashes = [hash_bytes(token.encode("utf-8", "surrogatepass")) for token in tokens]
        data = _TERNARY[random_bytes(np.array(hashes, np.uint64), width // 4)].tobytes()
        return [data[start : start + width] for start in range(0, len(data), width)]


class NgramProjection:
    """The summed +1/-1 projections of a token's n-grams of code points: tokens that share n-grams are near each other.

    A mark is set before and after the token; a mark alone is no n-gram. In mode `sum` the sums are divided by the root
    of the number of n-grams; mode `sign` is SimHash (Charikar, STOC 2002).
    """

    def __init__(self, features: int, shortest: int, longest: int, mode: Literal["sum", "sign"]) -> None:
        """Prepare what depends on the token's length alone.

        Args:
            features: a multiple of 8.
            shortest: the least n.
            longest: the greatest n, less than `shortest` + MAX_NGRAM_LENGTHS.
            mode: what becomes of the sums.
        """
        self._features = features
        self._shortest = shortest
        self._longest = longest
        inside = [self._inside(length) for length in range(MAX_CODE_POINTS + 1)]
        self._inside_bytes = [mask.tobytes() for mask in inside]
        self._counts = [int(mask.sum()) for mask in inside]
        self._mode = mode

    def _inside(self, length: int) -> NDArray[np.bool_]:
        """Which n-grams of a token are within it: bool [length + 2 first code points, sizes]."""
        sizes = np.arange(self._shortest, self._longest + 1)
        inside = np.arange(length + 2, 0, -1)[:, None] >= sizes
        inside[[0, -1]] &= sizes > 1
        return inside

    def __call__(self, tokens: Sequence[str]) -> list[bytes]:
        """The features of normalised tokens of at most MAX_CODE_POINTS: for each, int8 [features] as bytes."""
        width = self._features
        counts = [self._counts[len(token)] for token in tokens]
        bits = np.unpackbits(random_bytes(self._hashes(tokens), width // 8).ravel(), bitorder="little")
        # Eight features are added at a time, in lanes of 8 bits that no count can overflow.
        lanes = bits.view(np.uint64).reshape(-1, width // 8)
        ones = np.add.reduceat(lanes, list(accumulate(counts, initial=0)), axis=0).tobytes()
        mode = self._mode
        return [ones[i * width : (i + 1) * width].translate(_values(count, mode)) for i, count in enumerate(counts)]

    def _hashes(self, tokens: Sequence[str]) -> NDArray[np.uint64]:
        """Polynomial hashes of all n-grams, token after token.

        One more follows them, so that also a last token without n-grams has a place where its sum would begin.
        """
        marked = "".join([f"{START_MARK}{token}{END_MARK}" for token in tokens]) + END_MARK
        points = np.frombuffer(marked.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
        sizes = self._longest - self._shortest + 1
        inside = b"".join([self._inside_bytes[len(token)] for token in tokens]) + b"\x01".ljust(sizes, b"\x00")
        hashes = np.zeros((len(points), sizes), np.uint64)
        state = points
        for size in range(1, self._longest + 1):
            if size > 1:
                state = state[:-1] * _NGRAM_FACTOR + points[size - 1 :]
            if size >= self._shortest:
                hashes[: len(state), size - self._shortest] = state
        return hashes.ravel()[np.frombuffer(inside, np.bool_)]


@cache
def _values(count: int, mode: Literal["sum", "sign"]) -> bytes:
    """The int8 feature of `count` n-grams by how many of them have a one in its place, 256 bytes.

    The sum s of +1 and -1 becomes UNIT * s / sqrt(count) by integers alone, rounded to the nearest and clipped.
    """
    sums = [2 * ones - count for ones in range(count + 1)]
    if mode == "sign":
        values = [UNIT * ((total > 0) - (total < 0)) for total in sums]
    else:
        root = isqrt((UNIT << 16) ** 2 // max(count, 1))
        values = [min(max(total * root + (1 << 15) >> 16, -127), 127) for total in sums]
    return bytes(value & 0xFF for value in values).ljust(256, b"\x00")
