"""The HTTP side: Azure's paths on an aiohttp application, and its answers to what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from simulator import control, fault_control, page, phone_control
from simulator.auth import check_signature
from simulator.errors import WireError, invalid, not_built
from simulator.exchange import Exchange, read_repeatability_id
from simulator.keys import EXCHANGE
from simulator.line import Line
from simulator.recognizing import read_recognize
from simulator.request_faults import (
    AT_ONCE,
    CALL,
    Handler,
    answer_for_keys,
    answer_with_faults,
)
from simulator.signing import KEYS_PATH, OPENID_PATH
from simulator.speech import control as speech_control
from simulator.speech import routes as speech_routes
from simulator.wire import read_play

CALLS = "/calling/callConnections"
ONE_CALL = CALLS + "/{id:[^/:]+}"


def make_app(exchange: Exchange) -> web.Application:
    """The application of one simulator; the exchange is closed with it."""
    app = web.Application(middlewares=[azure_errors, signed_requests, faults])
    app[EXCHANGE] = exchange
    app.on_shutdown.append(phone_control.hang_up_all)
    app.on_cleanup.append(_close)
    app.add_routes(
        [
            web.get(OPENID_PATH, openid_configuration),
            web.get(KEYS_PATH, key_set),
            web.post(CALLS, create_call),
            web.get(ONE_CALL, get_call),
            web.delete(ONE_CALL, hang_up),
            web.post(ONE_CALL + ":terminate", hang_up),
            web.post(ONE_CALL + ":recognize", recognize),
            web.post(ONE_CALL + ":play", play),
            web.post(ONE_CALL + ":transferToParticipant", transfer),
            web.post(ONE_CALL + ":cancelAllMediaOperations", cancel_media),
            web.route("*", "/calling{rest:(/.*)?}", anything_else),
            web.get("/", page.show),
            *control.routes(),
            *fault_control.routes(),
            *phone_control.routes(),
            *speech_control.routes(),
        ]
    )
    speech_routes.attach(app, exchange.options)
    return app


@web.middleware
async def azure_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn refusals into Azure's error bodies."""
    try:
        return await handler(request)
    except WireError as refusal:
        return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)


@web.middleware
async def signed_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let only signed requests with an api-version through to Azure's own paths."""
    if request.path.startswith("/calling") and request.path not in (OPENID_PATH, KEYS_PATH):
        check_signature(
            key=request.app[EXCHANGE].options.key,
            method=request.method,
            target=request.raw_path,
            headers=request.headers,
            body=await request.read(),
            now=datetime.now(UTC),
        )
        if not request.query.get("api-version"):
            raise invalid("The query parameter api-version is required.")
    return await handler(request)


@web.middleware
async def faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let happen what the control API asked to go wrong; only signed requests come here."""
    if request.path in (OPENID_PATH, KEYS_PATH):
        return await answer_for_keys(request, handler)
    operation = OPERATIONS.get(request.match_info.handler)
    if operation is None:
        return await handler(request)
    return await answer_with_faults(request, handler, operation)


async def create_call(request: web.Request) -> web.Response:
    call = request[CALL] = request.app[EXCHANGE].create(
        await _body(request),
        api_version=_api_version(request),
        repeatability_id=read_repeatability_id(request.headers),
        at_once=request.get(AT_ONCE, False),
    )
    return web.json_response(call.properties(), status=201)


async def get_call(request: web.Request) -> web.Response:
    return web.json_response(_line(request).call.properties())


async def hang_up(request: web.Request) -> web.Response:
    """Terminate and leave are the same here: one telephone and one application."""
    _line(request).app_hangs_up()
    return web.Response(status=204)


async def recognize(request: web.Request) -> web.Response:
    line = _line(request)
    line.perform(read_recognize(await _body(request), _api_version(request)))
    return web.Response(status=202)


async def play(request: web.Request) -> web.Response:
    line = _line(request)
    line.perform(read_play(await _body(request)))
    return web.Response(status=202)


async def cancel_media(request: web.Request) -> web.Response:
    _line(request).cancel_media()
    return web.Response(status=202)


async def transfer(request: web.Request) -> web.Response:
    line = _line(request)
    context = request.app[EXCHANGE].transfer(
        line,
        await _body(request),
        repeatability_id=read_repeatability_id(request.headers),
    )
    return web.json_response({} if context is None else {"operationContext": context}, status=202)


async def anything_else(request: web.Request) -> web.Response:
    raise not_built(f"{request.method} {request.path}")


async def openid_configuration(request: web.Request) -> web.Response:
    return web.json_response(request.app[EXCHANGE].keys.openid_configuration())


async def key_set(request: web.Request) -> web.Response:
    return web.json_response(request.app[EXCHANGE].keys.key_set())


#: What the faults call the requests.
OPERATIONS: dict[Callable[..., Any], str] = {
    create_call: "create",
    get_call: "get",
    hang_up: "terminate",
    recognize: "recognize",
    play: "play",
    cancel_media: "cancel",
    transfer: "transfer",
}


def _line(request: web.Request) -> Line:
    return request.app[EXCHANGE].line(request.match_info["id"])


def _api_version(request: web.Request) -> str:
    return request.query["api-version"]


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise invalid("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise invalid("The body is not a JSON object.")
    return body


async def _close(app: web.Application) -> None:
    await app[EXCHANGE].close()
