"""A listening simulator: a socket on 127.0.0.1, and nothing but that."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from aiohttp import web

from simulator.exchange import Exchange
from simulator.options import Options
from simulator.server import make_app
from simulator.signing import KeyRing

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """A simulator that answers at its url until it is stopped."""

    url: str
    exchange: Exchange
    runner: web.AppRunner

    @classmethod
    async def start(cls, options: Options) -> Server:
        """Bind and serve; OSError when the port is taken."""
        listener = _listen(options.port)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        # The issuer is the server's own address, so the port has to be known before the keys.
        exchange = Exchange(options, KeyRing(issuer=url, audience=options.resource_id))
        runner = web.AppRunner(make_app(exchange), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        return cls(url, exchange, runner)

    async def stop(self) -> None:
        """Stop listening, cancel every call, close what is open."""
        await self.runner.cleanup()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Else the connections of a simulator that has just ended would keep its port busy.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener
