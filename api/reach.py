"""Whose rows a token may read and write: every door of the API asks here.

What lies beyond is answered as what does not exist.
"""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from api.models import ApiToken
from reminders.models import Clinic, Patient
from reminders.reach import patients_of

Row = TypeVar("Row", bound=Model)


def within(rows: QuerySet[Row], token: ApiToken, path: str = "clinic") -> QuerySet[Row]:
    """Those rows whose clinic, reached by ``path``, is one of the token's."""
    return rows if token.everywhere else rows.filter(**{f"{path}__in": token.clinic_pks})


def patients(token: ApiToken) -> QuerySet[Patient]:
    """The patients of the token's clinics, and those it entered that have no visit yet."""
    if token.everywhere:
        return Patient.objects.all()
    return patients_of(token.clinic_pks, history_change_reason=token.signature)


def choices(model: type[Model], token: ApiToken) -> QuerySet[Any]:
    """The rows that a body may refer to."""
    if model is Patient:
        return patients(token)
    return within(model._default_manager.all(), token, "pk" if model is Clinic else "clinic")
