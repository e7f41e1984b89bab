from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from calls.management import arguments
from config import clock
from reminders.models import Installation


class Command(BaseCommand):
    help = "Place no more calls, for one clinic or for all. Calls under way go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", help="one clinic; default: everything")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, now = options["slug"], clock.now()
        changed = arguments.clinic(slug).pause(now) if slug else Installation.pause(now)
        self.stdout.write(f"{slug or 'everything'}: {'paused' if changed else 'paused already'}")
