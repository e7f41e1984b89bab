"""``python -m simulator``: serve until SIGINT or SIGTERM, then leave with code 0."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import sys

from simulator.command import read_options
from simulator.options import Options
from simulator.serving import HOST, Server


async def serve(options: Options) -> int:
    """Listen until a signal comes; 2 when the port cannot be had."""
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    try:
        server = await Server.start(options)
    except OSError as failure:
        reason = "it is in use" if failure.errno == errno.EADDRINUSE else failure.strerror
        print(f"Cannot listen on {HOST}:{options.port}: {reason}.", file=sys.stderr)
        return 2
    print(f"Simulator ready: {server.url}", flush=True)
    await stopped.wait()
    await server.stop()
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="simulator: %(message)s")
    sys.exit(asyncio.run(serve(read_options(sys.argv[1:], os.environ))))
