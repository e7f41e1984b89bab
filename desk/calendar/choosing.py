"""Whose visits the calendar shows: of which clinics, and with which practitioners.

Both stand in the address, once for each that is chosen; what was looked at last
is kept in the session, for the address that names none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk import reach
from reminders.models import Appointment, Clinic, Practitioner

#: In the place of keys: every one that this person may see.
ALL = "all"
#: More practitioners than this are no list to choose from.
MOST_PEOPLE = 300
#: As many names stand on the closed list; more are counted.
MOST_NAMES = 2
CLINICS, PEOPLE = "calendar_clinic", "calendar_practitioner"


@dataclass(frozen=True)
class Choice:
    """Some clinics, and of these everybody or some practitioners."""

    clinics: Sequence[Clinic]
    people: Sequence[Practitioner]
    is_every_clinic: bool

    @property
    def clinic(self) -> Clinic | None:
        """The one, where it is one."""
        return self.clinics[0] if len(self.clinics) == 1 else None

    @property
    def practitioner(self) -> Practitioner | None:
        """The one, where it is one."""
        return self.people[0] if len(self.people) == 1 else None

    @property
    def is_everybody(self) -> bool:
        """Nobody in particular is chosen."""
        return not self.people

    @property
    def clinic_keys(self) -> list[str]:
        """As the address and the session keep them."""
        every = self.is_every_clinic and len(self.clinics) > 1
        return [ALL] if every else [str(clinic.pk) for clinic in self.clinics]

    @property
    def people_keys(self) -> list[str]:
        """The same; none for everybody."""
        return [str(person.pk) for person in self.people]

    @property
    def query(self) -> str:
        """For an address that shows the same."""
        asked = {"clinic": self.clinic_keys}
        return urlencode(asked | {"practitioner": self.people_keys or [ALL]}, doseq=True)

    @property
    def clinic_words(self) -> str:
        """What the closed list of clinics says."""
        if self.clinic_keys == [ALL]:
            return _("All clinics")
        count = len(self.clinics)
        return _named(self.clinics) or ngettext("%(count)d clinic", "%(count)d clinics", count) % {
            "count": count
        }

    @property
    def people_words(self) -> str:
        """What the closed list of practitioners says."""
        count = len(self.people)
        if not count:
            return _("Everybody")
        return _named(self.people) or ngettext(
            "%(count)d practitioner", "%(count)d practitioners", count
        ) % {"count": count}

    def to_choose(self) -> QuerySet[Practitioner] | None:
        """The practitioners of these clinics; None where they are too many for a list."""
        rows = Practitioner.objects.filter(clinic__in=_pks(self.clinics)).select_related("clinic")
        listed = rows.order_by("clinic__name", "clinic", "name")[: MOST_PEOPLE + 1]
        return listed if len(listed) <= MOST_PEOPLE else None


def asked(request: HttpRequest, clinics: Sequence[Clinic]) -> Choice | None:
    """What the address names; None where none of these clinics is."""
    return _choice(clinics, request.GET.getlist("clinic"), request.GET.getlist("practitioner"))


def chosen(request: HttpRequest, clinics: Sequence[Clinic]) -> Choice:
    """What the address names, else what was looked at last, else the first clinic."""
    choice = asked(request, clinics) or _kept(request, clinics)
    if choice is None:
        choice = Choice(clinics[:1], (), is_every_clinic=False)
    for name, keys in ((CLINICS, choice.clinic_keys), (PEOPLE, choice.people_keys)):
        if request.session.get(name, "") != ",".join(keys):
            request.session[name] = ",".join(keys)
    return choice


def keeps(request: HttpRequest, visit: Appointment) -> bool:
    """True where a visit is among what was looked at last: nothing need be chosen for it."""
    choice = _kept(request, list(reach.clinics(request.user)))
    if choice is None or visit.clinic_id not in _pks(choice.clinics):
        return False
    people = [person.pk for person in choice.people]
    return not people or visit.practitioner_id in people


def _kept(request: HttpRequest, clinics: Sequence[Clinic]) -> Choice | None:
    kept = (str(request.session.get(name, "")).split(",") for name in (CLINICS, PEOPLE))
    return _choice(clinics, *kept)


def _choice(
    clinics: Sequence[Clinic], clinic_keys: list[str], people_keys: list[str]
) -> Choice | None:
    """Of these clinics the ones with these keys; None where there is none."""
    every = ALL in clinic_keys
    mine = [clinic for clinic in clinics if every or str(clinic.pk) in clinic_keys]
    if not mine:
        return None
    return Choice(mine, _people(mine, people_keys), is_every_clinic=every)


def _people(clinics: Sequence[Clinic], keys: list[str]) -> Sequence[Practitioner]:
    known = [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 19]
    if not known or ALL in keys:
        return ()
    rows = Practitioner.objects.filter(pk__in=known[:MOST_PEOPLE], clinic__in=_pks(clinics))
    return list(rows)


def _pks(clinics: Sequence[Clinic]) -> list[int]:
    return [clinic.pk for clinic in clinics]


def _named(rows: Sequence[Clinic] | Sequence[Practitioner]) -> str:
    """Their names, while these are few."""
    return ", ".join(row.name for row in rows) if len(rows) <= MOST_NAMES else ""
