from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock
from desk.retention.erasing import UnderWay, erase
from reminders.models import Patient


class Command(BaseCommand):
    help = "Forget a patient: counts stay, and the keyed hash of the number. There is no way back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("external_id", help="the patient's id")
        parser.add_argument("--yes", action="store_true", help="do not ask whether it is meant")

    def handle(self, *args: Any, **options: Any) -> None:
        patient = Patient.objects.filter(external_id=options["external_id"]).first()
        if patient is None:
            raise CommandError("There is no such patient.")
        if not options["yes"]:
            typed = input("This cannot be undone. Type the patient's id to go on: ")
            if typed.strip() != patient.external_id:
                raise CommandError("Nothing was changed.")
        try:
            done = erase(patient, clock.now(), by="ringwell")
        except UnderWay as wait:
            raise CommandError(str(wait)) from None
        for name, count in done.items():
            self.stdout.write(f"{count:>8}  {name.replace('_', ' ')}")
