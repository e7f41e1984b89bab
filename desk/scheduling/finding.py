"""Finding the patient: by name, by id, by number."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from desk import reach, searching, seeing
from desk.patients import number_trouble
from reminders.models import Patient, Suppression
from reminders.policy.vocabulary import LegalBasis

MOST_FOUND = 8


@dataclass(frozen=True)
class Found:
    """A patient in a list of those meant, perhaps."""

    pk: int
    name: str
    #: What tells apart two people of one name.
    about: str
    #: Why nobody calls them; empty where nothing stands in the way.
    trouble: str

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " · ".join(filter(None, (self.name, self.about, self.trouble)))


def patients(user: Any) -> QuerySet[Patient]:
    """Whom this person may make a visit for, with what is told of them."""
    stopped = Suppression.objects.filter(keyed_hash=OuterRef("number__keyed_hash"))
    rows = reach.patients(user).select_related("number")
    return rows.annotate(stopped=Exists(stopped))


def search(user: Any, text: str) -> list[Patient]:
    """The best matches, one more than are shown where there are more.

    Names are looked for by whoever reads them.
    """
    if not text.strip():
        return []
    paths = searching.Paths(
        patient="" if user.has_perm(seeing.SEE_NAMES) else None,
        number="number",
        ids=("external_id",),
    )
    found = searching.find(patients(user), text, paths)
    return list(found.order_by("search_name", "pk")[: MOST_FOUND + 1])


def told(patient: Patient, request: HttpRequest) -> Found:
    """One patient, as this person may see them."""
    # A birthday names somebody nearly as well as the name does.
    born = patient.birth_date if seeing.may_see_names(request) else None
    about = (
        _("born %(day)s") % {"day": date_format(born, _("j M Y"))} if born else "",
        seeing.number(patient.number, request),
        patient.external_id,
    )
    return Found(
        pk=patient.pk,
        name=seeing.name(patient, request),
        about=" · ".join(filter(None, about)),
        trouble=_trouble(patient),
    )


def _trouble(patient: Patient) -> str:
    if patient.deceased_at:
        return _("Has died")
    if patient.legal_basis == LegalBasis.NONE:
        return _("No legal basis: not called")
    return number_trouble(patient.number, stopped=getattr(patient, "stopped", False))


def namesakes(user: Any, patient: Patient) -> list[Patient]:
    """Patients of this name, born on the same day or on the same number."""
    same = Q(number__e164=patient.number.e164)
    if patient.birth_date:
        same |= Q(birth_date=patient.birth_date)
    return list(patients(user).filter(same, name__iexact=patient.name)[:3])
