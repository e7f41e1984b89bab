import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from desk.retention.exporting import export
from reminders.models import Patient


class Command(BaseCommand):
    help = "Print everything that is held of a patient as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("external_id", help="the patient's id")

    def handle(self, *args: Any, **options: Any) -> None:
        patient = Patient.objects.filter(external_id=options["external_id"]).first()
        if patient is None:
            raise CommandError("There is no such patient.")
        self.stdout.write(json.dumps(export(patient), cls=DjangoJSONEncoder, indent=2))
