from hypothesis import given
from hypothesis import strategies as st

from edgenlp.training.schedule import learning_rate

SCHEDULES = st.sampled_from(["cosine", "linear", "constant"])


@given(st.integers(1, 5000), st.data(), st.floats(0, 0.9), SCHEDULES)
def test_rate_stays_between_zero_and_the_peak(steps, data, warmup, schedule):
    step = data.draw(st.integers(0, steps - 1))
    assert 0 < learning_rate(step, steps, 2e-3, warmup, schedule) <= 2e-3 * (1 + 1e-9)


@given(st.integers(10, 5000), st.floats(0.1, 0.9), SCHEDULES)
def test_rate_rises_then_falls(steps, warmup, schedule):
    rates = [learning_rate(step, steps, 1.0, warmup, schedule) for step in range(steps)]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert top <= warmup * steps + 1
