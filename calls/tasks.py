"""Celery is one more way in: three lines each, ids and clocks only."""

from celery import shared_task

from calls import placing, watching
from config import clock


@shared_task(name="calls.look", ignore_result=True)
def look(**_kwargs: object) -> None:
    """Place what is due."""
    placing.place_due(clock.now())


@shared_task(name="calls.watch", ignore_result=True)
def watch(**_kwargs: object) -> None:
    """Look after calls without news."""
    watching.watch(clock.now())
