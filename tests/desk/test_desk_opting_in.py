"""Only a new consent, recorded by a person, lets a number be called again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from reminders import consenting, planning
from reminders.models import Appointment, Clinic, Consent, PhoneNumber, Suppression
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import THURSDAY, page

SAID = {
    "given_by": "Ana Ortiz",
    "how": "spoken",
    "day": "2026-11-17",
    "wording": "Yes, please call me again before my visits.",
}


@pytest.fixture
def visit(clinic: Clinic) -> Appointment:
    """A visit whose number asked for no calls a week ago."""
    visit = make_appointment(clinic, make_patient(), starts_at=THURSDAY)
    visit.patient.number.suppress(TUESDAY - timedelta(days=7), source="call 1")
    planning.number_changed(visit.patient.number, TUESDAY)
    visit.refresh_from_db()
    assert visit.next_call_reason == "opted_out"
    return visit


def record(client: Client, number: PhoneNumber, **changes: Any) -> HttpResponse:
    return client.post(page("reminders_phonenumber", number, "consent"), SAID | changes)


def test_a_new_consent_lifts_the_opt_out_and_plans_the_visits(
    desk: Client, visit: Appointment
) -> None:
    number = visit.patient.number
    assert "Only a new consent" in desk.get(page("reminders_phonenumber", number)).content.decode()
    assert record(desk, number).status_code == 302
    visit.refresh_from_db()
    assert visit.next_call_at is not None
    assert not Suppression.objects.exists()


def test_the_record_says_who_how_when_and_which_opt_out_and_names_the_number_by_hash(
    desk: Client, visit: Appointment
) -> None:
    record(desk, visit.patient.number)
    kept = Consent.objects.get()
    assert (kept.given_by, kept.how, kept.recorded_by) == ("Ana Ortiz", "spoken", "dana")
    assert kept.wording == SAID["wording"]
    assert kept.recorded_at == TUESDAY
    assert kept.given_at == TUESDAY.replace(hour=5), "the day alone: midnight in New York"
    assert kept.keyed_hash == visit.patient.number.keyed_hash
    assert kept.lifted == {
        "at": (TUESDAY - timedelta(days=7)).isoformat(),
        "source": "call 1",
        "category": "reminder_calls",
    }
    visit.delete()
    patient = kept.patient
    assert patient is not None
    patient.delete()
    kept.refresh_from_db()
    assert kept.patient is None, "the proof outlives the patient"
    shown = desk.get(page("reminders_phonenumber", visit.patient.number)).content.decode()
    assert "Consent on record" in shown


def test_what_was_said_last_counts(desk: Client, visit: Appointment) -> None:
    refused = record(desk, visit.patient.number, day="2026-11-01")
    assert "newer than this consent" in refused.content.decode()
    assert "must be later than Tue 10 Nov 14:00 EST" in refused.content.decode()
    assert "day" in refused.context["form"].errors
    assert Suppression.objects.exists()
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        ("", "tell when they agreed again, later than Tue 17 Nov 13:00 EST"),
        ("12:59", "newer than this consent"),
        ("13:00", "newer than this consent"),
        ("14:01", "still to come"),
    ],
)
def test_a_consent_of_the_day_of_the_opt_out_has_to_be_later_that_day(
    desk: Client, visit: Appointment, hour: str, words: str
) -> None:
    """It is 14:00; they asked for no calls at 13:00."""
    Suppression.objects.update(at=TUESDAY - timedelta(hours=1))
    number = visit.patient.number
    refused = record(desk, number, hour=hour)
    assert words in str(refused.context["form"].errors["hour"])
    assert Suppression.objects.exists()
    assert not Consent.objects.exists()
    assert record(desk, number, hour="13:01").status_code == 302
    assert Consent.objects.get().given_at == TUESDAY - timedelta(minutes=59)
    assert not Suppression.objects.exists()


def test_the_day_of_an_opt_out_is_the_clinics_own(desk: Client, visit: Appointment) -> None:
    """At 20:00 in New York it is tomorrow in Greenwich."""
    Suppression.objects.update(at=TUESDAY.replace(day=11, hour=1))
    refused = record(desk, visit.patient.number, day="2026-11-10")
    assert "hour" in refused.context["form"].errors


@pytest.mark.parametrize("missing", ["given_by", "how", "day", "wording"])
def test_a_consent_without_proof_is_none(desk: Client, visit: Appointment, missing: str) -> None:
    refused = record(desk, visit.patient.number, **{missing: ""})
    assert missing in refused.context["form"].errors
    assert Suppression.objects.exists()


def test_nobody_agrees_in_the_future(desk: Client, visit: Appointment) -> None:
    assert "day" in record(desk, visit.patient.number, day="2026-11-18").context["form"].errors
    assert Suppression.objects.exists()


def test_it_takes_a_permission_of_its_own(
    sign_in: Callable[..., Client], visit: Appointment
) -> None:
    client = sign_in("view_phonenumber", "change_phonenumber", "view_patient")
    number = visit.patient.number
    assert record(client, number).status_code == 403
    assert (
        "agree to calls again"
        not in client.get(page("reminders_phonenumber", number)).content.decode()
    )
    assert Suppression.objects.exists()


def test_a_failure_half_way_leaves_the_opt_out(
    desk: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(consenting.planning, "replan_many", dies)
    with pytest.raises(RuntimeError):
        record(desk, visit.patient.number)
    assert Suppression.objects.exists()
    assert not Consent.objects.exists()


def test_an_opt_out_after_the_consent_stops_the_calls_again(
    desk: Client, visit: Appointment
) -> None:
    record(desk, visit.patient.number)
    visit.patient.number.suppress(TUESDAY, source="call 2")
    planning.number_changed(visit.patient.number, TUESDAY)
    visit.refresh_from_db()
    assert visit.next_call_reason == "opted_out"
    assert Consent.objects.count() == 1


def test_a_consent_from_between_two_opt_outs_lifts_nothing(
    desk: Client, visit: Appointment
) -> None:
    """R7: what was said last counts."""
    number = visit.patient.number
    number.suppress(TUESDAY - timedelta(days=1), source="call 2")
    between = (TUESDAY - timedelta(days=3)).date()
    assert "newer than this consent" in record(desk, number, day=between).content.decode()
    assert number.opted_out
    number.suppress(TUESDAY - timedelta(days=9), source="call 0")
    assert Suppression.objects.get().source == "call 2"
