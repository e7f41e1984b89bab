"""What faults do to one event on its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.faults import ON_EVENTS, Fault, Faults, Kind
from simulator.signing import KeyRing


@dataclass(frozen=True)
class Handling:
    """How one event is carried; the usual one is untouched, in its place, once."""

    dropped: bool = False
    #: Seconds of the line before it goes out, past its place in the order.
    delay: float = 0.0
    #: How many events of the call go out before it, and how many join it in one POST.
    overtaken_by: int = 0
    joined_by: int = 0
    copies: int = 0
    #: Seconds of the line between the copies; 0 sends them at the same moment.
    apart: float = 0.0
    #: Tries that carry half a body, or a token that is not good.
    corrupt_tries: int = 0
    token: str | None = None
    token_tries: int = 0
    #: Whether the keys are changed before it is signed, and the old one stays published.
    rotate: bool = False
    keep_old: bool = True


USUAL = Handling()


def handling_of(faults: Faults, name: str, number: str) -> Handling:
    """What is to happen to an event of this type on a call to this number."""
    changes: dict[str, Any] = {}
    for fault in faults.strike(ON_EVENTS, f"event:{name}", number):
        for field, value in _EFFECTS[fault.kind](fault).items():
            changes.setdefault(field, value)
    return Handling(**changes) if changes else USUAL


_EFFECTS: Mapping[Kind, Callable[[Fault], dict[str, Any]]] = {
    Kind.DROP_EVENT: lambda fault: {"dropped": True},
    Kind.DELAY: lambda fault: {"delay": 5.0 if fault.seconds is None else fault.seconds},
    Kind.REORDER: lambda fault: {"overtaken_by": fault.count},
    Kind.BATCH: lambda fault: {"joined_by": fault.count},
    Kind.DUPLICATE: lambda fault: {"copies": fault.count, "apart": fault.seconds or 0.0},
    Kind.CORRUPT: lambda fault: {"corrupt_tries": fault.tries},
    Kind.BAD_TOKEN: lambda fault: {"token": fault.token, "token_tries": fault.tries},
    Kind.ROTATE_KEYS: lambda fault: {"rotate": True, "keep_old": fault.keep_old},
}


def bad_token(keys: KeyRing, wrong: str) -> str | None:
    """A token with this one thing wrong with it; None is no token at all."""
    match wrong:
        case "foreign":
            return keys.token(key="foreign")
        case "malformed":
            return "not-a-token"
        case "missing":
            return None
        case "audience":
            return keys.token({"aud": "00000000-0000-4000-8000-000000000000"})
        case "issuer":
            return keys.token({"iss": "https://issuer.invalid"})
        case _:
            hour_ago = int(time.time()) - 3600
            return keys.token({"iat": hour_ago, "nbf": hour_ago, "exp": hour_ago + 300})
