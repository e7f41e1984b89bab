"""Faults on purpose: what goes wrong, where and how often; the same every time for one seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from simulator.fault_list import Check, FaultList, check, is_number, is_whole
from simulator.patient import Draw


class Kind(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    STATUS_AFTER = "status_after"
    LOST_ANSWER = "lost_answer"
    DROP = "drop"
    SLOW = "slow"
    EMPTY_201 = "empty_201"
    BEFORE_ANSWER = "before_answer"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    DELAY = "delay"
    BATCH = "batch"
    DROP_EVENT = "drop_event"
    CORRUPT = "corrupt"
    BAD_TOKEN = "bad_token"
    ROTATE_KEYS = "rotate_keys"
    KEYS_DOWN = "keys_down"


ON_REQUESTS = frozenset(
    {
        Kind.STATUS,
        Kind.STATUS_AFTER,
        Kind.LOST_ANSWER,
        Kind.DROP,
        Kind.SLOW,
        Kind.EMPTY_201,
        Kind.BEFORE_ANSWER,
    }
)
ON_KEYS = frozenset({Kind.KEYS_DOWN})
ON_EVENTS = frozenset(Kind) - ON_REQUESTS - ON_KEYS
#: The one scope that these have, whatever was asked for.
FIXED_SCOPE = {Kind.BEFORE_ANSWER: "create", Kind.KEYS_DOWN: "keys"}
REQUESTS = ("create", "recognize", "play", "cancel", "transfer", "terminate", "get")
EVENTS = (
    "CallConnected",
    "CallDisconnected",
    "CreateCallFailed",
    "ParticipantsUpdated",
    "PlayStarted",
    "PlayCompleted",
    "PlayCanceled",
    "PlayFailed",
    "RecognizeCompleted",
    "RecognizeFailed",
    "RecognizeCanceled",
    "CallTransferAccepted",
    "CallTransferFailed",
)
TOKENS = ("expired", "foreign", "audience", "issuer", "malformed", "missing")


@dataclass(eq=False, kw_only=True)
class Fault:
    """One thing that goes wrong, where it does, and how often it has."""

    kind: Kind
    #: A request, ``event:<Type>``, or ``*`` for every one that the kind can happen to.
    operation: str = "*"
    #: Only for this dialled number.
    number: str | None = None
    probability: float = 1.0
    #: How many times at most; None is without end.
    times: int | None = None
    #: The status answered by status, status_after and keys_down.
    status: int = 503
    #: Seconds in a Retry-After header.
    retry_after: float | None = None
    #: Real ones for slow and keys_down, those of the line for delay and duplicate.
    seconds: float | None = None
    #: Copies beside the first, or events that overtake or join this one.
    count: int = 1
    #: What is wrong with the token, on how many tries of an event.
    token: str = "expired"
    tries: int = 1
    #: Whether a rotation goes on publishing the key before it.
    keep_old: bool = True
    id: int = 0
    hits: int = 0

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.hits >= self.times

    def covers(self, operation: str, number: str) -> bool:
        return self.operation in ("*", operation) and self.number in (None, number)

    def as_data(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


_DAY = 86_400.0
_CHECKS: dict[str, Check] = {
    "kind": lambda v: isinstance(v, str) and v in set(Kind),
    "operation": lambda v: isinstance(v, str),
    "number": lambda v: v is None or isinstance(v, str),
    "probability": is_number(0, 1),
    "times": lambda v: v is None or is_whole(1, 10**9)(v),
    "status": is_whole(400, 599),
    "retry_after": lambda v: v is None or is_number(0, _DAY)(v),
    "seconds": lambda v: v is None or is_number(0, _DAY)(v),
    "count": is_whole(1, 100),
    "token": lambda v: isinstance(v, str) and v in TOKENS,
    "tries": is_whole(1, 1000),
    "keep_old": lambda v: isinstance(v, bool),
}


def read_fault(data: Mapping[str, Any]) -> Fault:
    """A fault from its JSON; ValueError says what is wrong with it."""
    check(data, _CHECKS, Kind, "A fault")
    kind = Kind(data["kind"])
    operation = FIXED_SCOPE.get(kind) or _scope(kind, data.get("operation", "*"))
    return Fault(**{**data, "kind": kind, "operation": operation})


def _scope(kind: Kind, operation: str) -> str:
    known = [f"event:{name}" for name in EVENTS] if kind in ON_EVENTS else list(REQUESTS)
    if operation in ("*", "event:*") and (kind in ON_EVENTS or operation == "*"):
        return "*"
    if operation not in known:
        raise ValueError(f"{kind} happens to one of: {', '.join(known)}, or *.")
    return operation


class Faults(FaultList[Fault]):
    """The faults of one simulator, oldest first."""

    def __init__(self, seed: str) -> None:
        super().__init__()
        self._seed = seed
        #: How often chance was asked, for each fault, operation and number.
        self._asked: Counter[tuple[int, str, str]] = Counter()

    def clear(self) -> None:
        """No fault any more; numbering and chance begin again."""
        super().clear()
        self._asked.clear()

    def strike(self, kinds: Collection[Kind], operation: str, number: str) -> Iterator[Fault]:
        """The faults that happen to this operation now, each counted as it is taken."""
        for fault in list(self._faults):
            if fault.kind in kinds and not fault.is_spent and fault.covers(operation, number):
                if not self._falls(fault, operation, number):
                    continue
                fault.hits += 1
                yield fault

    def _falls(self, fault: Fault, operation: str, number: str) -> bool:
        if fault.probability >= 1:
            return True
        key = (fault.id, operation, number)
        self._asked[key] += 1
        share = Draw(self._seed, number).between(0, 1, "fault", *key, self._asked[key])
        return share < fault.probability
