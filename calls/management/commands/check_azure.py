import json
from collections import Counter
from contextlib import closing
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls import readiness
from calls.management import arguments
from calls.readiness import Finding, Verdict, trial
from calls.rehearsing import Refused
from config import clock
from reminders.models import Clinic


class Command(BaseCommand):
    help = (
        "Say in plain words whether Ringwell can call through Azure, one line a check with its "
        "mend. Rings nobody, unless --call names a telephone. Exit code 1: something needs "
        "mending."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.add_argument(
            "--call", metavar="+E164", help="then place one test call to this telephone of yours"
        )
        parser.add_argument("--clinic", metavar="SLUG", help="with --call: whose texts")
        parser.add_argument("--language", metavar="TAG", help="with --call: in which language")

    def handle(self, *args: Any, **options: Any) -> None:
        found: list[Finding] = []
        for finding in readiness.findings(clock.now(), clock.system_now()):
            found.append(finding)
            if not options["json"]:
                self._say(str(finding))
        call = self._call(options) if options["call"] else []
        if options["json"]:
            said = {"checks": [finding.as_data() for finding in found], "call": call}
            self._say(json.dumps(said, ensure_ascii=False, indent=1))
        self._end(found)

    def _call(self, options: dict[str, Any]) -> list[str]:
        clinic = _clinic(options["clinic"])
        tag = options["language"] or clinic.default_language
        told = []
        try:
            with closing(trial.place(clinic, options["call"], tag, by="check_azure")) as lines:
                for line in lines:
                    told.append(line.strip())
                    if not options["json"]:
                        self._say(line)
        except (Refused, ValueError) as error:
            raise CommandError(f"--call: {error}") from None
        return told

    def _end(self, found: list[Finding]) -> None:
        count = Counter(finding.verdict for finding in found)
        if count[Verdict.BAD]:
            raise CommandError(f"{count[Verdict.BAD]} of {len(found)} checks need mending.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _clinic(slug: str | None) -> Clinic:
    if slug:
        return arguments.clinic(slug)
    clinics = list(Clinic.objects.all()[:2])
    if len(clinics) != 1:
        raise CommandError("--call needs --clinic SLUG: whose texts are to be spoken?")
    return clinics[0]
