"""GET /: what this is, and the recent calls with what was said. Plain HTML, nothing loaded."""

from __future__ import annotations

from html import escape

from aiohttp import web

from simulator.calls import Call
from simulator.control import readable
from simulator.keys import EXCHANGE

#: Calls shown, newest first.
SHOWN = 50
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "pre{background:#f4f4f4;color:#111;padding:.75rem;white-space:pre-wrap}"
)
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Telephone simulator</title>
<style>{style}</style>
<h1>Telephone simulator</h1>
<p>A local stand-in for Azure Communication Services Call Automation. No telephone rings:
the patients below are invented, and their last two digits decide what they do
(<a href="/control/personas">who does what</a>, <a href="/control/calls">calls as JSON</a>).</p>
<h2>{heading}</h2>
{calls}
</html>
"""


async def show(request: web.Request) -> web.Response:
    calls = request.app[EXCHANGE].calls
    recent = list(reversed(calls[-SHOWN:]))
    heading = f"Calls: {len(calls)}" if len(calls) <= SHOWN else f"Last {SHOWN} of {len(calls)}"
    shown = "\n".join(map(_shown, recent)) or "<p>Nobody has called yet.</p>"
    text = PAGE.format(style=STYLE, heading=heading, calls=shown)
    return web.Response(text=text, content_type="text/html")


def _shown(call: Call) -> str:
    head, _, conversation = readable(call).partition("\n")
    words = escape(conversation) or "Nothing was said."
    when = f"{call.started_at:%H:%M:%S}"
    return (
        f"<details><summary>{when} {escape(head)}</summary>"
        f'<pre>{words}</pre><a href="/control/calls/{escape(call.id)}">events</a></details>'
    )
