"""Web, worker and beat in one process: all that one machine needs.

The broker lives in this process too (``memory://``), which is safe because a
message only says "look": the table is the queue.
"""

import signal
import sys
import threading
from typing import Any

from celery.beat import EmbeddedService
from celery.worker import WorkController
from django.core.management.base import BaseCommand, CommandError, CommandParser
from waitress.server import create_server

from config.celery import app, make_app
from config.wsgi import application

WEB_THREADS = 8
WORKER_THREADS = 4
#: What waits for the speech service or other systems, or takes in long files, does so beside
#: the calls, never before them.
SIDE_QUEUES = {"speech": 2, "bulk": 1, "webhooks": 2}
#: The web server keeps a body on disk before anybody looks at it. Every door takes a
#: megabyte and says so itself, the import of files 25; far beyond that the server does.
LARGEST_BODY = 32_000_000


class Command(BaseCommand):
    help = "Serve Ringwell from one process: web, Celery worker and beat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        # Until the worker takes the signals over, a stop is a clean stop too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        web = _listen(options["host"], options["port"])
        beat: Any = EmbeddedService(app, thread=True, scheduler_cls=app.conf.beat_scheduler)
        beat.daemon = True
        beat.start()
        threading.Thread(target=web.run, name="web", daemon=True).start()
        for queue, threads in SIDE_QUEUES.items():
            worker = _side_worker(queue, threads)
            threading.Thread(target=worker.start, name=f"{queue} queue", daemon=True).start()
        self.stdout.write(f"Ringwell ready: http://{options['host']}:{options['port']}")
        self.stdout.flush()
        try:
            _work()
        finally:
            beat.stop()
            web.close()


def _listen(host: str, port: int) -> Any:
    try:
        return create_server(
            application,
            host=host,
            port=port,
            threads=WEB_THREADS,
            max_request_body_size=LARGEST_BODY,
        )
    except OSError as error:
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


def _side_worker(queue: str, threads: int) -> Any:
    """A worker of its own for a queue whose tasks hold a thread for minutes. It takes no
    signals, and ends with the other one. So does its application: which queues are worked on
    is known to an application, not to a worker."""
    return WorkController(
        app=make_app(f"ringwell-{queue}", current=False),
        hostname=f"{queue}@ringwell",
        queues=[queue],
        pool="threads",
        concurrency=threads,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )


def _work() -> None:
    """The worker holds the main thread, and with it SIGINT and SIGTERM."""
    app.worker_main(
        [
            "worker",
            "--pool=threads",
            f"--concurrency={WORKER_THREADS}",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )
