from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls import scripting
from calls.conversation import linting, wording
from calls.management import arguments
from config import clock


class Command(BaseCommand):
    help = "Let the shipped texts be spoken for a clinic; nothing unapproved is ever said."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--by", required=True, metavar="NAME", help="who approves them")
        parser.add_argument("--language", metavar="TAG", help="one language; default: all")

    def handle(self, *args: Any, **options: Any) -> None:
        clinic = arguments.clinic(options["slug"])
        if not options["by"].strip():
            raise CommandError("--by: a named person approves texts.")
        tags = [options["language"]] if options["language"] else list(clinic.languages)
        unspoken = [tag for tag in tags if wording.base(tag) not in wording.packs()]
        spoken = [tag for tag in tags if tag not in unspoken]
        if options["language"] and wording.base(tags[0]) not in map(wording.base, clinic.languages):
            raise CommandError(f"--language: {clinic.slug} does not speak “{tags[0]}”.")
        if not spoken:
            raise CommandError(f"--language: there are no texts yet in {', '.join(unspoken)}.")
        newest = scripting.versions(clinic)
        packs = {tag: newest[wording.base(tag)][0] for tag in spoken}
        findings = linting.lint(packs)
        for finding in findings:
            self.stderr.write(f"{finding.language}, {finding.key}: {finding.message}")
        if any(finding.severity is linting.Severity.ERROR for finding in findings):
            raise CommandError("Texts with these faults are not spoken: see lint_prompts.")
        new = scripting.approve(clinic, spoken, by=options["by"].strip(), now=clock.now())
        for tag in unspoken:
            self.stderr.write(f"There are no texts yet in {tag}; it stays unspoken.")
        for tag in spoken:
            self.stdout.write(f"{tag}: {'approved' if tag in new else 'approved already'}")
