"""Faults on requests: refused, cut off, answered late, or done and the answer lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from simulator.calls import Call
from simulator.errors import WireError, injected
from simulator.faults import ON_KEYS, ON_REQUESTS, Fault, Kind
from simulator.keys import EXCHANGE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
#: Where a request keeps the call it created, and whether that is to ring at once.
CALL = web.RequestKey("call", Call)
AT_ONCE = web.RequestKey("at_once", bool)
CREATED = 201
#: Real seconds that a slow answer takes where none are named.
SLOWNESS = 5.0
#: Real seconds that an answer waits for the first events to be taken.
NEWS_PATIENCE = 3.0
NEWS_INTERVAL = 0.002
#: Kinds after which nothing is done.
INSTEAD = (Kind.STATUS, Kind.DROP)
#: Kinds that change the answer to something that was done.
AFTERWARDS = (Kind.LOST_ANSWER, Kind.STATUS_AFTER, Kind.EMPTY_201)


async def answer_with_faults(
    request: web.Request, handler: Handler, operation: str
) -> web.StreamResponse:
    """Handle a request of a named operation, unless a fault will have it otherwise."""
    faults = await _striking(request, operation)
    slow = sum(_seconds(fault) for fault in faults if fault.kind is Kind.SLOW)
    if instead := next((fault for fault in faults if fault.kind in INSTEAD), None):
        await asyncio.sleep(slow)
        return _refuse(request, instead)
    request[AT_ONCE] = any(fault.kind is Kind.BEFORE_ANSWER for fault in faults)
    try:
        answer = await handler(request)
    except WireError:
        await asyncio.sleep(slow)
        raise
    if request[AT_ONCE]:
        await _news(request[CALL])
    await asyncio.sleep(slow)
    if after := next((fault for fault in faults if fault.kind in AFTERWARDS), None):
        answer = _spoil(request, answer, after)
    if operation == "create" and answer.status == CREATED and _is_open(request):
        request[CALL].answers += 1
    return answer


async def answer_for_keys(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Hand out keys, unless the key server is down."""
    for fault in request.app[EXCHANGE].faults.strike(ON_KEYS, "keys", ""):
        if fault.seconds is not None:
            await asyncio.sleep(fault.seconds)
            return cut(request)
        raise injected(fault.status, fault.retry_after)
    return await handler(request)


def cut(request: web.Request) -> web.Response:
    """Drop the connection; the response returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _is_open(request: web.Request) -> bool:
    """Whether somebody still waits for the answer."""
    return request.transport is not None and not request.transport.is_closing()


def _seconds(fault: Fault) -> float:
    return SLOWNESS if fault.seconds is None else fault.seconds


async def _striking(request: web.Request, operation: str) -> list[Fault]:
    """What happens to this request, up to the first fault that keeps it from being done."""
    found: list[Fault] = []
    if not request.app[EXCHANGE].faults:
        return found
    number = await _number(request, operation)
    for fault in request.app[EXCHANGE].faults.strike(ON_REQUESTS, operation, number):
        found.append(fault)
        if fault.kind in INSTEAD:
            break
    return found


def _refuse(request: web.Request, fault: Fault) -> web.Response:
    if fault.kind is Kind.DROP:
        return cut(request)
    raise injected(fault.status, fault.retry_after)


def _spoil(request: web.Request, answer: web.StreamResponse, fault: Fault) -> web.StreamResponse:
    if fault.kind is Kind.LOST_ANSWER:
        return cut(request)
    if fault.kind is Kind.EMPTY_201:
        return web.Response(status=answer.status)
    raise injected(fault.status, fault.retry_after)


async def _news(call: Call) -> None:
    """Wait until the first events of a call have been delivered, or until that takes too long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(NEWS_PATIENCE):
            while not call.outbox.deliveries:
                await asyncio.sleep(NEWS_INTERVAL)
            first = list(call.outbox.deliveries)
            while any(delivery.state == "pending" for delivery in first):
                await asyncio.sleep(NEWS_INTERVAL)


async def _number(request: web.Request, operation: str) -> str:
    """The dialled number that a request is about; "" where it cannot be told."""
    if operation == "create":
        return _target(await request.read())
    call = request.app[EXCHANGE].call(request.match_info["id"])
    return "" if call is None else call.order.number


def _target(body: bytes) -> str:
    try:
        data: Mapping[str, Any] = json.loads(body)
        number = data["targets"][0]["phoneNumber"]["value"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return number if isinstance(number, str) else ""
