"""``python -m benchmarks dispatch`` places every call that is due, and says what it measured."""

import pytest

from benchmarks.dispatch import command

FIGURES = {"ours": [70.0, 80.0], "floor": [100.0, 100.0], "few": 2.0, "many": 4.0, "scheduled": 9}


def test_the_missed_goal_is_named() -> None:
    lines, met = command.table(FIGURES)
    assert not met
    assert [line.split()[1] for line in lines if line.startswith("ratio")] == ["0.75", "2.00"]
    assert [("MISSED" in line) for line in lines if "at " in line] == [False, True]


@pytest.mark.servers
def test_all_that_is_due_is_placed_beside_the_bare_sdk() -> None:
    figures = command.measure(rounds=1, calls=4, scheduled=10)
    assert all(figures[name][0] > 0 for name in ("ours", "floor"))
    assert figures["few"] > 0
