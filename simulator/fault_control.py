"""The control surface for what goes wrong: faults, keys."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from simulator.faults import Faults, read_fault
from simulator.keys import EXCHANGE


def routes() -> list[web.RouteDef]:
    return [
        web.get("/control/faults", list_faults),
        web.post("/control/faults", add_fault),
        web.delete("/control/faults", clear_faults),
        web.delete("/control/faults/{id:\\d+}", remove_fault),
    ]


async def list_faults(request: web.Request) -> web.Response:
    return web.json_response([fault.as_data() for fault in _faults(request)])


async def add_fault(request: web.Request) -> web.Response:
    """Body: one fault, as the README's table has it."""
    try:
        fault = read_fault(await read_object(request))
    except ValueError as mistake:
        raise web.HTTPBadRequest(text=str(mistake)) from None
    return web.json_response(_faults(request).add(fault).as_data(), status=201)


async def clear_faults(request: web.Request) -> web.Response:
    _faults(request).clear()
    return web.json_response({})


async def remove_fault(request: web.Request) -> web.Response:
    if not _faults(request).remove(int(request.match_info["id"])):
        raise web.HTTPNotFound(text="There is no such fault.")
    return web.json_response({})


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in a body; ValueError where there is none."""
    try:
        data = json.loads(await request.read())
    except RecursionError:
        data = None
    if not isinstance(data, dict):
        raise ValueError("The body must be a JSON object.")
    return data


def _faults(request: web.Request) -> Faults:
    return request.app[EXCHANGE].faults
