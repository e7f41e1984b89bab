"""``python -m benchmarks callbacks`` measures what it says, and says what it measured."""

import pytest

from benchmarks.callbacks import command
from benchmarks.callbacks.command import Side


def side(*, first: float, p50: float, p99: float, rate: float, repeat: float) -> Side:
    return Side(1, "", first, [p50] * 3, [p99] * 3, [rate] * 3, [repeat] * 3)


def test_ratios_are_taken_round_by_round_and_the_missed_goal_is_named() -> None:
    ours = side(first=20, p50=4, p99=8, rate=300, repeat=0.5)
    floor = side(first=20, p50=2, p99=8, rate=1000, repeat=0.5)
    ratios = command.compare(ours, floor)
    assert ratios[command.THROUGHPUT] == [0.3] * 3
    assert ratios[command.REACTION] == [2.0] * 3
    told = command.table({"Ringwell": ours, "floor": floor}, ratios, 16)
    missed = [line for line in told if "MISSED" in line]
    assert [line.split(",")[0] for line in missed] == [
        "deliveries a second",
        "reaction one by one (p50)",
    ]


@pytest.mark.servers
def test_both_sides_ask_one_question_for_each_call_picked_up() -> None:
    sides = command.measure(rounds=1, calls=4, lines=2)
    assert {name: len(side.p50) for name, side in sides.items()} == {"Ringwell": 1, "floor": 1}
    assert all(side.first > 0 for side in sides.values())
