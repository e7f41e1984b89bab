"""How long a task of the dialling queue waits for its worker: sent five times a second."""

import statistics
import threading
import time
from pathlib import Path

from celery import Celery

#: Where the worker writes: sent at, seconds waited, seconds until it was done.
FILE = "RINGWELL_PROBE_FILE"


class Sender(threading.Thread):
    """Sends probes until it is stopped."""

    PAUSE = 0.2

    def __init__(self, broker: str) -> None:
        super().__init__(daemon=True)
        self._app = Celery("probe", set_as_current=False)
        # By name: Celery itself prefers whatever CELERY_BROKER_URL this process has.
        self.connection = self._app.connection_for_write(broker)
        self._over = threading.Event()
        self.sent = 0

    def run(self) -> None:
        """One after the other, whatever becomes of them."""
        with self.connection:
            while not self._over.wait(self.PAUSE):
                self._app.send_task(
                    "benchmarks.probe", [time.time()], queue="calls", connection=self.connection
                )
                self.sent += 1

    def stop(self) -> None:
        """No more."""
        self._over.set()
        self.join(10)


def waits(path: Path, since: float, until: float) -> list[tuple[float, float]]:
    """(seconds waited, seconds until it was done) of the probes sent in a span."""
    rows = (line.split() for line in path.read_text().splitlines()) if path.exists() else ()
    return [(float(w), float(d)) for at, w, d in rows if since <= float(at) < until]


def told(rows: list[tuple[float, float]]) -> str:
    """``n 100  waited 1.2 ms median, 3.4 p95, 9.9 max; looked after 5.6 median``."""
    if not rows:
        return "no probe came through"
    waited, done = sorted(w for w, _ in rows), sorted(d for _, d in rows)
    p95 = waited[min(len(waited) - 1, int(0.95 * len(waited)))]
    return (
        f"{len(rows):5} probes; waited {1000 * statistics.median(waited):6.1f} ms median,"
        f" {1000 * p95:6.1f} p95, {1000 * waited[-1]:6.1f} max;"
        f" had looked after {1000 * statistics.median(done):6.1f} median"
    )
