"""``manage.py create_api_token NAME``."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.models import MOST_DAYS, ApiToken
from api.scopes import READ, Scope
from config import clock
from reminders.models import Clinic


class Command(BaseCommand):
    """Make a token for the REST API; it stands alone on the last line of stdout."""

    help = "Make a bearer token for the REST API. It is shown once, on the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="who will use it, for example the practice system")

        parser.add_argument("--read-only", action="store_true", help="every :read scope alone")
        parser.add_argument(
            "--scope",
            action="append",
            choices=list(Scope),
            metavar="SCOPE",
            help=f"may be given several times; default: all of {', '.join(Scope)}",
        )
        parser.add_argument(
            "--clinic",
            action="append",
            metavar="SLUG",
            help="reaches this clinic alone; may be given several times; default: every clinic",
        )
        parser.add_argument("--days", type=int, help="expires after so many; default: never")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        days = options["days"]
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days: a number from 1 to {MOST_DAYS}")
        lives = timedelta(days=days) if days else None
        may, at = _scopes(options), _clinics(options["clinic"])
        try:
            token = ApiToken.issue(name, clock.now(), may=may, at=at, lives=lives)
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Token “{name}”; keep it, it is not shown again:")
        self.stdout.write(token)


def _scopes(options: dict[str, Any]) -> Iterable[Scope]:
    if not options["scope"]:
        return READ if options["read_only"] else Scope
    if options["read_only"]:
        raise CommandError("--read-only: give it, or --scope, not both")
    return {Scope(word) for word in options["scope"]}


def _clinics(slugs: list[str] | None) -> list[Clinic] | None:
    if slugs is None:
        return None
    found = list(Clinic.objects.filter(slug__in=slugs))
    if unknown := sorted(set(slugs) - {clinic.slug for clinic in found}):
        raise CommandError(f"--clinic: there is no clinic “{unknown[0]}”")
    return found
