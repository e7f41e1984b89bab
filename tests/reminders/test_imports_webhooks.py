"""What other systems hear of an import: no answer, but what it puts on the work list."""

from datetime import timedelta

from reminders.models import Appointment, Clinic, WebhookEndpoint, WebhookMessage
from tests.conftest import TUESDAY
from tests.reminders.importing import ANA, BO, CONSENT, applied, csv_of


def test_a_visit_that_a_file_changes_moves_or_cancels_sends_no_event(clinic: Clinic) -> None:
    WebhookEndpoint.objects.create(name="all", url="https://clinic.example/hook", secret="x")
    applied(clinic, csv_of(ANA, BO), **CONSENT)
    Appointment.objects.update(status="confirmed", answer="confirmed")
    applied(clinic, csv_of((*ANA[:4], "2026-11-25 10:00", ""), (*BO[:5], "cancelled")))
    ana, bo = Appointment.objects.order_by("external_id")
    assert (ana.status, ana.answer) == ("scheduled", ""), "nobody has answered for the new time"
    assert bo.status == "cancelled"
    assert not WebhookMessage.objects.exists()


def test_what_a_file_puts_on_the_work_list_is_told(clinic: Clinic) -> None:
    WebhookEndpoint.objects.create(name="all", url="https://clinic.example/hook", secret="x")
    soon = (TUESDAY + timedelta(minutes=20)).astimezone(clinic.zone)
    applied(clinic, csv_of((*ANA[:4], f"{soon:%Y-%m-%d %H:%M}", "")), **CONSENT)
    assert Appointment.objects.get().next_call_at is None
    message = WebhookMessage.objects.get()
    assert (message.event, message.body["data"]["kind"]) == ("needs_human", "unanswered")
