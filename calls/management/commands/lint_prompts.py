from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls import scripting
from calls.conversation import linting, wording
from calls.conversation.linting import Finding, Severity
from calls.conversation.wording import Pack
from calls.management import arguments
from reminders.models import Clinic


class Command(BaseCommand):
    help = "Say in plain words what is wrong with the texts that patients hear."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "slug", nargs="?", help="one clinic; default: all, or the shipped texts without any"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"]
        clinics = [arguments.clinic(slug)] if slug else list(Clinic.objects.order_by("slug"))
        errors = 0
        for where, packs in _sets(clinics):
            findings = linting.lint(packs)
            errors += sum(finding.severity is Severity.ERROR for finding in findings)
            for finding in findings:
                self.stdout.write(_line(where, finding))
            if not findings:
                self.stdout.write(f"ok      {where}: {', '.join(packs)}")
        if errors:
            raise CommandError(f"{errors} errors; such texts must not be spoken.")


def _sets(clinics: list[Clinic]) -> Iterator[tuple[str, Mapping[str, Pack]]]:
    """The languages that are judged together, and whose they are."""
    if not clinics:
        yield "shipped", wording.packs()
    for clinic in clinics:
        in_effect, newest = _versions(clinic)
        yield clinic.slug, in_effect
        if _fingerprints(newest) != _fingerprints(in_effect):
            yield f"{clinic.slug}, waiting for approval", newest


def _versions(clinic: Clinic) -> tuple[dict[str, Pack], dict[str, Pack]]:
    """What is spoken, or waits for its first approval; and what an approval now would let in."""
    spoken, versions = scripting.spoken(clinic), scripting.versions(clinic)
    newest = {tag: versions[base][0] for base, tag in _languages(clinic).items()}
    in_effect = {
        tag: spoken[base].pack if base in spoken else newest[tag]
        for base, tag in _languages(clinic).items()
    }
    return in_effect, newest


def _fingerprints(packs: Mapping[str, Pack]) -> list[str]:
    return [pack.fingerprint for pack in packs.values()]


def _languages(clinic: Clinic) -> dict[str, str]:
    """Base language -> the clinic's first tag of it, where there are texts."""
    first: dict[str, str] = {}
    for tag in clinic.languages:
        if wording.base(tag) in wording.packs():
            first.setdefault(wording.base(tag), tag)
    return first


def _line(where: str, finding: Finding) -> str:
    place = f"{finding.language} {finding.key}".strip()
    return f"{finding.severity:7} {where}: {place}: {finding.message}"
