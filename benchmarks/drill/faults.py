"""What goes wrong on the wire, as the simulator takes it: the same for one seed."""

from typing import Any

Fault = dict[str, Any]

#: Requests of ours that Azure refuses, forgets to answer, or answers late.
REQUESTS: list[Fault] = [
    {"kind": "status", "operation": "create", "probability": 0.02, "status": 503},
    {"kind": "status", "operation": "create", "probability": 0.01, "status": 429, "retry_after": 1},
    {"kind": "drop", "operation": "create", "probability": 0.01},
    {"kind": "lost_answer", "operation": "create", "probability": 0.03},
    {"kind": "status_after", "operation": "create", "probability": 0.02, "status": 500},
    {"kind": "empty_201", "operation": "create", "probability": 0.01},
    {"kind": "slow", "operation": "create", "probability": 0.02, "seconds": 5},
    {"kind": "before_answer", "probability": 0.05},
    {"kind": "status", "operation": "recognize", "probability": 0.005, "status": 503},
    {"kind": "lost_answer", "operation": "recognize", "probability": 0.01},
    {"kind": "slow", "operation": "recognize", "probability": 0.005, "seconds": 3},
    {"kind": "lost_answer", "operation": "play", "probability": 0.01},
    {"kind": "status", "operation": "terminate", "probability": 0.01, "status": 503},
    {"kind": "lost_answer", "operation": "terminate", "probability": 0.01},
]
#: Events that come twice, late, together or in another order; none is lost by it.
EVENTS: list[Fault] = [
    {"kind": "duplicate", "probability": 0.05},
    {"kind": "duplicate", "probability": 0.02, "count": 2, "seconds": 20},
    {"kind": "reorder", "probability": 0.03},
    {"kind": "batch", "probability": 0.03},
    {"kind": "delay", "probability": 0.03, "seconds": 20},
    {"kind": "delay", "probability": 0.005, "seconds": 90},
]
#: Deliveries that cannot be taken: a second one makes them good, without it they are lost.
REFUSED: list[Fault] = [
    {"kind": "corrupt", "probability": 0.01},
    {"kind": "bad_token", "probability": 0.005, "token": "expired"},
    {"kind": "bad_token", "probability": 0.005, "token": "foreign"},
    {"kind": "bad_token", "probability": 0.005, "token": "missing", "tries": 2},
]
#: Only where nobody promises equality: such an event never comes.
DROPPED: list[Fault] = [{"kind": "drop_event", "probability": 0.01}]

MIXES = ("none", "default", "storm")
#: How much more often a storm strikes.
STORM = 4
#: Without redelivery each refused event holds up a line until the watchdogs look.
RARER = 0.2


def mix(name: str, *, redelivery: bool) -> list[Fault]:
    """The faults of a run."""
    if name == "none":
        return []
    lossy = REFUSED if redelivery else [_scaled(fault, RARER) for fault in REFUSED + DROPPED]
    factor = STORM if name == "storm" else 1
    return [_scaled(fault, factor) for fault in REQUESTS + EVENTS + lossy]


def _scaled(fault: Fault, factor: float) -> Fault:
    return fault | {"probability": min(0.5, fault["probability"] * factor)}
