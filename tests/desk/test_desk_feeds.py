"""A practitioner's visits in their own calendar: when, and what was answered, and no more."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.http import http_date
from icalendar import Calendar, Event

from config import clock
from desk.appointments import changes
from desk.models import StaffProfile
from desk.retention import erasing
from reminders import planning
from reminders.models import Appointment, CalendarFeed, Clinic, Practitioner
from reminders.policy.vocabulary import Answer, AppointmentStatus
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import fill_in, page, told

NEW_YORK = ZoneInfo("America/New_York")
TOMORROW = TUESDAY + timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def doctor(clinic: Clinic, now: object) -> Practitioner:
    return clinic.practitioners.create(name="Dr. Amara Diallo")


@pytest.fixture
def visit(doctor: Practitioner) -> Appointment:
    kind = doctor.clinic.visit_types.create(name="Oncology")
    patient = make_patient("pat-qzx", "+12125550171", name="Zenobia Quillfeather")
    return make_appointment(doctor.clinic, patient, practitioner=doctor, type=kind, minutes=20)


def make_address(desk: Client, doctor: Practitioner) -> str:
    """By the button; the path of the address that its page shows."""
    shown = desk.post(page("reminders_practitioner", doctor, "calendar_new"))
    assert "no-store" in shown["Cache-Control"]
    found = re.search(r"http://testserver(/calendar/[^<\s]+\.ics)", shown.content.decode())
    assert found is not None
    return urlsplit(found.group(1)).path


def ask(path: str, **headers: str) -> HttpResponse:
    """As a calendar does, which is signed in nowhere."""
    return Client().get(path, headers=headers)


def events(path: str) -> list[Event]:
    """What a calendar finds there."""
    answer = ask(path)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert calendar["METHOD"] == "PUBLISH"
    assert [component.name for component in calendar.subcomponents if component.errors] == []
    return list(calendar.events)


def test_a_visit_stands_there_at_its_time_and_tells_nothing_of_the_patient(
    desk: Client, doctor: Practitioner, visit: Appointment
) -> None:
    path = make_address(desk, doctor)
    [event] = events(path)
    assert (event.start, event.end) == (TOMORROW, TOMORROW + timedelta(minutes=20))
    assert str(event["SUMMARY"]) == "Visit – not confirmed yet"
    text = ask(path).content.decode()
    for word in ("Zenobia", "Quillfeather", "Z", "2125550171", "pat-qzx", "Oncology"):
        assert not re.search(rf"(?<![A-Za-z0-9]){word}(?![A-Za-z0-9])", text), word


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (Answer.CONFIRMED, "CONFIRMED", "Visit – confirmed"),
        (Answer.CANCELLED, "CANCELLED", "Visit – cancelled"),
        (Answer.RESCHEDULE_REQUESTED, "TENTATIVE", "Visit – wants another time"),
    ],
)
def test_an_answer_changes_the_same_event(
    desk: Client, doctor: Practitioner, visit: Appointment, answer: Answer, status: str, words: str
) -> None:
    path = make_address(desk, doctor)
    [before] = events(path)
    visit.record_answer(answer, TUESDAY + timedelta(minutes=5), actor="patient")
    [after] = events(path)
    assert (str(after["STATUS"]), str(after["SUMMARY"])) == (status, words)
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_what_staff_set_and_a_move_change_it_too(
    desk: Client, doctor: Practitioner, visit: Appointment
) -> None:
    path = make_address(desk, doctor)
    [first] = events(path)
    assert changes.become(visit, AppointmentStatus.CONFIRMED, TUESDAY + MINUTE, "staff dana")
    [second] = events(path)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=TOMORROW + timedelta(days=1))
    planning.replan(visit.pk, TUESDAY + 2 * MINUTE)
    [third] = events(path)
    numbers = [event["SEQUENCE"] for event in (first, second, third)]
    assert numbers == [numbers[0], numbers[0] + 60, numbers[0] + 120]
    assert [str(e["STATUS"]) for e in (first, second, third)] == [
        *("TENTATIVE", "CONFIRMED", "TENTATIVE"),
    ]
    assert third.start == TOMORROW + timedelta(days=1)


def test_another_length_is_told_as_a_change(
    desk: Client, doctor: Practitioner, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_address(desk, doctor)
    [before] = events(path)
    monkeypatch.setattr(clock, "now", lambda: TUESDAY + MINUTE)
    url = page("reminders_appointment", visit)
    fill_in(desk, url, minutes="40")
    [after] = events(path)
    assert after.end - after.start == 40 * MINUTE
    assert after["SEQUENCE"] == before["SEQUENCE"] + 60
    assert desk.get(url).content.decode().count("Changed ") == 1


def test_erasing_the_patient_is_a_change_and_takes_none_back(
    desk: Client, doctor: Practitioner, visit: Appointment
) -> None:
    path = make_address(desk, doctor)
    visit.record_answer(Answer.CONFIRMED, TUESDAY + MINUTE, actor="patient")
    over = make_appointment(
        doctor.clinic,
        visit.patient,
        practitioner=doctor,
        external_id="over",
        starts_at=TUESDAY - timedelta(days=1),
    )
    over.note("status_changed", TUESDAY + 5 * MINUTE, actor="staff dana", status="attended")
    was_over, was_coming = (event["SEQUENCE"] for event in events(path))
    erasing.erase(visit.patient, TUESDAY + 9 * MINUTE, by="staff dana")
    is_over, is_coming = events(path)
    assert is_over["SEQUENCE"] == was_over
    assert is_coming["SEQUENCE"] == was_coming + 8 * 60
    assert str(is_coming["STATUS"]) == "CANCELLED"


@pytest.mark.parametrize(("month", "day", "utc_hour"), [(3, 13, 15), (3, 14, 14), (11, 7, 15)])
def test_ten_on_the_wall_is_ten_on_the_wall_around_the_change_of_clocks(
    desk: Client, doctor: Practitioner, month: int, day: int, utc_hour: int
) -> None:
    starts = datetime(2027, month, day, 10, 0, tzinfo=NEW_YORK)
    make_appointment(
        doctor.clinic, make_patient(), practitioner=doctor, starts_at=starts, planned_at=None
    )
    [event] = events(make_address(desk, doctor))
    assert event.start.astimezone(UTC).hour == utc_hour
    assert event.start.astimezone(NEW_YORK).hour == 10


def test_only_the_practitioners_own_visits_stand_there(
    desk: Client, doctor: Practitioner, visit: Appointment
) -> None:
    other = doctor.clinic.practitioners.create(name="Dr. Other")
    make_appointment(doctor.clinic, make_patient(), practitioner=other)
    assert len(events(make_address(desk, doctor))) == 1
    old, far = TUESDAY - timedelta(days=31), TUESDAY + timedelta(days=366)
    for starts_at in (old, far):
        Appointment.objects.filter(pk=visit.pk).update(starts_at=starts_at)
        assert events(make_address(desk, doctor)) == []


def test_what_has_not_changed_is_not_sent_again(
    desk: Client, doctor: Practitioner, visit: Appointment
) -> None:
    path = make_address(desk, doctor)
    known = {"If-None-Match": ask(path)["ETag"]}
    assert ask(path, **known).status_code == 304
    visit.record_answer(Answer.CONFIRMED, TUESDAY, actor="patient")
    assert ask(path, **known).status_code == 200


def test_a_visit_that_went_to_another_practitioner_is_news_to_every_calendar(
    desk: Client, doctor: Practitioner, visit: Appointment
) -> None:
    """To one that knows the time of its last look alone, too."""
    make_appointment(doctor.clinic, make_patient(), practitioner=doctor, external_id="stays")
    path = make_address(desk, doctor)
    first = ask(path)
    asked_at = first.get("Last-Modified", http_date(datetime.now(UTC).timestamp()))
    other = doctor.clinic.practitioners.create(name="Dr. Other")
    fill_in(desk, page("reminders_appointment", visit), practitioner=str(other.pk))
    for known in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": asked_at}):
        again = ask(path, **known)
        assert again.status_code == 200
        assert len(Calendar.from_ical(again.content).events) == 1


def test_a_wrong_secret_finds_what_no_address_finds(
    desk: Client, doctor: Practitioner, visit: Appointment
) -> None:
    path = make_address(desk, doctor)
    colleague = doctor.clinic.practitioners.create(name="Dr. Other")
    wrong = path.replace(".ics", "x.ics")
    elsewhere = path.replace(f"/{doctor.pk}/", f"/{colleague.pk}/")
    assert [ask(url).status_code for url in (path, wrong, elsewhere)] == [200, 404, 404]
    assert Client().post(path).status_code == 405


def test_a_new_address_ends_the_old_one_and_staff_end_any(
    desk: Client, doctor: Practitioner
) -> None:
    first = make_address(desk, doctor)
    second = make_address(desk, doctor)
    assert [ask(url).status_code for url in (first, second)] == [404, 200]
    shown = desk.get(page("reminders_practitioner", doctor)).content.decode()
    assert "last read" in shown
    assert second not in shown
    assert "ended" in told(desk.post(page("reminders_practitioner", doctor, "calendar_end")))
    assert ask(second).status_code == 404
    assert set(CalendarFeed.objects.values_list("ended_by", flat=True)) == {"dana"}


def test_the_secret_itself_is_kept_nowhere(desk: Client, doctor: Practitioner) -> None:
    token = make_address(desk, doctor).rpartition("/")[2].removesuffix(".ics")
    assert len(token) >= 43
    assert token not in str(CalendarFeed.objects.values().get())


@pytest.mark.parametrize("button", ["calendar_new", "calendar_end"])
def test_who_may_not_change_a_practitioner_makes_and_ends_none(
    sign_in: Any, doctor: Practitioner, button: str
) -> None:
    client = sign_in("view_practitioner")
    assert client.post(page("reminders_practitioner", doctor, button)).status_code == 403
    assert not CalendarFeed.objects.exists()


def test_nobody_makes_one_for_another_clinic(sign_in: Any, doctor: Practitioner) -> None:
    client = sign_in("view_practitioner", "change_practitioner")
    StaffProfile.objects.update(everywhere=False)
    StaffProfile.objects.get().clinics.add(make_clinic("oak"))
    url = page("reminders_practitioner", doctor, "calendar_new")
    assert client.post(url).status_code == 404
