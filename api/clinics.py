"""Clinics: where calls come from, when, and in which languages."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api import fields, profiles, reach, shapes
from api.bodies import Body, load, missing, refuse_bad_id, whole, write
from api.models import ApiToken
from calls import scripting
from reminders import planning
from reminders.models import Appointment, Clinic
from reminders.policy.rulesets import RULE_SETS
from reminders.policy.vocabulary import Answer, AppointmentStatus

RuleSetName = StrEnum("RuleSetName", {name: name for name in RULE_SETS})  # type: ignore[misc]

#: What the fence is made of; other columns of a clinic move no call.
PLANNED_BY = {"time_zone", "hours", "closures", "rule_set"}
#: Of the call profile: what patients' data must have before they can be rung.
PLANNED_BY_PROFILE = {"identity_level"}


@extend_schema_serializer(component_name="Clinic")
class ClinicBody(Body):
    """A clinic."""

    model = Clinic

    slug = serializers.CharField(read_only=True)
    name = fields.Text(max_length=200)
    spoken_name = fields.Text(
        max_length=200,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Said on the phone instead of the name.",
    )
    phone = fields.Phone()
    opt_out_phone = fields.Phone(required=False, allow_null=True)
    caller_id = fields.Phone(required=False, allow_null=True)
    time_zone = fields.Zone()
    languages = shapes.Languages()
    hours = shapes.Week(required=False, allow_null=True)
    closures = shapes.Days(required=False, allow_null=True)
    rule_set = fields.Word(RuleSetName, required=False, allow_null=True)
    right_party_question = fields.Flag(required=False, allow_null=True)
    sentiment = fields.Flag(required=False, allow_null=True)
    reprompts = fields.Whole(min_value=0, max_value=4, required=False, allow_null=True)
    initial_silence_seconds = fields.Whole(
        min_value=3, max_value=20, required=False, allow_null=True
    )
    ring_seconds = fields.Whole(min_value=20, max_value=60, required=False, allow_null=True)
    call_profile = profiles.ProfileBody(required=False, allow_null=True)
    paused = serializers.SerializerMethodField()
    approved_languages = serializers.SerializerMethodField()

    def get_paused(self, clinic: Clinic) -> bool:
        """Whether this clinic's calls are stopped."""
        return clinic.paused_at is not None

    def get_approved_languages(self, clinic: Clinic) -> list[str]:
        """The languages whose present texts somebody approved."""
        return scripting.approved_languages(clinic)

    @classmethod
    def _default(cls, name: str) -> Any:
        return profiles.ProfileBody.defaults() if name == "call_profile" else super()._default(name)


def shown(by: ApiToken) -> "QuerySet[Clinic]":
    """A token's clinics with all that is shown of them, in three queries however many."""
    rows = Clinic.objects.select_related("call_profile").prefetch_related("approvals", "wordings")
    return reach.within(rows, by, "pk")


@whole
def put(slug: str, body: Any, now: datetime, *, by: ApiToken) -> tuple[Clinic, bool]:
    """Make or change a clinic; True with it when it was made.

    A token that is limited to clinics makes none.
    """
    refuse_bad_id("slug", slug)
    mine = reach.within(Clinic.objects.all(), by, "pk")
    found = mine.select_for_update(no_key=True).filter(slug=slug).first()
    if found is None and not by.everywhere:
        raise missing(Clinic, slug)
    values = ClinicBody.read(body, found, now=now, by=by)
    clinic = found or Clinic(slug=slug)
    profile = values.pop("call_profile", {})
    changed = write(clinic, values, by=by)
    of_profile = profiles.write(clinic, profile)
    if found is not None and (changed & PLANNED_BY or of_profile & PLANNED_BY_PROFILE):
        planning.replan_each(_open_visits(clinic, now), now)
    return load(shown(by), slug=slug), found is None


def _open_visits(clinic: Clinic, now: datetime) -> Any:
    """Those whose next call hangs on the hours: ended and answered ones don't."""
    return Appointment.objects.filter(
        clinic=clinic,
        starts_at__gt=now,
        status=AppointmentStatus.SCHEDULED,
        answer=Answer.NONE,
    ).order_by("starts_at", "pk")
