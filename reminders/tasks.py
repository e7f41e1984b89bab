"""Long work for a queue of its own, so that no call ever waits behind a file."""

from celery import shared_task

from config import clock
from reminders.imports import jobs


@shared_task(name="reminders.work_imports", ignore_result=True, time_limit=3600)
def work_imports(**_kwargs: object) -> None:
    """Carry on with the files that wait."""
    jobs.work(clock.now)
