"""What beat asks of the desk."""

import structlog
from celery import shared_task

from config import clock
from desk.retention.purging import purge

log = structlog.get_logger(__name__)


@shared_task(name="desk.purge")
def purge_old() -> None:
    """Once a day; a second time finds nothing left."""
    done = {name: count for name, count in purge(clock.now()).items() if count}
    log.info("old rows purged", action="purge", **{k.replace(" ", "_"): v for k, v in done.items()})
