"""What is wrong with an endpoint, where staff should see it."""

from django.utils.translation import gettext as _

from config import clock
from desk.local import told, with_zone, zone_of_viewer
from reminders.models import WebhookEndpoint


def trouble(row: WebhookEndpoint) -> str:
    """In a sentence; empty where nothing is wrong."""
    since, now = row.gone_at or row.failing_since, clock.now()
    if since is None:
        return ""
    zone = zone_of_viewer()
    when = with_zone(told(since, zone, now), since, zone)
    if row.gone_at:
        words = _("The webhook “%(name)s” said on %(when)s that it is gone, and is switched off.")
    else:
        words = _("The webhook “%(name)s” fails: messages are given up since %(when)s.")
    return words % {"name": row.name, "when": when}
