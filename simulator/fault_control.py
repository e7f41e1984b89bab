"""The control surface of a drill: faults, redelivery, keys, the population and the ledger."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from simulator.faults import Faults, read_fault
from simulator.keys import EXCHANGE
from simulator.ledger import ledger
from simulator.population import Population


def routes() -> list[web.RouteDef]:
    return [
        web.get("/control/faults", list_faults),
        web.post("/control/faults", add_fault),
        web.delete("/control/faults", clear_faults),
        web.delete("/control/faults/{id:\\d+}", remove_fault),
        web.post("/control/redelivery", set_redelivery),
        web.post("/control/keys/rotate", rotate_keys),
        web.post("/control/population", set_population),
        web.get("/control/ledger", show_ledger),
    ]


async def list_faults(request: web.Request) -> web.Response:
    return web.json_response([fault.as_data() for fault in _faults(request)])


async def add_fault(request: web.Request) -> web.Response:
    """Body: one fault, as the README's table has it."""
    try:
        fault = read_fault(await _read_object(request))
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


async def set_redelivery(request: web.Request) -> web.Response:
    """Body ``{"on": true, "seconds": 60}``; without seconds they stay as they are."""
    data = await _checked_object(request)
    on, seconds = data.get("on"), data.get("seconds")
    redelivery = request.app[EXCHANGE].postman.redelivery
    if not isinstance(on, bool):
        raise web.HTTPBadRequest(text='The body must be {"on": true or false, "seconds": 60}.')
    if seconds is not None:
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
            raise web.HTTPBadRequest(text="The seconds must be a number above 0.")
        redelivery.seconds = seconds
    redelivery.on = on
    return web.json_response({"on": redelivery.on, "seconds": redelivery.seconds})


async def rotate_keys(request: web.Request) -> web.Response:
    """Body ``{"keep_old": false}``, or {}: the key before is published as well."""
    keep_old = (await _checked_object(request)).get("keep_old", True)
    if not isinstance(keep_old, bool):
        raise web.HTTPBadRequest(text="keep_old must be true or false.")
    request.app[EXCHANGE].keys.rotate(keep_old=keep_old)
    return web.json_response({})


async def set_population(request: web.Request) -> web.Response:
    """Body ``{"seed": 7, "size": 500, "proportions": {…}}``; answers with the patients."""
    data = await _checked_object(request)
    try:
        population = Population(data["seed"], data["size"], data.get("proportions"))
    except KeyError as missing:
        raise web.HTTPBadRequest(text=f"A population needs a {missing.args[0]}.") from None
    except ValueError as mistake:
        raise web.HTTPBadRequest(text=str(mistake)) from None
    request.app[EXCHANGE].populate(population)
    return web.json_response(population.as_data())


async def show_ledger(request: web.Request) -> web.Response:
    return web.json_response(ledger(request.app[EXCHANGE]), dumps=_compact)


async def _checked_object(request: web.Request) -> dict[str, Any]:
    try:
        return await _read_object(request)
    except ValueError as mistake:
        raise web.HTTPBadRequest(text=str(mistake)) from None


def _compact(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"))


async def _read_object(request: web.Request) -> dict[str, Any]:
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
