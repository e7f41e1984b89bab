"""What a reminder knows of its own call, for reports and lists that read a month of them."""

from datetime import datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from calls import placing
from calls.models import CallAttempt, CallVisit
from reminders.models import Appointment
from tests.conftest import TUESDAY, Azure, make_appointment, make_clinic, make_patient
from tests.histories import History

FACTS = ("pk", "clinic", "dialled_at", "ordinal")


def a_visit() -> Appointment:
    patient = make_patient("p", "+12125550100")
    return make_appointment(make_clinic(), patient, starts_at=TUESDAY + timedelta(hours=20))


def call(azure: Azure, visit: Appointment, at: datetime) -> None:
    """Somebody of the staff wishes a call; their line is busy."""
    placing.request_call_now(visit.pk, at, actor="staff dana")
    assert placing.place_due(at).placed == 1
    azure.settle()


def facts() -> list[Any]:
    return list(CallVisit.objects.order_by("pk").values_list(*FACTS))


def test_a_reminder_is_numbered_when_it_is_dialled(azure: Azure, now: datetime) -> None:
    visit = a_visit()
    azure.simulator.set_persona(visit.patient.number.e164, "busy")
    for n in range(2):
        call(azure, visit, now + n * timedelta(hours=4))
    started = CallAttempt.objects.order_by("queued_at").values_list("started_at", flat=True)
    told = CallVisit.objects.order_by("pk").values_list("dialled_at", "ordinal", "clinic")
    assert list(told) == [(at, n, visit.clinic_id) for n, at in enumerate(started, 1)]


def test_the_number_stays_when_the_calls_before_are_erased(azure: Azure, now: datetime) -> None:
    visit = a_visit()
    azure.simulator.set_persona(visit.patient.number.e164, "busy")
    call(azure, visit, now)
    CallVisit.objects.update(dialled_at=now - timedelta(days=1))
    call(azure, visit, now + timedelta(hours=4))
    CallAttempt.objects.order_by("queued_at")[0].delete()
    assert CallVisit.objects.get().ordinal == 2


def test_a_moved_visit_begins_with_one_again(azure: Azure, now: datetime) -> None:
    visit = a_visit()
    azure.simulator.set_persona(visit.patient.number.e164, "busy")
    call(azure, visit, now)
    Appointment.objects.update(starts_at=visit.starts_at + timedelta(hours=1))
    call(azure, visit, now + timedelta(hours=4))
    assert list(CallVisit.objects.values_list("ordinal", flat=True)) == [1, 1]


def test_a_call_that_waits_for_a_line_is_no_reminder(azure: Azure, now: datetime) -> None:
    placing.request_call_now(a_visit().pk, now, actor="staff dana")
    assert facts()[0][2:] == (None, None)


@pytest.mark.django_db
def test_the_upgrade_fills_in_what_the_calls_knew() -> None:
    History(Random(1)).make(25, 60)
    before = facts()
    assert {row[-1] for row in before} >= {None, 1, 2}
    other = make_clinic("other")
    CallVisit.objects.filter(dialled_at__isnull=False).update(dialled_at=TUESDAY, ordinal=9)
    CallVisit.objects.update(clinic=other)
    import_module("calls.migrations.0012_fill_reminder_facts").fill(apps, connection)
    assert facts() == before
