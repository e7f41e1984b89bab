"""The one clock. It is read at the edge and its value is passed inward.

JWT, HMAC, TLS and Azure's Repeatability headers use :func:`system_now`:
the other side of those knows nothing of an offset.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings


def system_now() -> datetime:
    """The machine's time, aware, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Ringwell's time, aware, UTC: the machine's plus ``CLOCK_OFFSET_SECONDS``.

    A system check refuses an offset unless Azure's endpoint is loopback.
    """
    return system_now() + timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)
