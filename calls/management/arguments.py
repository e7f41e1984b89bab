"""Arguments that several commands share."""

from datetime import datetime

from django.core.management.base import CommandError

from config import clock
from reminders.models import Clinic


def instant(text: str | None) -> datetime:
    """``--now T``: an ISO 8601 time with its offset; without it, the clock.

    Raises:
        CommandError: naming the argument.
    """
    if text is None:
        return clock.now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"--now: “{text}” is not a time such as 2026-11-24T14:00-05:00"
        ) from None
    if moment.tzinfo is None:
        raise CommandError("--now needs an offset, for example 2026-11-24T14:00-05:00")
    return moment


def clinic(slug: str) -> Clinic:
    """The clinic of a slug.

    Raises:
        CommandError: there is none.
    """
    try:
        return Clinic.objects.get(slug=slug)
    except Clinic.DoesNotExist:
        raise CommandError(f"There is no clinic “{slug}”.") from None
