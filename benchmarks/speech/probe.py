"""A task of the dialling queue that tells how long it waited, for the benchmark's worker."""

import os
import time
from pathlib import Path

from celery import shared_task

from benchmarks.speech.probing import FILE
from calls import placing
from config import clock


@shared_task(name="benchmarks.probe", ignore_result=True)
def probe(sent: float) -> None:
    """A look that finds nothing due, with the seconds it waited and took. Included by the worker
    of the benchmark alone."""
    waited = time.time() - sent
    placing.place_due(clock.now(), clock.now)
    line = f"{sent} {waited} {time.time() - sent}\n"
    with Path(os.environ[FILE]).open("a") as file:
        file.write(line)
