"""What really happened, for a drill to hold against what the caller believes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from simulator.acts import Step
from simulator.calls import Call, Heard
from simulator.exchange import Exchange


class FinalAct(StrEnum):
    """What a patient has told the caller by the end of a call."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    #: Asked to cancel, and never said yes or no when it was read back.
    CANCEL_UNFINISHED = "cancel_unfinished"
    RESCHEDULED = "rescheduled"
    #: Asked for somebody at the clinic.
    STAFF = "staff"
    STOP = "stop"
    WRONG_PERSON = "wrong_person"
    DECEASED = "deceased"
    NONE = "none"


#: What follows from an act, by its question and what it means; a later one replaces an earlier.
MEANINGS = {
    (Step.RIGHT_PARTY, "no"): FinalAct.WRONG_PERSON,
    (Step.MENU, "confirm"): FinalAct.CONFIRMED,
    (Step.MENU, "cancel"): FinalAct.CANCEL_UNFINISHED,
    (Step.MENU, "reschedule"): FinalAct.RESCHEDULED,
    (Step.READ_BACK, "yes"): FinalAct.CANCELLED,
    (Step.READ_BACK, "no"): FinalAct.NONE,
}
#: The same whatever was asked.
ANYWHERE = {"staff": FinalAct.STAFF, "deceased": FinalAct.DECEASED, "stop": FinalAct.STOP}


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
        "transfers": [moved.as_data() for moved in call.moved],
        "speech_models": list(call.speech_models),
        "acts": [act.value for act in acts(call.heard)],
        "final_act": final_act(call.heard).value,
    }


def final_act(heard: Iterable[Heard]) -> FinalAct:
    """What the acts come to, as far as the caller was or should have been told of them."""
    found = FinalAct.NONE
    for _, act in _told(heard):
        found = act
        if act is FinalAct.STOP:
            break
    return found


def acts(heard: Iterable[Heard]) -> list[FinalAct]:
    """What was told of each visit: an act for every menu that was answered, in their order."""
    found: list[FinalAct] = []
    for step, act in _told(heard):
        if step is Step.MENU or not found:
            found.append(act)
        else:
            found[-1] = act
        if act is FinalAct.STOP:
            break
    return found


def _told(heard: Iterable[Heard]) -> Iterator[tuple[Step, FinalAct]]:
    """The acts of which the caller was or should have been told, as far as they change anything."""
    for act in heard:
        if act.event == "none":
            continue
        step, means = Step(act.line.step or Step.OTHER), (act.line.means or "").casefold()
        found = ANYWHERE.get(means) or MEANINGS.get((step, means))
        if found is not None:
            yield step, found


def _act(heard: Heard) -> dict[str, Any]:
    line = heard.line
    return {
        "step": line.step,
        "input": line.input,
        "label": line.heard_as,
        "means": line.means,
        "by": "voice" if line.key is None else "key",
        "words": line.text if line.key is None else line.key,
        "context": line.context,
        "at": line.at.isoformat(),
        "event": heard.event,
        "event_id": heard.delivery and heard.delivery.id,
    }
