"""Calls, as one visit sees them: what happened and what was heard."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api import fields
from calls.conversation.vocabulary import AttemptStatus, Outcome, Step
from calls.models import CallVisit, Recognition
from reminders.models import Appointment
from reminders.policy.vocabulary import Reason


class Tones(serializers.ListField):
    """The keys pressed, null for none."""

    def to_representation(self, data: list[str] | None) -> list[str] | None:  # type: ignore[override]
        """Azure's words in order."""
        return data or None


@extend_schema_serializer(component_name="Recognition")
class RecognitionShown(serializers.Serializer[Recognition]):
    """One recognition that completed or failed."""

    step = fields.Word(Step, allow_null=True)
    input_type = fields.Text(allow_null=True, help_text="Azure's recognitionType.")
    label = fields.Text(allow_null=True)  # type: ignore[assignment]  # a name of Azure's
    phrase = fields.Text(allow_null=True)
    tones = Tones(child=serializers.CharField(), allow_null=True)
    speech = fields.Text(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    language = fields.Text(allow_null=True)
    sentiment = fields.Text(allow_null=True)
    code = serializers.IntegerField(allow_null=True)
    sub_code = serializers.IntegerField(allow_null=True)
    at = fields.Instant(help_text="When Azure's event came in.")


@extend_schema_serializer(component_name="Call")
class CallShown(serializers.Serializer[CallVisit]):
    """One call about a visit."""

    id = serializers.UUIDField(source="attempt.id")
    status = fields.Word(AttemptStatus, source="attempt.status")
    outcome = fields.Word(
        Outcome, allow_null=True, help_text="What came of it for this visit; null until known."
    )
    started_at = fields.Instant(
        source="attempt.started_at", allow_null=True, help_text="When it was dialled."
    )
    connected_at = fields.Instant(source="attempt.connected_at", allow_null=True)
    ended_at = fields.Instant(source="attempt.ended_at", allow_null=True)
    recognitions = RecognitionShown(source="attempt.recognitions", many=True)


@extend_schema_serializer(component_name="Refusal")
class Refused(serializers.Serializer[object]):
    """Why a call was not made: the code is a ``next_call_reason``."""

    code = fields.Word(Reason)
    detail = serializers.CharField()


def told() -> "QuerySet[CallVisit]":
    """Calls with all that is shown of them, oldest first, in two queries."""
    return (
        CallVisit.objects.select_related("attempt")
        .prefetch_related("attempt__recognitions")
        .order_by("attempt__queued_at", "pk")
    )


def holds_words(visit: Appointment) -> bool:
    """Whether any of a visit's calls still has what was said in it; both prefetched."""
    return any(
        heard.phrase or heard.speech
        for call in visit.call_visits.all()
        for heard in call.attempt.recognitions.all()
    )


def of_attempt(attempt_id: UUID, appointment_id: int) -> CallVisit:
    """The visit that a call was just asked for; the call may speak of others too."""
    return told().get(attempt_id=attempt_id, appointment_id=appointment_id)
