from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from calls import watching
from calls.management import arguments


class Command(BaseCommand):
    help = "Look after calls without news: close what is over, go on with what was cut off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", help="judge as if it were this time (ISO 8601 with offset)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(watching.watch(arguments.instant(options["now"]))))
