"""A person at the telephone page, over HTTP and WebSocket."""

import asyncio
import threading
import time
from urllib.parse import quote

import aiohttp
import requests

NUMBER = "+12125550142"
PATIENCE = 10


class Handset:
    """What the page does: it claims a number, listens, and acts."""

    def __init__(self, simulator, number=NUMBER):
        self.heard = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        answer = requests.post(f"{simulator.url}/control/phones/{quote(number)}", timeout=10)
        assert answer.status_code == 201, answer.text
        self.claim = answer.json()
        self._run(self._open(simulator.url + self.claim["line"]))
        self.wait_for("ready")

    def do(self, what, **more):
        self._run(self._socket.send_json({"do": what, **more}))

    def wait_for(self, kind, count=1):
        """The count-th message of a kind, once it has come."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = [message for message in list(self.heard) if message["type"] == kind]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.005)
        raise AssertionError(f"No {kind} among {self.heard}")

    def answer(self):
        self.wait_for("ring")
        self.do("answer")
        self.wait_for("answered")

    def go_away(self):
        if self._loop.is_running():
            self._run(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE)
            self._loop.close()

    async def _open(self, url):
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(url)
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self):
        async for message in self._socket:
            self.heard.append(message.json())

    async def _close(self):
        await self._socket.close()
        await self._listening
        await self._session.close()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)
