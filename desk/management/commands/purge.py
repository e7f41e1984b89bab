from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import clock
from desk.retention.purging import purge


class Command(BaseCommand):
    help = "Empty or delete what is older than the RETENTION_ settings allow. Beat does it daily."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in purge(clock.now(), dry_run=options["dry_run"]).items():
            self.stdout.write(f"{count:>8}  {name}")
