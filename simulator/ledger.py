"""What really happened, for a drill to hold against what the caller believes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from simulator.calls import Call, Heard
from simulator.exchange import Exchange
from simulator.personas import Step


class FinalAct(StrEnum):
    """What a patient has told the caller by the end of a call."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    #: Asked to cancel, and never said yes or no when it was read back.
    CANCEL_UNFINISHED = "cancel_unfinished"
    STOP = "stop"
    WRONG_PERSON = "wrong_person"
    NONE = "none"


#: What follows from an act, by its question and its label; a later one replaces an earlier.
MEANINGS = {
    (Step.RIGHT_PARTY, "no"): FinalAct.WRONG_PERSON,
    (Step.MENU, "confirm"): FinalAct.CONFIRMED,
    (Step.MENU, "cancel"): FinalAct.CANCEL_UNFINISHED,
    (Step.READ_BACK, "yes"): FinalAct.CANCELLED,
    (Step.READ_BACK, "no"): FinalAct.NONE,
}


def ledger(exchange: Exchange) -> dict[str, Any]:
    """Every ring since the last reset, oldest first, and the most lines open at once."""
    return {
        "rings": [row(call) for call in exchange.calls],
        "open": sum(call.is_open for call in exchange.calls),
        "peak": dict(exchange.peak),
    }


def row(call: Call) -> dict[str, Any]:
    """One ring. ``rang_at`` is real time; the other times are those of the line."""
    return {
        "id": call.id,
        "dialled": call.order.number,
        "caller_id": call.order.caller_id,
        "persona": call.patient.persona.name,
        "repeatability_id": call.repeatability_id,
        "operation_context": call.order.operation_context,
        "callback_uri": call.order.callback_uri,
        "requests": call.requests,
        "answers": call.answers,
        "rang_at": call.rang_at,
        "started_at": call.started_at.isoformat(),
        "connected_at": call.connected_at and call.connected_at.isoformat(),
        "ended_at": call.ended_at and call.ended_at.isoformat(),
        "ending": call.ending and call.ending.value,
        "said": [_act(heard) for heard in call.heard],
        "final_act": final_act(call.heard).value,
    }


def final_act(heard: Iterable[Heard]) -> FinalAct:
    """What the acts come to, as far as the caller was or should have been told of them."""
    found = FinalAct.NONE
    for act in heard:
        if act.event == "none":
            continue
        label = (act.line.heard_as or "").casefold()
        if label == "stop":
            return FinalAct.STOP
        found = MEANINGS.get((Step(act.line.step or Step.OTHER), label), found)
    return found


def _act(heard: Heard) -> dict[str, Any]:
    line = heard.line
    return {
        "step": line.step,
        "label": line.heard_as,
        "by": "voice" if line.key is None else "key",
        "words": line.text if line.key is None else line.key,
        "context": line.context,
        "at": line.at.isoformat(),
        "event": heard.event,
        "event_id": heard.delivery and heard.delivery.id,
    }
