"""Whose rows a person of staff may see: every page, export and search asks here.

A superuser sees every clinic, and so does whoever was given "all clinics". All
others see the clinics of their :class:`~desk.models.StaffProfile`, and without
one they see none.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet

from desk.models import StaffProfile
from reminders.models import Clinic, Patient, PhoneNumber
from reminders.reach import patients_of

Row = TypeVar("Row", bound=Model)


def clinics(user: Any) -> QuerySet[Clinic]:
    """The clinics whose rows this person may see."""
    every = Clinic.objects.all()
    return every if is_everywhere(user) else every.filter(pk__in=_clinic_pks(user))


def is_everywhere(user: Any) -> bool:
    """True for whoever may see every clinic: no list needs to be narrowed."""
    if not user.is_active:
        return False
    return bool(user.is_superuser) or _profile(user)[0]


def within(rows: QuerySet[Row], user: Any, path: str = "clinic") -> QuerySet[Row]:
    """Those rows whose clinic, reached by ``path``, this person may see."""
    return rows if is_everywhere(user) else rows.filter(**{f"{path}__in": _clinic_pks(user)})


def patients(user: Any) -> QuerySet[Patient]:
    """The patients this person may see.

    Those of their clinics, and whom they entered until the first visit.
    """
    if is_everywhere(user):
        return Patient.objects.all()
    return patients_of(_clinic_pks(user), history_user=user.pk)


def numbers(user: Any) -> QuerySet[PhoneNumber]:
    """The telephone numbers this person may see: those of their patients."""
    every = PhoneNumber.objects.all()
    if is_everywhere(user):
        return every
    return every.filter(Exists(patients(user).filter(number=OuterRef("pk"))))


def choices(model: type[Model], user: Any) -> QuerySet[Any] | None:
    """What this person may choose of a model in a form; None where nothing is in the way."""
    if is_everywhere(user):
        return None
    rules: dict[type[Model], Callable[[Any], QuerySet[Any]]] = {
        Clinic: clinics,
        Patient: patients,
        PhoneNumber: numbers,
    }
    if model in rules:
        return rules[model](user)
    if any(field.name == "clinic" for field in model._meta.fields):
        return within(model._default_manager.all(), user)
    return None


def _clinic_pks(user: Any) -> list[int]:
    return _profile(user)[1]


def _profile(user: Any) -> tuple[bool, list[int]]:
    """Everywhere?, else where; asked once for each request."""
    known: tuple[bool, list[int]] | None = getattr(user, "_reach", None)
    if known is None:
        profile = StaffProfile.objects.filter(user=user.pk).first()
        at = list(profile.clinics.values_list("pk", flat=True)) if profile else []
        known = user._reach = (bool(profile and profile.everywhere), at)
    return known
