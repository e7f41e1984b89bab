"""The telephone page, and the line to it: a number is claimed, then answered over a WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import WSMsgType, web

from simulator.acts import Nothing, Press, Say
from simulator.keys import EXCHANGE
from simulator.persona import Ring
from simulator.phones import IDLE, Phone, Phones
from simulator.recognizing import TONES
from simulator.wire import is_e164

PAGE = Path(__file__).parent / "phone_page"
FILES = {
    "phone.html": "text/html",
    "phone.css": "text/css",
    "phone.js": "text/javascript",
}
#: The page loads and talks to nothing but its own origin.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Languages that the page offers to speak in.
LANGUAGES = ("en", "es", "fr", "de", "pt", "ar")
MAX_WORDS = 1000
#: Seconds after which a page that does not answer any more is given up.
HEARTBEAT = 20.0
#: Numbers that the page suggests: one of fiction, and those dialled last.
SUGGESTED = "+12125550142"
MOST_SUGGESTED = 20


def routes() -> list[web.RouteDef]:
    one = "/control/phones/{number}"
    return [
        web.get("/phone", show),
        web.get("/phone/{file:phone\\.(?:css|js)}", show),
        web.get("/control/phones", list_phones),
        web.post(one, claim),
        web.delete(one, release),
        web.get(one + "/line", line),
        web.get(one + "/sounds/{sound:\\d{1,9}}", sound),
    ]


async def show(request: web.Request) -> web.Response:
    name = request.match_info.get("file", "phone.html")
    text = (PAGE / name).read_text(encoding="utf-8")
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return web.Response(text=text, content_type=FILES[name], charset="utf-8", headers=headers)


async def list_phones(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    dialled = dict.fromkeys([SUGGESTED, *(call.order.number for call in exchange.recent)])
    return web.json_response(
        {
            "phones": [{"number": phone.number, "state": phone.state} for phone in exchange.phones],
            "suggested": list(dialled)[:MOST_SUGGESTED],
        }
    )


async def claim(request: web.Request) -> web.Response:
    """Let a person answer a number from now on; the claim is the way to its line."""
    _require_own_page(request)
    number = request.match_info["number"]
    if not is_e164(number):
        raise web.HTTPBadRequest(text="A telephone has an E.164 number, such as +12125550142.")
    phone = _phones(request).claim(number)
    if phone is None:
        raise web.HTTPConflict(text=f"Somebody answers {number} already.")
    path = f"/control/phones/{quote(number)}/line?claim={phone.claim}"
    data = {
        "number": number,
        "claim": phone.claim,
        "line": path,
        "voice": phone.sounds.voice.name,
    }
    return web.json_response(data, status=201)


async def release(request: web.Request) -> web.Response:
    """Let the persona answer again."""
    _phones(request).release(_claimed(request))
    return web.json_response({})


async def sound(request: web.Request) -> web.Response:
    """What one prompt sounds like, a WAV file."""
    found = _claimed(request).sounds.get(int(request.match_info["sound"]))
    if found is None:
        raise web.HTTPNotFound(text="This sound is gone.")
    return web.Response(body=found, content_type="audio/wav", headers={"Cache-Control": "no-store"})


async def line(request: web.Request) -> web.WebSocketResponse:
    """What a telephone hears, as JSON messages; what its person does comes back likewise."""
    _require_own_page(request)
    phone = _claimed(request)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT)
    await socket.prepare(request)
    outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    phone.hear = outgoing.put_nowait
    phone.tell("ready", number=phone.number, state=phone.state)
    sending = asyncio.create_task(_send(socket, outgoing))
    try:
        await _receive(socket, phone)
    finally:
        sending.cancel()
        _phones(request).release(phone)
    return socket


async def hang_up_all(app: web.Application) -> None:
    """Switch every telephone off: their sockets would keep the server from ending."""
    for phone in app[EXCHANGE].phones:
        app[EXCHANGE].phones.release(phone)


async def _send(socket: web.WebSocketResponse, outgoing: asyncio.Queue[dict[str, Any]]) -> None:
    with contextlib.suppress(ConnectionError):  # the page went away, which its reader sees
        while True:
            message = await outgoing.get()
            await socket.send_json(message)
            if message["type"] == "released":
                await socket.close()


async def _receive(socket: web.WebSocketResponse, phone: Phone) -> None:
    while True:
        try:
            message = await socket.receive(timeout=IDLE)
        except TimeoutError:
            if phone.is_stale:
                await socket.send_json({"type": "released"})
                return
            continue
        if message.type is not WSMsgType.TEXT:
            return
        phone.touch()
        try:
            do(phone, json.loads(message.data))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as mistake:
            phone.tell("mistake", text=str(mistake))


def do(phone: Phone, message: dict[str, Any]) -> None:
    """One thing that the person does; ValueError and its like where it is none."""
    match message["do"]:
        case "answer":
            phone.pick_up(Ring.ANSWERS)
        case "decline":
            phone.pick_up(Ring.DECLINES)
        case "press":
            if message["key"] not in TONES:
                raise ValueError("There is no such key.")
            phone.do(Press(message["key"]))
        case "say":
            phone.do(_say(message["text"], message.get("language", "en")))
        case "silence":
            phone.do(Nothing())
        case "hang_up":
            if phone.hang_up is not None:
                phone.hang_up()
        case other:
            raise ValueError(f"Nobody knows how to {other}.")


def _say(text: str, language: str) -> Say:
    if not text.strip() or len(text) > MAX_WORDS:
        raise ValueError(f"Something said has 1 to {MAX_WORDS} characters.")
    if language not in LANGUAGES:
        raise ValueError(f"The languages are {', '.join(LANGUAGES)}.")
    return Say((text.strip(),), language=language)


def _claimed(request: web.Request) -> Phone:
    phone = _phones(request).at(request.match_info["number"])
    if phone is None or request.query.get("claim") != phone.claim:
        raise web.HTTPNotFound(text="This number is not yours: claim it first.")
    return phone


def _require_own_page(request: web.Request) -> None:
    """Another site's page must not take a telephone; a program sends no Origin at all."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="Only the simulator's own page may do this.")


def _phones(request: web.Request) -> Phones:
    return request.app[EXCHANGE].phones
