"""Where calls and questions arrive: takes whatever Azure is asked for, and remembers when.

Not a stand-in: it accepts everything and does nothing. Times are CLOCK_MONOTONIC in nanoseconds,
which all processes of a machine share. Run as ``python -m benchmarks.callbacks.sink PORT``.
"""

import asyncio
import json
import re
import sys
import time
import uuid
from collections import defaultdict

CONNECTION = re.compile(rb"callConnections/([^:/?]+)")
SEEN: dict[str, list[int]] = defaultdict(list)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            if length:
                await reader.readexactly(int(length[1]))
            writer.write(_answer(head))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _answer(head: bytes) -> bytes:
    if head.startswith(b"GET /seen"):
        body, status = json.dumps(SEEN).encode(), b"200 OK"
    elif head.startswith(b"POST /calling/callConnections?"):
        call = {"callConnectionId": str(uuid.uuid4()), "callConnectionState": "connecting"}
        body, status = json.dumps(call).encode(), b"201 Created"
    else:
        if found := CONNECTION.search(head):
            SEEN[found[1].decode()].append(time.monotonic_ns())
        body, status = b"{}", b"202 Accepted"
    start = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n" % status
    return start + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


async def _main(port: int) -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
