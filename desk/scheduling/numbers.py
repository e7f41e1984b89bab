"""What is known of a number while somebody types it, and where it may ring."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk import reach
from desk.scheduling import finding
from desk.scheduling.remarks import Remark, note, warning
from reminders import planning
from reminders.models import Appointment, Clinic, Patient, PhoneNumber
from reminders.phones import NumberKind, Oddity, ParsedNumber, keyed_hash, oddity
from reminders.policy.fence import applicable_zones, legal_spans


def row_of(parsed: ParsedNumber) -> PhoneNumber:
    """The row of a number; an unsaved one where there is none."""
    known = PhoneNumber.objects.filter(e164=parsed.e164).first()
    return known or PhoneNumber(
        e164=parsed.e164,
        keyed_hash=keyed_hash(parsed.e164),
        kind=parsed.kind,
        doubtful=not parsed.is_valid,
    )


@dataclass(frozen=True)
class NumberCheck:
    """One number, judged for one person who types it."""

    number: PhoneNumber
    request: HttpRequest

    @property
    def title(self) -> str:
        """``+12125550142 · mobile``: as it will be kept."""
        kinds = {NumberKind.MOBILE: _("mobile"), NumberKind.LANDLINE: _("landline")}
        kind = kinds.get(NumberKind(self.number.kind), _("mobile or landline"))
        return f"{self.number.e164} · {kind}"

    def remarks(self) -> list[Remark]:
        """What stands against it, the gravest first."""
        return [*self._flags(), *self._doubts(), *self._shared()]

    def _flags(self) -> Iterator[Remark]:
        number = self.number
        if number.opted_out:
            yield warning(_("Somebody on this number asked for no calls: it is not called."))
        if number.wrong_number_at:
            yield warning(_("A stranger answered on this number: it is not called."))
        if number.reassigned_at:
            yield warning(_("This number belongs to somebody else by now: it is not called."))
        if number.invalid_at:
            yield warning(_("The network knows no such number: it is not called."))
        if number.facility_line:
            yield note(_("A room line of a hospital or home: called with consent alone."))

    def _doubts(self) -> Iterator[Remark]:
        if self.number.doubtful:
            doubt = _("This number is in no known range of its country: please check it.")
            yield warning(doubt)
        match oddity(self.number.e164):
            case Oddity.TOLL_FREE:
                yield warning(_("A toll-free number: is it the patient's own?"))
            case Oddity.PREMIUM:
                yield warning(_("A number that costs whoever calls it: is it right?"))
            case Oddity.PAGER:
                yield warning(_("A pager: nobody can answer there."))
            case Oddity.COMPANY:
                yield warning(_("A company's number: is it the patient's own?"))

    def _shared(self) -> Iterator[Remark]:
        if self.number._state.adding:
            return
        count = Patient.objects.filter(number=self.number).count()
        if not count:
            return
        seen = reach.patients(self.request.user).filter(number=self.number)[:3]
        names = ", ".join(finding.told(row, self.request).name for row in seen)
        text = ngettext(
            "%(count)d patient has this number already",
            "%(count)d patients have this number already",
            count,
        ) % {"count": count}
        yield note(f"{text}: {names}." if names else f"{text}.")


def zone_told(number: PhoneNumber | None, name: str, clinic: Clinic, now: datetime) -> str:
    """What clocks show in the zone of a new patient, and where the number may be at home.

    ``name`` is a zone that was checked, or empty for the clinic's.
    """
    zone = ZoneInfo(name) if name else clinic.zone
    words = {"zone": zone.key, "time": f"{now.astimezone(zone):%H:%M}"}
    here = _("Now %(time)s in %(zone)s.") % words
    suggested = [other.key for other in number.zones if other != zone] if number else []
    if not suggested:
        return here
    also = _("By its digits the number may be in %(zones)s: it rings only by day in all of them.")
    return f"{here} {also % {'zones': ', '.join(suggested)}}"


def hours_told(visit: Appointment, now: datetime) -> list[Remark]:
    """Which clocks bound the calls about a visit, and the hours that are left.

    ``visit`` may be unsaved. Told only where another zone than the clinic's
    has a say.
    """
    facts = replace(planning.facts_of(visit, now), starts_at=now)
    rules, home = visit.clinic.rules, visit.clinic.zone
    others = [zone for zone in applicable_zones(facts) if zone != home]
    if not others:
        return []
    names = ", ".join(f"{zone.key} ({now.astimezone(zone):%H:%M})" for zone in others)
    today = now.astimezone(home).date()
    days = (today + timedelta(days=ahead) for ahead in range(1, 8))
    spans = next(filter(None, (legal_spans(day, facts, rules) for day in days)), [])
    if not spans:
        return [warning(_("No hour suits the clinic and %(zones)s.") % {"zones": names})]
    left = ", ".join(f"{_wall(a, home)}–{_wall(b, home)}" for a, b in spans)
    words = {"zones": names, "hours": left, "clinic": visit.clinic.name}
    return [
        note(_("Also bound to the clocks of %(zones)s: calls %(hours)s at the clinic.") % words)
    ]


def _wall(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"
