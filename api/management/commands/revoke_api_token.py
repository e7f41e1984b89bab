"""``manage.py revoke_api_token NAME``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.models import ApiToken
from config import clock


class Command(BaseCommand):
    """End a token at once; its name may be used for a new one."""

    help = "End the active token of that name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if not ApiToken.revoke(name, clock.now()):
            raise CommandError(f"There is no active token named “{name}”.")
        self.stdout.write(f"Token “{name}” is revoked.")
