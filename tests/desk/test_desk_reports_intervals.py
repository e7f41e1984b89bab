"""Wilson's interval against figures from the literature, and when a language is flagged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.reports.intervals import LEAST, Interval, fares_worse


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    interval = Interval(hits, of)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_rate_lies_in_its_interval(hits: int, rest: int) -> None:
    interval = Interval(hits, hits + rest)
    assert 0 <= interval.low <= interval.rate + 1e-9
    assert interval.rate - 1e-9 <= interval.high <= 1


def test_nothing_is_said_of_a_handful_of_answers() -> None:
    assert not fares_worse(Interval(LEAST - 1, LEAST - 1), Interval(0, 1000))
    assert not fares_worse(Interval(2, 20), Interval(0, 3))
    assert fares_worse(Interval(LEAST, LEAST), Interval(0, 1000))
    assert not fares_worse(Interval(5, 40), Interval(100, 1000))
