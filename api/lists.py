"""Lists: pages by cursor, and filters that refuse what they do not know."""

import re
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.core.exceptions import ValidationError as FormFault
from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from api.errors import messages
from api.fields import instant
from api.models import ApiToken
from reminders.models import Appointment, Clinic, Patient
from reminders.models.fields import choices
from reminders.policy.vocabulary import Answer, AppointmentStatus, LegalBasis, Reason

LARGEST_PAGE = 200

#: An unescaped "+" of an offset arrives as a space.
_LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")

NO_CURSOR = ValidationError({"cursor": ["Take the cursor from a link of an earlier page."]})


class Pages(CursorPagination):
    """Pages in the order the rows were made, which never changes."""

    ordering = "pk"
    page_size = 50
    page_size_query_param = "page_size"
    page_size_query_description = f"Rows of one page, 1 to {LARGEST_PAGE}."
    max_page_size = LARGEST_PAGE

    def get_page_size(self, request: Request) -> int:
        """The size asked for; another than a possible one is refused."""
        text = request.query_params.get("page_size", str(self.page_size))
        if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= LARGEST_PAGE:
            raise ValidationError({"page_size": [f"Give a number from 1 to {LARGEST_PAGE}."]})
        return int(text)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The same in OpenAPI's words, with its bounds."""
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == "page_size":
                parameter["schema"] |= {"minimum": 1, "maximum": LARGEST_PAGE}
        return parameters

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A page in OpenAPI 3.1's words, where null is a type."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor of a link; DRF itself would hand a forged one to the database."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise NO_CURSOR from None
        if cursor and not re.fullmatch(r"[0-9]{1,18}", str(cursor.position or "0")):
            raise NO_CURSOR
        return cursor


class InstantField(forms.CharField):
    """A moment with its offset, as in a body."""

    def clean(self, value: Any) -> datetime | None:
        """The moment in UTC."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return instant(_LOST_PLUS.sub("+", text))
        except ValidationError as fault:
            raise FormFault(messages(fault.detail)) from None


class InstantFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]  # untyped base
    """Documented as date-time, and refused without an offset."""

    field_class = InstantField


class FlagField(forms.CharField):
    """True or false, and nothing that would quietly mean neither."""

    def clean(self, value: Any) -> bool | None:
        """The truth value; None without one."""
        text = super().clean(value)
        if text not in ("", "true", "false"):
            raise FormFault("Give true or false.")
        return text == "true" if text else None


class FlagFilter(django_filters.BooleanFilter):  # type: ignore[misc]  # untyped base
    """Documented as boolean, and refused in any other spelling."""

    field_class = FlagField


class ClinicFilter(django_filters.FilterSet):  # type: ignore[misc]  # untyped base
    """Which clinics."""

    paused = FlagFilter(field_name="paused_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Clinic
        fields: list[str] = []


class PatientFilter(django_filters.FilterSet):  # type: ignore[misc]  # untyped base
    """Which patients."""

    legal_basis = django_filters.ChoiceFilter(choices=choices(LegalBasis))

    class Meta:
        model = Patient
        fields: list[str] = []


class AppointmentFilter(django_filters.FilterSet):  # type: ignore[misc]  # untyped base
    """Which visits; all that are given must hold."""

    clinic = django_filters.CharFilter(field_name="clinic__slug", label="The clinic's slug.")
    patient = django_filters.CharFilter(
        field_name="patient__external_id", label="The patient's external id."
    )
    status = django_filters.ChoiceFilter(choices=choices(AppointmentStatus))
    answer = django_filters.ChoiceFilter(
        choices=[*choices(Answer)[1:], ("none", "Nothing yet")], method="by_answer"
    )
    next_call_reason = django_filters.ChoiceFilter(choices=choices(Reason))
    starts_after = InstantFilter(
        field_name="starts_at", lookup_expr="gte", label="Starts then or later."
    )
    starts_before = InstantFilter(
        field_name="starts_at", lookup_expr="lt", label="Starts earlier than that."
    )

    class Meta:
        model = Appointment
        fields: list[str] = []

    def by_answer(
        self, rows: "QuerySet[Appointment]", name: str, answer: str
    ) -> "QuerySet[Appointment]":
        """ "none" stands for the empty answer, which no address can carry."""
        return rows.filter(answer="" if answer == "none" else answer)


class ListView(generics.ListAPIView[Any], ABC):
    """One page of rows."""

    pagination_class = Pages
    filterset_class: type[django_filters.FilterSet]

    @abstractmethod
    def rows(self, by: ApiToken) -> "QuerySet[Any]":
        """The rows that a token may see."""

    def get_queryset(self) -> "QuerySet[Any]":
        """Those of this request's token."""
        assert isinstance(self.request.auth, ApiToken)
        return self.rows(self.request.auth)

    def get_serializer_context(self) -> dict[str, Any]:
        """With whose token asks."""
        return {**super().get_serializer_context(), "by": self.request.auth}

    def filter_queryset(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """A misspelt or empty filter would show everything, so it is refused."""
        known = {*self.filterset_class.base_filters, "cursor", "page_size"}
        given = self.request.query_params
        strange = [name for name in given if name not in known]
        if strange:
            raise ValidationError({name: ["There is no such parameter."] for name in strange})
        unclear = [
            name for name in given if len(given.getlist(name)) > 1 or not given[name].strip()
        ]
        if unclear:
            raise ValidationError({name: ["Give one value, or leave it out."] for name in unclear})
        return super().filter_queryset(queryset)
