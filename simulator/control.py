"""The control surface under /control/: what happened, who answers which number, start again.

JSON on loopback, without authentication. Times are those of the line: system time plus offset.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from aiohttp import web

from simulator.calls import Call, Utterance
from simulator.keys import EXCHANGE
from simulator.personas import BY_NAME, DEFAULT, PERSONAS
from simulator.speech.standin import SPEECH


def routes() -> list[web.RouteDef]:
    return [
        web.post("/control/reset", reset),
        web.get("/control/calls", list_calls),
        web.get("/control/calls/{id}", one_call),
        web.get("/control/transcript/{id}", transcript),
        web.get("/control/personas", list_personas),
        web.post("/control/personas/{number}", set_persona),
        web.post("/control/digits", set_digits),
    ]


async def reset(request: web.Request) -> web.Response:
    """Calls and speech alike: what one test or drill has set, no other finds."""
    await request.app[EXCHANGE].reset()
    request.app[SPEECH].reset()
    return web.json_response({})


async def list_calls(request: web.Request) -> web.Response:
    return web.json_response([summary(call) for call in request.app[EXCHANGE].calls])


async def one_call(request: web.Request) -> web.Response:
    return web.json_response(detail(_call(request)))


async def transcript(request: web.Request) -> web.Response:
    return web.Response(text=readable(_call(request)))


async def list_personas(request: web.Request) -> web.Response:
    rows = [
        {"name": persona.name, "digits": list(persona.digits), "summary": persona.summary}
        for persona in PERSONAS
    ]
    return web.json_response({"default": DEFAULT.name, "personas": rows})


async def set_persona(request: web.Request) -> web.Response:
    """Body ``{"persona": name}``; null goes back to the table."""
    name = _persona_name(await request.read())
    exchange, number = request.app[EXCHANGE], request.match_info["number"]
    exchange.set_persona(number, None if name is None else BY_NAME[name])
    return web.json_response({"number": number, "persona": exchange.persona_of(number).name})


async def set_digits(request: web.Request) -> web.Response:
    """Body ``{"digits": "0407"}``: what patients type in later calls who know what to type."""
    digits = request.app[EXCHANGE].digits = _digits(await request.read())
    return web.json_response({"digits": digits})


def summary(call: Call) -> dict[str, Any]:
    """One ring of the ledger."""
    return {
        "id": call.id,
        "dialled": call.order.number,
        "caller_id": call.order.caller_id,
        "persona": call.patient.persona.name,
        "repeatability_id": call.repeatability_id,
        "operation_context": call.order.operation_context,
        "callback_uri": call.order.callback_uri,
        "state": call.state.value,
        "started_at": _iso(call.started_at),
        "connected_at": _iso(call.connected_at),
        "ended_at": _iso(call.ended_at),
        "ending": None if call.ending is None else call.ending.value,
        "transfers": [moved.as_data() for moved in call.moved],
        "answers": [line.as_data() for line in call.transcript if line.who == "patient"],
    }


def detail(call: Call) -> dict[str, Any]:
    """A ring with the whole conversation and every event with its delivery."""
    return summary(call) | {
        "asked": [json.loads(asked) for asked in call.asked],
        "transcript": [line.as_data() for line in call.transcript],
        "events": [delivery.as_data() for delivery in call.outbox.deliveries],
    }


def readable(call: Call) -> str:
    """A conversation for people to read."""
    ending = "" if call.ending is None else f", {call.ending.value.replace('_', ' ')}"
    head = f"{call.order.number} ({call.patient.persona.name}): {call.state.value}{ending}"
    return "\n".join([head, *map(_readable_line, call.transcript)]) + "\n"


def _readable_line(line: Utterance) -> str:
    said = f"[presses {line.key}]" if line.key is not None else line.text
    heard = f"  -> {line.heard_as}" if line.heard_as is not None else ""
    return f"{line.at:%H:%M:%S} {line.who + ':':9} {said}{heard}"


def _call(request: web.Request) -> Call:
    call = request.app[EXCHANGE].call(request.match_info["id"])
    if call is None:
        raise web.HTTPNotFound(text="There was no such call.")
    return call


def _persona_name(body: bytes) -> str | None:
    try:
        name = json.loads(body)["persona"]
    except (ValueError, KeyError, TypeError):
        raise web.HTTPBadRequest(text='The body must be {"persona": name or null}.') from None
    if name is None:
        return None
    if not isinstance(name, str) or name not in BY_NAME:
        raise web.HTTPBadRequest(text=f"There is no persona {name!r}.")
    return name


def _digits(body: bytes) -> str:
    try:
        digits = json.loads(body)["digits"]
    except (ValueError, KeyError, TypeError):
        digits = None
    if not isinstance(digits, str) or not (digits.isascii() and digits.isdecimal()):
        raise web.HTTPBadRequest(text='The body must be {"digits": "0407"}.')
    return digits


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
