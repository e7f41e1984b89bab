"""Appointments: what is sent, what was answered, what comes next."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api import calling, fields, reach
from api.bodies import Body, load, missing, refuse_bad_id, whole, write
from api.models import ApiToken, SenderStatus
from api.scopes import Scope
from calls import placing
from calls.models import CallVisit
from reminders import planning
from reminders.models import Appointment, Clinic, Patient, Practitioner, VisitType
from reminders.policy.vocabulary import Answer, AppointmentStatus, Reason

#: ``confirmed`` is the patient's word, or the desk's; a sender cannot give it.
SENDABLE = (
    AppointmentStatus.SCHEDULED,
    AppointmentStatus.CANCELLED,
    AppointmentStatus.ATTENDED,
    AppointmentStatus.NO_SHOW,
)
STANDING = (AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED)


@extend_schema_serializer(component_name="Appointment")
class AppointmentBody(Body):
    """A visit."""

    model = Appointment

    external_id = serializers.CharField(read_only=True)
    patient = fields.Reference(Patient, "external_id")
    clinic = fields.Reference(Clinic, "slug")
    starts_at = fields.Instant()
    minutes = fields.Whole(min_value=1, max_value=1440, required=False, allow_null=True)
    practitioner = fields.Named(
        max_length=200, required=False, allow_null=True, help_text="A name; made when new."
    )
    type = fields.Named(
        max_length=200,
        required=False,
        allow_null=True,
        help_text="A name; made when new. It is never said on the phone.",
    )
    status = fields.Word(AppointmentStatus, accepts=SENDABLE, required=False, allow_null=True)
    answer = fields.Word(Answer, read_only=True)
    next_call_at = fields.Instant(read_only=True, allow_null=True)
    next_call_reason = fields.Word(Reason, read_only=True, allow_null=True)
    calls = calling.CallShown(source="call_visits", many=True, read_only=True)

    def validate_starts_at(self, at: datetime) -> datetime:
        """A start that is new lies ahead; an old one may be told again after the visit."""
        now: datetime = self.context["now"]
        if at <= now and (self.instance is None or self.instance.starts_at != at):
            raise ValidationError(f"A visit must lie ahead; it is {now:%Y-%m-%dT%H:%M:%SZ} now.")
        return at

    def get_fields(self) -> dict[str, Any]:
        """Without the calls for a token that may not read them."""
        by: ApiToken | None = self.context.get("by")
        told = super().get_fields()
        if by is not None and not by.may(Scope.CALLS_READ):
            del told["calls"]
        return told


def shown(by: ApiToken) -> "QuerySet[Appointment]":
    """A token's visits with all that is shown of them, in three queries however many."""
    rows = Appointment.objects.select_related("patient", "clinic", "practitioner", "type")
    if by.may(Scope.CALLS_READ):
        rows = rows.prefetch_related(Prefetch("call_visits", queryset=calling.told()))
    return reach.within(rows, by)


@whole
def put(external_id: str, body: Any, now: datetime, *, by: ApiToken) -> tuple[Appointment, bool]:
    """Make or change a visit and plan its calls; True with it when it was made."""
    refuse_bad_id("external_id", external_id)
    found = (
        Appointment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("patient", "clinic", "practitioner", "type")
        .filter(external_id=external_id)
        .first()
    )
    if found is not None and not (by.everywhere or found.clinic_id in by.clinic_pks):
        raise missing(Appointment, external_id)
    values = AppointmentBody.read(body, found, now=now, by=by)
    visit = found or Appointment(external_id=external_id)
    word = AppointmentStatus(values["status"]) if "status" in values else None
    if found is None:
        _make(visit, values, now, by)
    else:
        _change(visit, values, word, now, by)
    if word is not None and found is None:
        SenderStatus.is_news(visit, word)
    return load(shown(by), external_id=external_id), found is None


def _make(visit: Appointment, values: dict[str, Any], now: datetime, by: ApiToken) -> None:
    _name_rows(visit, values)
    write(visit, values, by=by)
    visit.note("created", now, actor=by.actor)
    planning.replan(visit.pk, now, actor=by.actor)


def _change(
    visit: Appointment,
    values: dict[str, Any],
    word: AppointmentStatus | None,
    now: datetime,
    by: ApiToken,
) -> None:
    """Columns first, then the status: whoever moves and cancels has cancelled."""
    actor = by.actor
    values.pop("status", None)
    _name_rows(visit, values)
    changed = write(visit, values, by=by)
    if changed - {"starts_at"}:
        visit.note("changed", now, actor=actor, fields=sorted(changed - {"starts_at"}))
    if "patient" in changed:
        _forget_answer(visit)
    if "starts_at" in changed:
        # Planning itself arms a moved visit again, and writes that it moved.
        planning.replan(visit.pk, now, actor=actor)
        visit.refresh_from_db(fields=["status", "answer"])
    spoken = word is not None and _obey(visit, word, now, actor)
    if spoken or (changed and "starts_at" not in changed):
        planning.replan(visit.pk, now, actor=actor)


def _name_rows(visit: Appointment, values: dict[str, Any]) -> None:
    """Put rows in place of names; a visit that changes clinics takes the names along."""
    clinic = values.get("clinic") or visit.clinic
    for column, model in (("practitioner", Practitioner), ("type", VisitType)):
        present = getattr(visit, column)
        name = values.get(column, present.name if present else None)
        if name is None or (present and (present.name, present.clinic_id) == (name, clinic.pk)):
            values[column] = present if name else None
        else:
            values[column], _ = model._default_manager.get_or_create(clinic=clinic, name=name)


def _forget_answer(visit: Appointment) -> None:
    """Another patient has this visit now, and nobody has asked them yet."""
    if visit.answer != Answer.NONE:
        visit.status, visit.answer = AppointmentStatus.SCHEDULED, Answer.NONE
        Appointment.objects.filter(pk=visit.pk).update(status=visit.status, answer=visit.answer)


def _obey(visit: Appointment, word: AppointmentStatus, now: datetime, actor: str) -> bool:
    """Carry out the status that was sent; True when that changed something.

    An ending always holds. "scheduled" opens an ended visit again only when
    it is news: repeated with every body it says nothing about what the
    patient, or the desk, has told us in between.
    """
    was = AppointmentStatus(visit.status)
    news = SenderStatus.is_news(visit, word)
    if word is AppointmentStatus.SCHEDULED:
        if was in STANDING or not news:
            return False
        visit.answer = Answer.NONE
    elif was is word:
        return False
    visit.status = word
    Appointment.objects.filter(pk=visit.pk).update(status=visit.status, answer=visit.answer)
    visit.note("status_changed", now, actor=actor, was=was, status=word)
    return True


def call_now(external_id: str, now: datetime, *, by: ApiToken) -> CallVisit | placing.Refusal:
    """Ask for a call at once; every rule but the cadence holds."""
    visit = load(reach.within(Appointment.objects.all(), by), external_id=external_id)
    asked = placing.request_call_now(visit.pk, now, actor=by.actor)
    if isinstance(asked, placing.Refusal):
        return asked
    return calling.of_attempt(asked.pk, visit.pk)
