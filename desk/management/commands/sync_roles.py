from typing import Any

from django.core.management.base import BaseCommand

from desk import roles


class Command(BaseCommand):
    help = "Set the groups of the four roles to what this version gives them; migrate does it too."

    def handle(self, *args: Any, **options: Any) -> None:
        roles.sync()
        self.stdout.write(f"Roles: {', '.join(roles.ROLES)}.")
