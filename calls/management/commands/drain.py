import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from calls.conversation.vocabulary import AttemptStatus
from calls.models import CallAttempt, Line
from config import clock
from reminders.models import Installation


class Command(BaseCommand):
    help = "Place no more calls and wait until the open ones are over: before an upgrade."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--timeout", type=int, default=600, metavar="SECONDS")

    def handle(self, *args: Any, **options: Any) -> None:
        Installation.pause(clock.now(), why="drained")
        _wait_for_claims()
        deadline = time.monotonic() + options["timeout"]
        while left := _open_calls():
            if time.monotonic() >= deadline:
                raise CommandError(f"{left} calls are still open; nothing new is placed.")
            self.stdout.write(f"waiting for {left} calls")
            self.stdout.flush()
            time.sleep(1)
        self.stdout.write("drained: no call is open; go on with `resume`")


@transaction.atomic
def _wait_for_claims() -> None:
    """A claim that was judged before the pause holds its line's row until it commits."""
    list(Line.objects.select_for_update().order_by("pk"))


def _open_calls() -> int:
    """Ringing or speaking; a queued one is revoked by the pause."""
    on_the_line = [AttemptStatus.DIALLING, AttemptStatus.CONNECTED]
    return CallAttempt.objects.filter(status__in=on_the_line).count()
