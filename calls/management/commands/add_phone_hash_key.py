from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls.models import Pulse
from config import clock
from reminders import rehashing
from reminders.models import Installation

#: A worker without a pulse for so long does not run.
STOPPED = timedelta(minutes=1)


class Command(BaseCommand):
    help = (
        "Put the last of PHONE_HASH_KEYS_ADDED over the hashes of telephone numbers. "
        "Every other process of Ringwell is stopped, and all calls are paused."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if Installation.get().paused_at is None:
            raise CommandError("Calls go out: type `manage.py drain` first.")
        alive = Pulse.objects.filter(at__gt=clock.now() - STOPPED)
        if alive.exists():
            names = ", ".join(pulse.queues for pulse in alive)
            raise CommandError(
                f"A worker was alive within the last minute ({names}): stop web, workers and "
                "beat, and wait a minute."
            )
        try:
            done = rehashing.add_key()
        except rehashing.NotTheNextKey as error:
            raise CommandError(str(error)) from None
        told = ", ".join(f"{count} {name}" for name, count in done.items())
        self.stdout.write(f"under the new key: {told}")
