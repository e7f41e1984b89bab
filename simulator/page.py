"""GET /: what this is, and the recent calls as conversations. Plain HTML, nothing loaded."""

from __future__ import annotations

from html import escape
from itertools import islice

from aiohttp import web

from simulator.calls import Call, Ending, Utterance
from simulator.exchange import Exchange
from simulator.keys import EXCHANGE
from simulator.ledger import FinalAct, final_act

#: Calls shown, newest first.
SHOWN = 50
STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}
header p{opacity:.8}
details{border:1px solid #8886;border-radius:.5rem;margin:.5rem 0}
summary{cursor:pointer;display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:.5rem .75rem}
summary::before{content:"▸"}
details[open] summary::before{content:"▾"}
summary b{font-variant-numeric:tabular-nums}
summary .end{margin-left:auto}
.tag{border:1px solid currentColor;border-radius:1rem;padding:0 .6rem;font-size:.85rem}
.good{color:#1a7f37}.bad{color:#c62828}.open{color:#1565c0}
@media(prefers-color-scheme:dark){.good{color:#6fd58a}.bad{color:#ff8a80}.open{color:#82b1ff}}
ol{list-style:none;margin:0;padding:.25rem .75rem .75rem;display:grid;gap:.4rem}
li{max-width:80%;border-radius:.75rem;padding:.35rem .75rem;background:#8882;overflow-wrap:anywhere}
li.caller{justify-self:start}
li.patient{justify-self:end;background:#1976d233}
li small{display:block;opacity:.75}
.about{margin:0;padding:.25rem .75rem;opacity:.8}
""".strip()
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Telephone simulator</title>
<style>{style}</style>
<header>
<h1>Telephone simulator</h1>
<p>A local stand-in for Azure Communication Services Call Automation. No telephone rings:
the patients below are invented, and the number dialled decides who answers.</p>
<p><a href="/phone">Be the patient: answer a telephone yourself</a></p>
<p><a href="/control/personas">Who answers which number</a> ·
<a href="/control/ledger">Ledger</a> · <a href="/control/calls">Calls as JSON</a> ·
<a href="/control/faults">Faults set: {faults}</a></p>
</header>
<main>
<h2>{heading}</h2>
{calls}
</main>
</html>
"""
#: What is good news and what is not; the rest is neither.
GOOD = {FinalAct.CONFIRMED, FinalAct.CANCELLED, FinalAct.RESCHEDULED}
BAD = {Ending.OVER_LINE_LIMIT, Ending.BAD_NUMBER}


async def show(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    shown = "\n".join(map(_shown, islice(exchange.recent, SHOWN)))
    text = PAGE.format(
        style=STYLE,
        heading=_heading(exchange),
        faults=len(exchange.faults),
        calls=shown or "<p>Nobody has called yet.</p>",
    )
    return web.Response(text=text, content_type="text/html")


def _heading(exchange: Exchange) -> str:
    count = len(exchange)
    return f"Calls: {count}" if count <= SHOWN else f"Last {SHOWN} of {count} calls"


def _shown(call: Call) -> str:
    persona = call.patient.persona
    lines = "\n".join(_line(line) for line in call.transcript)
    spoken = f"<ol>\n{lines}\n</ol>" if lines else '<p class="about">Nothing was said.</p>'
    return (
        f"<details><summary><b>{call.started_at:%H:%M:%S}</b> <b>{escape(call.order.number)}</b>"
        f" <span>{escape(_words(persona.name))}</span> {_tags(call)}</summary>\n"
        f'<p class="about">{escape(persona.summary)}'
        f' <a href="/control/calls/{escape(call.id)}">Events and deliveries</a></p>\n'
        f"{spoken}\n</details>"
    )


def _tags(call: Call) -> str:
    """How the call stands: what came of it, and how the line ended."""
    act = final_act(call.heard)
    ending = call.ending or call.state
    kind = "open" if call.is_open else "bad" if call.ending in BAD else ""
    said = "" if act is FinalAct.NONE else _tag(act.value, "good" if act in GOOD else "")
    return f'<span class="end">{said} {_tag(ending.value, kind)}</span>'


def _tag(name: str, kind: str) -> str:
    return f'<span class="tag {kind}">{escape(_words(name))}</span>'


def _line(line: Utterance) -> str:
    said = f"[presses {line.key}]" if line.key is not None else line.text or ""
    heard = f" → {line.heard_as}" if line.heard_as is not None else ""
    who = "patient" if line.who == "patient" else "caller"
    return (
        f'<li class="{who}"><small>{escape(line.who)} · {line.at:%H:%M:%S}'
        f"{escape(heard)}</small>{escape(said)}</li>"
    )


def _words(name: str) -> str:
    return name.replace("_", " ")
