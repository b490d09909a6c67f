"""Products whose sums all kernels round alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenlp.export.integers.products import product


def in_floats(sums, multiplier):
    """XNNPACK: in float32, halves to even numbers."""
    return np.rint(sums.astype(np.float32) * np.float32(multiplier))


def split(multiplier):
    """A 31-bit number and the power of two that it stands before."""
    mantissa, exponent = np.frexp(multiplier)
    return round(mantissa * 2**31), int(exponent)


def rounded_once(sums, multiplier):
    """Ruy: in 64 bits, halves up."""
    whole, exponent = split(multiplier)
    shift = 31 - exponent
    return (sums * whole + (1 << (shift - 1))) >> shift


def rounded_twice(sums, multiplier):
    """The reference kernels and tflite-micro: to 32 bits, then to the result, halves away from 0."""
    whole, exponent = split(multiplier)
    left, right = max(exponent, 0), max(-exponent, 0)
    high = (np.abs(sums << left) * whole + (1 << 30)) >> 31
    return np.sign(sums) * (high if right == 0 else (high + (1 << (right - 1))) >> right)


@given(
    outputs=st.integers(1, 6),
    inputs=st.integers(1, 700),
    entering=st.floats(2.0**-12, 2.0),
    size=st.floats(1e-6, 1e3),
    reach=st.floats(0.02, 300),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_sum_is_a_matter_of_rounding(outputs, inputs, entering, size, reach, seed):
    rng = np.random.default_rng(seed)
    leaving = entering * size * reach
    weights = rng.normal(0, size, (outputs, 1, 1, inputs)) * rng.choice([1.0, 0.03, 0.0], (outputs, 1, 1, 1))
    made = product(weights, rng.normal(0, 30 * leaving, outputs), entering, leaving)
    assert not (made.weights % 2).any()
    assert (made.biases % 2 == 1).all()
    # as kernels compute them from the float32 in tensors: in double, and in float32
    steps, entering, leaving = made.steps.astype(np.float32), np.float32(entering), np.float32(leaving)
    exact = entering.astype(float) * steps / leaving.astype(float)
    for output in range(outputs):
        halvings = -np.log2(exact[output])
        assert halvings == pytest.approx(np.rint(halvings), abs=1e-6)
        assert exact[output] < 2.0 ** -np.rint(halvings)
        assert np.rint(halvings) != 1
        entered = rng.integers(-128, 128, (300, inputs))
        sums = entered @ made.weights[output, 0, 0].astype(np.int64) + made.biases[output]
        # near the limits of int8 and between, the sums nearest to a half among them
        near = (rng.integers(-256, 256, 300) + 0.5) / exact[output]
        sums = np.concatenate((sums, *(2 * np.rint(near / 2).astype(np.int64) + odd for odd in (-3, -1, 1, 3))))
        sums = sums[np.abs(sums) < 2**26]
        ways = (in_floats(sums, entering * steps[output] / leaving), rounded_once(sums, exact[output]))
        expected = np.clip(rounded_twice(sums, exact[output]), -256, 256)
        for found in ways:
            np.testing.assert_array_equal(np.clip(found, -256, 256), expected)


def test_weights_and_biases_stand_for_the_real_ones():
    rng = np.random.default_rng(2)
    weights, biases = rng.normal(0, 0.2, (40, 1, 1, 64)), rng.normal(0, 1, 40)
    made = product(weights, biases, 0.02, 0.06)
    steps = made.steps[:, None, None, None]
    assert np.abs(made.weights * steps - weights).max() <= 1.0001 * steps.max()
    largest = np.abs(made.weights).max((1, 2, 3))
    assert ((largest >= 62) & (largest <= 126)).all()
    np.testing.assert_allclose(made.biases * made.steps * 0.02, biases, atol=1.0001 * 0.02 * made.steps.max())


def test_an_output_of_no_weights_has_its_bias():
    made = product(np.zeros((2, 1, 1, 5)), np.array([3.0, 1e12]), 0.02, 0.06)
    assert not made.weights.any()
    assert made.biases[0] * made.steps[0] * 0.02 == pytest.approx(3, abs=0.001)
    assert made.biases[1] * made.steps[1] * 0.02 > 256 * 0.06
