"""``manage.py create_api_token NAME``."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.models import ApiToken
from config import clock

MOST_DAYS = 3650


class Command(BaseCommand):
    """Make a token for the REST API; it stands alone on the last line of stdout."""

    help = "Make a bearer token for the REST API. It is shown once, on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="who will use it, for example the practice system")

        parser.add_argument("--read-only", action="store_true", help="GET alone")
        parser.add_argument("--days", type=int, help="expires after so many; default: never")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        days = options["days"]
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days: a number from 1 to {MOST_DAYS}")
        lives = timedelta(days=days) if days else None
        try:
            token = ApiToken.issue(
                name, clock.now(), may_write=not options["read_only"], lives=lives
            )
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Token “{name}”; keep it, it is not shown again:")
        self.stdout.write(token)
