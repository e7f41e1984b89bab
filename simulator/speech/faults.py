"""Faults on purpose in Azure Speech: what goes wrong, where, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from simulator.fault_list import Check, FaultList, check, is_number, is_whole


class Kind(StrEnum):
    """What goes wrong."""

    #: An HTTP status instead of the websocket, or of the list or token.
    STATUS = "status"
    #: The socket is closed with a code as soon as something is asked.
    CLOSE = "close"
    #: Everything is taken, and nothing answered.
    SILENT = "silent"
    #: The answer begins late.
    SLOW = "slow"
    #: The connection is lost in the middle of the sound.
    DROP = "drop"


OPERATIONS = ("recognize", "synthesize", "voices", "token")
#: Those that need a websocket.
ON_SOCKETS = frozenset(Kind) - {Kind.STATUS}
SOCKETS = ("recognize", "synthesize")


@dataclass(eq=False, kw_only=True)
class Fault:
    """One thing that goes wrong, where it does, and how often it has."""

    kind: Kind
    operation: str = "*"
    #: How many connections at most; None is without end.
    times: int | None = None
    status: int = 503
    #: The close code; a drop without one cuts the connection.
    code: int | None = None
    reason: str = "The simulator was told to fail here."
    #: Real seconds for slow.
    seconds: float = 5.0
    #: Milliseconds of sound after which a drop comes.
    after_ms: int = 1000
    id: int = 0
    hits: int = 0

    def covers(self, operation: str) -> bool:
        if self.kind in ON_SOCKETS and operation not in SOCKETS:
            return False
        is_spent = self.times is not None and self.hits >= self.times
        return not is_spent and self.operation in ("*", operation)

    def as_data(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


_DAY = 86_400
_CHECKS: dict[str, Check] = {
    "kind": lambda v: isinstance(v, str) and v in set(Kind),
    "operation": lambda v: v == "*" or v in OPERATIONS,
    "times": lambda v: v is None or is_whole(1, 10**9)(v),
    "status": is_whole(200, 599),
    "code": lambda v: v is None or is_whole(1000, 4999)(v),
    "reason": lambda v: isinstance(v, str) and len(v.encode()) <= 123,
    "seconds": is_number(0, _DAY),
    "after_ms": is_whole(0, _DAY * 1000),
}


def read_fault(data: Mapping[str, Any]) -> Fault:
    """A fault from its JSON; ValueError says what is wrong with it."""
    check(data, _CHECKS, Kind, "A fault of speech")
    kind = Kind(data["kind"])
    if kind is Kind.CLOSE and data.get("code") is None:
        raise ValueError("A close needs a code, such as 1011.")
    if kind in ON_SOCKETS and data.get("operation") in ("voices", "token"):
        raise ValueError(f"{kind} happens to one of: {', '.join(SOCKETS)}, or *.")
    return Fault(**{**data, "kind": kind})


class Faults(FaultList[Fault]):
    """The faults set, oldest first; one of each kind strikes a connection."""

    def due(self, kind: Kind, operation: str) -> Fault | None:
        """The oldest fault of this kind that may happen to a connection."""
        return next((each for each in self if each.kind is kind and each.covers(operation)), None)

    def strike(self, kind: Kind, operation: str) -> Fault | None:
        """The same, happening now: it is counted."""
        fault = self.due(kind, operation)
        if fault is not None:
            fault.hits += 1
        return fault
