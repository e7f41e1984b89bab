"""A rehearsal takes a line, keeps hours and opt-outs, and leaves nothing else behind."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from calls import placing, rehearsing, watching
from calls.conversation.vocabulary import Outcome
from calls.models import CallAttempt, CallProfile, CallVisit, ClinicWording
from calls.rehearsing import Refused
from reminders.models import (
    Appointment,
    AppointmentEvent,
    Clinic,
    Contact,
    Decision,
    Installation,
    Patient,
    PhoneNumber,
    Suppression,
    WorkItem,
)
from tests.conftest import TUESDAY, Azure, make_appointment, make_clinic, make_patient, the_call

MINE = "+12125550142"
UNTOUCHED = (Appointment, AppointmentEvent, Patient, Contact, WorkItem, CallVisit, Decision)


def everything() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in UNTOUCHED]


def rehearse(clinic: Clinic, tag: str = "en-US", now: datetime = TUESDAY) -> CallAttempt:
    return rehearsing.request(clinic, MINE, tag, now, by="dana")


def _dialled_all_the_same(now: datetime) -> None:
    """The rule that keeps test calls from patients is about the moment of asking and of
    dialling; here the patient gets the number in between the two checks of the latter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rehearsing, "outdated", lambda attempt, now: "")
        placing.place_due(now)


def test_a_patients_number_is_not_for_test_calls(db: None) -> None:
    """R1, R2: one digit mistyped must not ring somebody who has not agreed to it."""
    clinic = make_clinic()
    make_patient(phone=MINE)
    with pytest.raises(rehearsing.Refused, match="A patient has this number"):
        rehearse(clinic)


def test_a_number_is_not_rung_without_end(db: None) -> None:
    clinic = make_clinic()
    for minute in range(rehearsing.MOST_A_DAY):
        moment = TUESDAY + timedelta(minutes=minute)
        rehearse(clinic, now=moment).end(moment, Outcome.NOT_PLACED)
    with pytest.raises(rehearsing.Refused, match="10 test calls within a day"):
        rehearse(clinic, now=TUESDAY + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("persona", "outcome"),
    [
        ("confirm_by_voice", "confirmed"),
        ("cancel_with_read_back", "cancelled"),
        ("cancel_hangs_up_at_read_back", "needs_review"),
        ("wrong_person", "wrong_number"),
        ("bad_number", "invalid_number"),
        ("busy", "busy"),
        ("ai_failure", "failed_provider"),
        ("silence", "no_response"),
        ("spanish_cancel", "cancelled"),
    ],
)
def test_whatever_is_said_nothing_follows(
    azure: Azure, now: datetime, persona: str, outcome: str
) -> None:
    """Not even for a patient who turns out to have the same number."""
    clinic = make_clinic()
    azure.simulator.set_persona(MINE, persona)
    rehearse(clinic)
    make_appointment(clinic, make_patient(phone=MINE), starts_at=TUESDAY + timedelta(days=9))
    before = everything()
    _dialled_all_the_same(now)
    azure.settle()
    call = the_call()
    assert (call.status, call.outcome, call.rehearsal) == ("ended", outcome, True)
    assert azure.rings == [MINE]
    assert everything() == before
    number = PhoneNumber.objects.get()
    assert (number.wrong_number_at, number.invalid_at) == (None, None)
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("persona", ["stop", "stop_by_key"])
def test_an_opt_out_counts_even_here(azure: Azure, now: datetime, persona: str) -> None:
    clinic = make_clinic()
    azure.simulator.set_persona(MINE, persona)
    rehearse(clinic)
    visit = make_appointment(
        clinic, make_patient(phone=MINE), starts_at=TUESDAY + timedelta(days=9)
    )
    _dialled_all_the_same(now)
    azure.settle()
    visit.refresh_from_db()
    assert the_call().outcome == "opted_out"
    assert PhoneNumber.objects.get().opted_out
    assert visit.next_call_reason == "opted_out"
    visit.patient.delete()
    with pytest.raises(Refused, match="asked us to stop"):
        rehearse(clinic)


@pytest.mark.parametrize(
    ("persona", "outcome"),
    [
        ("staff", "staff_requested"),
        ("reschedule_by_voice", "reschedule_requested"),
        ("cancel_with_reason", "cancelled"),
        ("needs_wheelchair", "confirmed"),
        ("passed_away", "needs_review"),
        ("voicemail", "no_response"),
    ],
)
def test_every_branch_that_a_clinic_can_switch_on_leaves_nothing_behind(
    azure: Azure, now: datetime, persona: str, outcome: str
) -> None:
    clinic = make_clinic()
    CallProfile.objects.create(
        clinic=clinic,
        ask_needs=True,
        ask_reason=True,
        transfer_number="+12125550188",
        voicemail=True,
    )
    before = everything()
    azure.simulator.set_persona(MINE, persona)
    rehearse(clinic)
    placing.place_due(now)
    azure.settle()
    assert the_call().outcome == outcome
    assert azure.rings == [MINE]
    assert everything() == before


@pytest.mark.parametrize(
    ("level", "persona", "outcome"),
    [
        (1, "identity_right", "confirmed"),
        (2, "identity_right", "confirmed"),
        (1, "identity_wrong_three_times", "needs_review"),
    ],
)
def test_the_digits_are_those_that_the_page_tells(
    azure: Azure, now: datetime, level: int, persona: str, outcome: str
) -> None:
    clinic = make_clinic()
    CallProfile.objects.create(clinic=clinic, identity_level=level)
    azure.simulator.set_digits(rehearsing.digits_asked(clinic))
    azure.simulator.set_persona(MINE, persona)
    rehearse(clinic)
    placing.place_due(now)
    azure.settle()
    assert the_call().outcome == outcome
    assert not WorkItem.objects.exists()


def test_it_speaks_the_newest_version_approved_or_not(azure: Azure, now: datetime) -> None:
    clinic = make_clinic()
    ClinicWording.objects.create(
        clinic=clinic,
        language="en",
        texts={"confirmed": "Splendid. Goodbye."},
        made_by="dana",
        made_at=now,
    )
    clinic.approvals.all().delete()
    azure.simulator.set_persona(MINE, "confirm_by_voice")
    rehearse(clinic)
    placing.place_due(now)
    azure.settle()
    said = str(list(the_call().actions.values_list("payload", flat=True)))
    assert "Splendid. Goodbye." in said
    assert "I am calling for Ana" in said


def test_it_begins_in_the_language_asked_for(db: None, now: datetime) -> None:
    rehearse(make_clinic(), "es-US")
    attempt = the_call()
    assert attempt.script["languages"] == ["es-US", "en-US"]
    assert attempt.language == "es-US"


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-17T12:59:00Z", "07:59 in America/New_York"),
        ("2026-11-18T02:00:00Z", "21:00 in America/New_York"),
    ],
)
def test_it_keeps_the_hours_of_the_clinic(db: None, at: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        rehearse(make_clinic(), now=datetime.fromisoformat(at))
    assert not PhoneNumber.objects.exists()


def test_and_those_of_every_zone_of_the_number(db: None) -> None:
    clinic = make_clinic()
    morning = datetime.fromisoformat("2026-11-17T14:00:00Z")
    with pytest.raises(Refused, match="06:00 in America/Los_Angeles"):
        rehearsing.request(clinic, "+14155550142", "en-US", morning, by="dana")
    assert rehearse(clinic, now=morning).status == "queued"


def test_it_is_refused_where_real_calls_would_be(db: None, now: datetime) -> None:
    clinic = make_clinic()
    number = PhoneNumber.obtain(MINE)
    for column in ("wrong_number_at", "reassigned_at", "invalid_at"):
        PhoneNumber.objects.update(**{column: now})
        with pytest.raises(Refused):
            rehearse(clinic)
        PhoneNumber.objects.update(**{column: None})
    Installation.get()
    Installation.pause(now)
    with pytest.raises(Refused, match="paused"):
        rehearse(clinic)
    Installation.objects.update(paused_at=None)
    rehearse(clinic)
    with pytest.raises(Refused, match="under way"):
        rehearse(clinic)
    assert number.attempts.count() == 1


def test_it_waits_for_nobodys_line(db: None, now: datetime, settings: Any) -> None:
    settings.ACS_MAX_CONCURRENT_CALLS = 1
    clinic = make_clinic()
    rehearse(clinic)
    with pytest.raises(Refused, match="lines"):
        rehearsing.request(clinic, "+12125550143", "en-US", now, by="dana")


def test_hours_and_opt_outs_are_judged_again_when_it_is_dialled(
    azure: Azure, now: datetime
) -> None:
    clinic = make_clinic()
    attempt = rehearse(clinic)
    attempt.number.suppress(now, source="letter")
    placing.place_due(now)
    assert (the_call().outcome, azure.rings) == ("not_placed", [])
    assert "asked us to stop" in the_call().note


def test_it_comes_soon_or_not_at_all(azure: Azure, now: datetime) -> None:
    rehearse(make_clinic())
    placing.place_due(TUESDAY + timedelta(minutes=11))
    assert (the_call().outcome, azure.rings) == ("not_placed", [])


def test_a_refusal_of_azures_ends_it_without_work(azure: Azure, now: datetime) -> None:
    azure.simulator.fault("status", operation="create", status=403)
    rehearse(make_clinic())
    placing.place_due(now)
    azure.settle()
    assert the_call().outcome == "failed_provider"
    assert not WorkItem.objects.exists()


def test_the_watchdog_ends_it_as_any_other(azure: Azure, now: datetime) -> None:
    azure.simulator.set_persona(MINE, "ring_out")
    rehearse(make_clinic())
    CallAttempt.objects.update(status="dialling", started_at=now, first_sent_at=now)
    watching.watch(now + timedelta(minutes=10))
    assert the_call().status == "ended"
    assert not WorkItem.objects.exists()
