"""A front desk that is signed in, and forms as a browser would send them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.forms import Form
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from calls.models import CallAttempt, CallEvent, CallVisit, Recognition
from desk.appointments.changes import State
from desk.models import StaffProfile
from reminders.models import Appointment, Clinic
from tests.conftest import TUESDAY, make_appointment, make_patient

#: Two weeks ahead of every other visit of these tests, an ordinary Thursday.
THURSDAY = TUESDAY + timedelta(days=9)


@pytest.fixture
def desk(db: None, client: Client, now: datetime) -> Client:
    """A browser in which the owner of the installation is signed in."""
    client.force_login(User.objects.create_superuser("dana", password="x"))
    return client


@pytest.fixture
def sign_in(db: None, client: Client, now: datetime) -> Callable[..., Client]:
    """A browser in which somebody with just these permissions, at all clinics, is signed in."""

    def sign_in(*codenames: str) -> Client:
        user = User.objects.create_user("eve", password="x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        StaffProfile.objects.create(user=user, everywhere=True)
        client.force_login(user)
        return client

    return sign_in


def page(model: str, row: Any = None, action: str = "change") -> str:
    """The address of a page of the admin."""
    args = [row.pk] if row is not None else []
    return reverse(f"admin:{model}_{action}", args=args)


def as_sent(form: Form) -> dict[str, Any]:
    """What the browser sends when nobody touched the form, hidden fields and all."""
    sent: dict[str, Any] = {}
    for field in form:
        widget = field.field.widget
        parts = [(widget, field.html_name)]
        if field.field.show_hidden_initial:
            parts.append((field.field.hidden_widget(), field.html_initial_name))
        for shown, name in parts:
            sent |= _values(shown, name, field.value())
    return {name: value for name, value in sent.items() if value is not None and value is not False}


def _values(widget: Any, name: str, value: Any) -> dict[str, Any]:
    if hasattr(widget, "decompress"):
        texts = (
            part.format_value(piece)
            for part, piece in zip(widget.widgets, widget.decompress(value), strict=True)
        )
        return {f"{name}_{index}": text for index, text in enumerate(texts)}
    return {name: value}


def fill_in(client: Client, url: str, **changes: Any) -> HttpResponse:
    """Open a form, change some fields, send it."""
    opened = client.get(url)
    sent = as_sent(opened.context["adminform"].form)
    for inline in opened.context["inline_admin_formsets"]:
        sent |= as_sent(inline.formset.management_form)
        for form in inline.formset.forms:
            sent |= as_sent(form)
    return client.post(url, sent | changes)


def told(response: HttpResponse) -> str:
    """The messages that a response carries to the next page."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def errors(response: HttpResponse) -> dict[str, list[str]]:
    """What a form that was sent back complains of."""
    assert response.status_code == 200, "the form was accepted"
    return dict(response.context["adminform"].form.errors)


def phone(number: int) -> str:
    """A number reserved for fiction."""
    return f"+1212555{number:04}"


def make_visits(clinic: Clinic, count: int, start: int = 0) -> list[Appointment]:
    """Visits of as many patients, each on a number of their own."""
    return [
        make_appointment(
            clinic,
            make_patient(f"p{n}", phone(150 + n), name=f"Patient {n}"),
            starts_at=THURSDAY + timedelta(minutes=n),
        )
        for n in range(start, start + count)
    ]


def seen(visit: Appointment) -> dict[str, str]:
    """What the form of a visit's page brings back: what the page showed."""
    return {"seen": str(State.of(visit))}


def make_call(appointment: Appointment, at: datetime = TUESDAY, **columns: Any) -> CallAttempt:
    """A call about a visit, over unless said otherwise."""
    values = {
        "number": appointment.patient.number,
        "clinic": appointment.clinic,
        "caller_id": "+15555550100",
        "status": "ended",
        "outcome": "confirmed",
        "queued_at": at,
        "started_at": at,
        "connected_at": at + timedelta(seconds=8),
        "ended_at": at + timedelta(seconds=40),
        "language": "en-US",
    }
    attempt = CallAttempt.objects.create(**(values | columns))
    CallVisit.objects.create(
        attempt=attempt,
        appointment=appointment,
        outcome=attempt.outcome,
        is_open=attempt.is_open,
        patient=appointment.patient,
        visit_starts_at=appointment.starts_at,
        clinic=attempt.clinic,
    )
    if attempt.started_at:
        CallVisit.mark_dialled(attempt, attempt.started_at)
    return attempt


def make_event(attempt: CallAttempt, body: Any = None, **columns: Any) -> CallEvent:
    """An event of a call."""
    values = {
        "event_id": uuid4().hex,
        "type": "Microsoft.Communication.RecognizeCompleted",
        "occurred_at": attempt.queued_at,
        "received_at": attempt.queued_at,
        "state": "handled",
        "body": body or {},
    }
    return CallEvent.objects.create(attempt=attempt, **(values | columns))


def hear(attempt: CallAttempt, phrase: str = "yes", **columns: Any) -> Recognition:
    """Something the patient said."""
    values = {
        "step": "menu",
        "turn": 1,
        "input_type": "choices",
        "label": "Confirm",
        "phrase": phrase,
        "confidence": 0.93,
        "language": "en-US",
        "sentiment": "positive",
        "at": attempt.queued_at,
    }
    return Recognition.objects.create(
        attempt=attempt, event=make_event(attempt), **(values | columns)
    )
