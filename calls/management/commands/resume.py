from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from calls.management import arguments
from config import clock
from reminders import planning
from reminders.models import Installation


class Command(BaseCommand):
    help = "Place calls again, for one clinic or for all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", help="one clinic; default: everything")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"]
        clinic = arguments.clinic(slug) if slug else None
        changed = clinic.resume() if clinic else Installation.resume(clock.now())
        held = planning.resumed(clinic, clock.now())
        state = "resumed" if changed else "was not paused"
        self.stdout.write(f"{slug or 'everything'}: {state}; {held} held calls planned again")
