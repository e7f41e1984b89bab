"""Count every day of the reports anew."""

from typing import Any

from django.core.management.base import BaseCommand

from calls import counting
from config import clock


class Command(BaseCommand):
    """For after a restored backup, or rows changed by hand. Reports stay readable meanwhile."""

    help = "Count every day of the reports anew; nothing else is changed."

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell each hundredth day."""
        days = 0
        for day, left in counting.rebuild(clock.now()):
            days += 1
            if days % 100 == 0:
                self.stdout.write(f"{day}: {left} days left")
        self.stdout.write(f"counted {days} days")
