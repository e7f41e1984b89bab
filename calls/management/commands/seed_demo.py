import sys
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.gateway.acs import endpoint_and_key, is_loopback
from calls.management import demo
from config import clock


class Command(BaseCommand):
    help = "Make the demo clinic, once. Refuses any Azure endpoint that is not loopback."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--admin-password-stdin",
            action="store_true",
            help="make the admin user “demo” with the password read from standard input",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_real_azure()
        made = demo.seed(clock.now())
        self.stdout.write(f"{made} demo visits made." if made else "The demo is there already.")
        if options["admin_password_stdin"]:
            _admin(sys.stdin.readline().strip())


def _refuse_real_azure() -> None:
    try:
        endpoint, _ = endpoint_and_key(settings.ACS_CONNECTION_STRING)
    except ValueError as error:
        raise CommandError(f"The demo needs the simulator: {error}") from None
    if not is_loopback(endpoint):
        raise CommandError("The demo never rings through a real Azure: its people are invented.")


def _admin(password: str) -> None:
    if not password:
        raise CommandError("--admin-password-stdin: there is no password.")
    users = get_user_model().objects
    user, _ = users.get_or_create(
        username="demo", defaults={"is_staff": True, "is_superuser": True}
    )
    # Setting it anew would end the sessions of whoever is signed in.
    if not user.check_password(password):
        user.set_password(password)
        user.save()
