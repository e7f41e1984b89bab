"""``manage.py create_api_token NAME``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.models import ApiToken
from config import clock


class Command(BaseCommand):
    """Make a token for the REST API; it stands alone on the last line of stdout."""

    help = "Make a bearer token for the REST API. It is shown once, on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="who will use it, for example the practice system")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        try:
            token = ApiToken.issue(name, clock.now())
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Token “{name}”; keep it, it is not shown again:")
        self.stdout.write(token)
