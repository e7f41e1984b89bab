"""Languages of clinics whose texts nobody has approved, and whom that concerns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls import scripting
from calls.conversation import wording
from desk.prompts.versions import language_title
from desk.prompts.views import address
from reminders.models import Appointment, Clinic

#: Who is to be called within these days is counted: enough to read and approve a text.
AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Gap:
    """One language of one clinic that is not spoken, though patients there speak it."""

    clinic: Clinic
    base: str
    #: The language that is spoken instead; empty where none is.
    instead: str
    visits: int

    @property
    def text(self) -> str:
        """``Spanish is not approved at Elm: 4 calls of the next seven days will be in English``."""
        name = language_title(self.base)
        if not self.instead:
            words = _("%(name)s is not approved, nor any other language of %(clinic)s: no calls.")
            return words % {"name": name, "clinic": self.clinic}
        words = ngettext(
            "%(name)s is not approved at %(clinic)s: %(visits)s call of the next seven days will "
            "be in %(instead)s.",
            "%(name)s is not approved at %(clinic)s: %(visits)s calls of the next seven days will "
            "be in %(instead)s.",
            self.visits,
        )
        return words % {
            "name": name,
            "clinic": self.clinic,
            "visits": self.visits,
            "instead": language_title(self.instead),
        }

    @property
    def link(self) -> str:
        """Where to approve it."""
        return address(self.clinic, self.base)


def gaps(now: datetime) -> list[Gap]:
    """Where something should be read and approved; few queries, however many clinics."""
    clinics = Clinic.objects.prefetch_related("approvals", "wordings")
    missing = {clinic.pk: _missing(clinic) for clinic in clinics}
    concerned = [clinic for clinic in clinics if missing[clinic.pk]]
    if not concerned:
        return []
    counts = _coming(concerned, now)
    found = []
    for clinic in concerned:
        approved = [wording.base(tag) for tag in scripting.approved_languages(clinic)]
        for base in missing[clinic.pk]:
            visits = counts.get((clinic.pk, base), 0)
            if visits:
                found.append(Gap(clinic, base, approved[0] if approved else "", visits))
    return found


def _missing(clinic: Clinic) -> list[str]:
    spoken = scripting.spoken(clinic)
    bases = dict.fromkeys(map(wording.base, clinic.languages))
    return [base for base in bases if base in wording.packs() and base not in spoken]


def _coming(clinics: Iterable[Clinic], now: datetime) -> dict[tuple[int, str], int]:
    """Visits with a call to come within a week, by clinic and base language."""
    first = {clinic.pk: clinic.default_language for clinic in clinics}
    rows = (
        Appointment.objects.filter(
            clinic__in=first, starts_at__gt=now, next_call_at__lt=now + AHEAD
        )
        .order_by()
        .values_list("clinic", "patient__language")
        .annotate(n=Count("pk"))
    )
    counts: dict[tuple[int, str], int] = {}
    for clinic, language, count in rows:
        key = clinic, wording.base(language or first[clinic])
        counts[key] = counts.get(key, 0) + count
    return counts
