from typing import Any

from django.core.management.base import BaseCommand

from calls.conversation import reference


class Command(BaseCommand):
    help = "Print docs/reference/conversation.md: every step, event, text and parameter."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(reference.page(), ending="")
