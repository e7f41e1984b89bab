from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls import placing
from calls.management import arguments
from config import clock


class Command(BaseCommand):
    help = "Dial what is due, in this process; returns when the create calls are answered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", help="judge as if it were this time (ISO 8601 with offset)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = arguments.instant(options["now"])
        try:
            # A given time holds for the whole pass; the real one goes on.
            tick = None if options["now"] else clock.now
            self.stdout.write(str(placing.place_due(now, tick)))
        except placing.NotReady as error:
            raise CommandError(str(error)) from None
