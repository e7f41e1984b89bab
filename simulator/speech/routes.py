"""The addresses of Azure Speech: the cloud's paths, and those of its containers."""

from __future__ import annotations

from aiohttp import web

from simulator.options import Options
from simulator.speech.listening import recognize
from simulator.speech.sockets import admitted
from simulator.speech.speaking import synthesize
from simulator.speech.standin import SPEECH, Speech
from simulator.speech.voices import SPEAKERS


def attach(app: web.Application, options: Options) -> None:
    """Let an application be a speech resource as well."""
    app[SPEECH] = Speech(options)
    app.on_shutdown.append(_close)
    mode = "{mode:interactive|conversation|dictation}"
    app.add_routes(
        [
            web.get("/stt/speech/universal/v2", recognize),
            web.get("/speech/universal/v2", recognize),
            web.get(f"/speech/recognition/{mode}/cognitiveservices/v1", recognize),
            web.get("/tts/cognitiveservices/websocket/v1", synthesize),
            web.get("/cognitiveservices/websocket/v1", synthesize),
            web.get("/tts/cognitiveservices/voices/list", list_voices),
            web.get("/cognitiveservices/voices/list", list_voices),
            web.post("/sts/v1.0/issueToken", issue_token),
        ]
    )


async def list_voices(request: web.Request) -> web.Response:
    from_container = request.path.startswith("/cognitiveservices/")
    seen = admitted(request, "voices", key_required=not from_container)
    if isinstance(seen, web.Response):
        return seen
    seen.status = 200
    return web.json_response([speaker.as_data() for speaker in SPEAKERS])


async def issue_token(request: web.Request) -> web.Response:
    """A token for ten minutes; a key is needed for it, and a token will not do."""
    seen = admitted(request, "token")
    if isinstance(seen, web.Response):
        return seen
    speech = request.app[SPEECH]
    try:
        speech.access.check_key(request.headers)
    except web.HTTPUnauthorized as refusal:
        seen.status = refusal.status
        return web.Response(status=refusal.status, text=refusal.text)
    seen.status = 200
    return web.Response(text=speech.access.issue(), content_type="application/jwt")


async def _close(app: web.Application) -> None:
    await app[SPEECH].close()
