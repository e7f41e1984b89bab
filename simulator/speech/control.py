"""The control surface of the speech stand-in, under /control/speech."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from simulator.speech.entries import read_entry
from simulator.speech.faults import read_fault
from simulator.speech.standin import SPEECH, Speech

#: A WAV of some minutes, in base64.
MOST_BODY = 64 * 1024 * 1024


def routes() -> list[web.RouteDef]:
    return [
        web.get("/control/speech", show),
        web.delete("/control/speech", reset),
        web.get("/control/speech/ledger", show_ledger),
        web.post("/control/speech/ledger", add_entry),
        web.delete("/control/speech/ledger", clear_ledger),
        web.get("/control/speech/faults", list_faults),
        web.post("/control/speech/faults", add_fault),
        web.delete("/control/speech/faults", clear_faults),
        web.delete("/control/speech/faults/{id:\\d+}", remove_fault),
        web.post("/control/speech/tokens/expire", expire_tokens),
    ]


async def show(request: web.Request) -> web.Response:
    """What was asked, oldest first; no sound, no key."""
    return web.json_response(summary(request.app[SPEECH]))


async def reset(request: web.Request) -> web.Response:
    request.app[SPEECH].reset()
    return web.json_response({})


async def show_ledger(request: web.Request) -> web.Response:
    return web.json_response([entry.as_data() for entry in request.app[SPEECH].ledger])


async def add_entry(request: web.Request) -> web.Response:
    """Body: a sound by ``wav`` (base64) or ``sha256``, and the ``segments`` said in it."""
    try:
        entry = read_entry(await _read_object(request))
    except ValueError as mistake:
        raise web.HTTPBadRequest(text=str(mistake)) from None
    request.app[SPEECH].ledger.add(entry)
    return web.json_response(entry.as_data(), status=201)


async def clear_ledger(request: web.Request) -> web.Response:
    request.app[SPEECH].ledger.clear()
    return web.json_response({})


async def list_faults(request: web.Request) -> web.Response:
    return web.json_response([fault.as_data() for fault in request.app[SPEECH].faults])


async def add_fault(request: web.Request) -> web.Response:
    """Body: one fault, as the README's table has it."""
    try:
        fault = read_fault(await _read_object(request))
    except ValueError as mistake:
        raise web.HTTPBadRequest(text=str(mistake)) from None
    return web.json_response(request.app[SPEECH].faults.add(fault).as_data(), status=201)


async def clear_faults(request: web.Request) -> web.Response:
    request.app[SPEECH].faults.clear()
    return web.json_response({})


async def remove_fault(request: web.Request) -> web.Response:
    if not request.app[SPEECH].faults.remove(int(request.match_info["id"])):
        raise web.HTTPNotFound(text="There is no such fault.")
    return web.json_response({})


async def expire_tokens(request: web.Request) -> web.Response:
    """Let every token be ten minutes old."""
    request.app[SPEECH].access.expire_tokens()
    return web.json_response({})


def summary(speech: Speech) -> dict[str, Any]:
    return {
        "voice": speech.voice.name,
        "known": len(speech.ledger),
        "connections": [connection.as_data() for connection in speech.seen],
    }


async def _read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in a body, which may be longer than others here."""
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > MOST_BODY:
            raise web.HTTPRequestEntityTooLarge(MOST_BODY, len(body))
    try:
        data = json.loads(bytes(body))
    except RecursionError:
        data = None
    if not isinstance(data, dict):
        raise ValueError("The body must be a JSON object.")
    return data
