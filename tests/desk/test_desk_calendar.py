"""The calendar: what it shows of some days, and visits moved on it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from desk import reach
from desk.calendar import choosing, moving
from desk.calendar import feed as feeds
from desk.models import StaffProfile
from reminders.models import Appointment, Clinic, Contact, Practitioner
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import THURSDAY, make_call, make_visits, page

PAGE = "/admin/calendar/"
FEED = f"{PAGE}feed/"
MOVE = f"{PAGE}move/"
UNDO = f"{PAGE}undo/"


def ask(desk: Client, clinic: Clinic, start: str, end: str, **more: Any) -> dict[str, Any]:
    """What the calendar is told of some days."""
    response = desk.get(FEED, {"clinic": clinic.pk, "start": start, "end": end, **more})
    answer: dict[str, Any] = response.json()
    return answer


def shown(desk: Client, clinic: Clinic, start: str, end: str, **more: Any) -> list[dict[str, Any]]:
    """The visits of some days, without the closed ones among these."""
    events = ask(desk, clinic, start, end, **more)["events"]
    return [event for event in events if "id" in event]


def drop(desk: Client, visit: Appointment, start: str, **more: Any) -> Any:
    """The visit is dragged to a time on the clinic's wall."""
    seen = feeds.version_of(Appointment.objects.get(pk=visit.pk))
    sent = {"visit": visit.pk, "start": start, "minutes": visit.minutes, "seen": seen}
    return desk.post(MOVE, sent | more)


@pytest.fixture
def visit(clinic: Clinic) -> Appointment:
    """Thursday 26 November, 14:00 in New York."""
    return make_visits(clinic, 1)[0]


# -- what it shows


def test_all_clinics_are_shown_at_once_each_visit_on_its_own_wall(
    desk: Client, visit: Appointment
) -> None:
    elm = make_clinic("elm", name="Elm Clinic", time_zone="America/Chicago")
    roy = Practitioner.objects.create(clinic=elm, name="Dr. Roy")
    make_appointment(elm, make_patient("elm"), starts_at=THURSDAY, practitioner=roy)
    days = {"start": "2026-11-23", "end": "2026-11-30"}
    events = desk.get(FEED, {"clinic": "all"} | days).json()["events"]
    told = [(event["start"], event["extendedProps"]) for event in events]
    assert [(start, more["time"], more["who"]) for start, more in told] == [
        ("2026-11-26T14:00:00", "14:00 EST", "Maple Street Clinic"),
        ("2026-11-26T13:00:00", "13:00 CST", "Dr. Roy, Elm Clinic"),
    ]
    page = desk.get(PAGE, {"clinic": "all", "day": "2026-11-26"}).content.decode()
    assert "Dr. Roy, Elm Clinic" in page
    assert "Each visit at the time of its own clinic" in page
    again = desk.get(PAGE)
    assert "clinic=all" in again.context["options"]["feed"]
    assert "clinic" not in again.context["add"]


@pytest.fixture
def three(clinic: Clinic) -> list[Clinic]:
    """Maple, Elm and Oak, each with a practitioner and a visit of theirs."""
    clinics = [clinic, make_clinic("elm", name="Elm Clinic"), make_clinic("oak", name="Oak Clinic")]
    for one, name in zip(clinics, ("Dr. May", "Dr. Roy", "Dr. Oz"), strict=True):
        person = Practitioner.objects.create(clinic=one, name=name)
        patient = make_patient(one.slug, name=f"At {one.name}")
        make_appointment(one, patient, starts_at=THURSDAY, practitioner=person)
    return clinics


WEEK = {"start": "2026-11-23", "end": "2026-11-30"}


def at(desk: Client, query: dict[str, Any]) -> list[str]:
    """Of which clinics the calendar shows visits."""
    events = desk.get(FEED, query | WEEK).json()["events"]
    return sorted(event["title"].removeprefix("At ") for event in events)


def test_several_clinics_are_chosen_and_remembered(desk: Client, three: list[Clinic]) -> None:
    _, elm, oak = three
    assert at(desk, {"clinic": [elm.pk, oak.pk]}) == ["Elm Clinic", "Oak Clinic"]
    page = desk.get(PAGE, {"clinic": [elm.pk, oak.pk], "day": "2026-11-26"})
    assert page.context["choice"].clinic_words == "Elm Clinic, Oak Clinic"
    text = page.content.decode()
    assert "At Elm Clinic" in text
    assert "At Maple Street Clinic" not in text
    again = desk.get(PAGE)
    assert list(again.context["choice"].clinics) == [elm, oak]
    assert f"clinic={elm.pk}&clinic={oak.pk}" in again.context["options"]["feed"]
    every = desk.get(PAGE, {"clinic": ["all", elm.pk]})
    assert every.context["choice"].clinic_words == "All clinics"


def test_several_practitioners_are_chosen_of_any_clinic_that_is_shown(
    desk: Client, three: list[Clinic]
) -> None:
    may, roy, oz = (one.practitioners.get() for one in three)
    query = {"clinic": "all", "practitioner": [may.pk, oz.pk]}
    assert at(desk, query) == ["Maple Street Clinic", "Oak Clinic"]
    desk.get(PAGE, query)
    assert list(desk.get(PAGE).context["choice"].people) == [may, oz]
    # Nobody who is not at the clinics that are shown.
    assert at(desk, {"clinic": roy.clinic_id, "practitioner": [may.pk]}) == ["Elm Clinic"]
    page = desk.get(PAGE, {"clinic": "all", "practitioner": "all"})
    assert page.context["choice"].people_words == "Everybody"
    assert [person.name for person in page.context["practitioners"]] == [
        "Dr. Roy",
        "Dr. May",
        "Dr. Oz",
    ]


def test_whose_clinics_are_named_sees_no_other_among_several(
    sign_in: Callable[..., Client], three: list[Clinic]
) -> None:
    maple, elm, oak = three
    eve = sign_in("view_appointment", "see_names")
    profile = StaffProfile.objects.get()
    profile.everywhere = False
    profile.save()
    profile.clinics.add(elm, oak)
    every = [one.pk for one in three]
    assert at(eve, {"clinic": every}) == ["Elm Clinic", "Oak Clinic"]
    theirs = {"clinic": "all", "practitioner": [maple.practitioners.get().pk]}
    assert at(eve, theirs) == ["Elm Clinic", "Oak Clinic"]
    page = eve.get(PAGE, {"clinic": every, "day": "2026-11-26"}).content.decode()
    assert "Maple" not in page
    assert "Dr. May" not in page
    profile.clinics.remove(elm)
    assert at(eve, {"clinic": every}) == ["Oak Clinic"]
    assert list(eve.get(PAGE).context["choice"].clinics) == [oak]


def test_practitioners_without_number_are_no_list(
    desk: Client, three: list[Clinic], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST_PEOPLE", 2)
    page = desk.get(PAGE, {"clinic": "all"}).content.decode()
    assert "Choose fewer clinics" in page
    assert "Dr. Oz" not in page
    known = Practitioner.objects.filter(clinic__in=three)[0]
    page = desk.get(PAGE, {"clinic": "all", "practitioner": known.pk}).content.decode()
    assert f'<input type="hidden" name="practitioner" value="{known.pk}">' in page
    page = desk.get(PAGE, {"clinic": [three[1].pk, three[2].pk]}).content.decode()
    assert "Choose fewer clinics" not in page
    assert "Dr. Oz" in page


def test_all_clinics_are_those_that_a_person_may_see(
    sign_in: Callable[..., Client], visit: Appointment
) -> None:
    elm = make_clinic("elm", name="Elm Clinic")
    make_appointment(elm, make_patient("elm"), starts_at=THURSDAY)
    eve = sign_in("view_appointment", "see_names")
    profile = StaffProfile.objects.get()
    days = {"start": "2026-11-23", "end": "2026-11-30", "clinic": "all"}
    assert len(eve.get(FEED, days).json()["events"]) == 2
    profile.everywhere = False
    profile.save()
    assert eve.get(FEED, days).status_code == 404
    profile.clinics.add(elm)
    [event] = eve.get(FEED, days).json()["events"]
    assert event["title"] == "Ana Ortiz"


def test_a_visit_is_drawn_on_the_wall_of_the_clinic(desk: Client, visit: Appointment) -> None:
    [event] = shown(desk, visit.clinic, "2026-11-23", "2026-11-30")
    assert (event["start"], event["end"]) == ("2026-11-26T14:00:00", "2026-11-26T14:30:00")
    assert (event["title"], event["url"]) == (
        "Patient 0",
        f"/admin/reminders/appointment/{visit.pk}/change/",
    )


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({}, "open"),
        ({"status": "confirmed", "answer": "confirmed"}, "confirmed"),
        ({"status": "cancelled", "answer": "cancelled"}, "cancelled"),
        ({"status": "cancelled"}, "cancelled"),
        ({"answer": "reschedule_requested"}, "other-time"),
        ({"status": "attended", "answer": "confirmed"}, "attended"),
        ({"status": "no_show"}, "no-show"),
    ],
)
def test_the_answer_is_told_by_colour_sign_and_words(
    desk: Client, visit: Appointment, columns: dict[str, str], key: str
) -> None:
    Appointment.objects.update(**columns)
    [event] = shown(desk, visit.clinic, "2026-11-26", "2026-11-27")
    tone = next(tone for tone in feeds.TONES if tone.key == key)
    assert event["classNames"] == [f"desk-visit-{key}"]
    assert event["extendedProps"]["sign"] == tone.sign
    assert event["extendedProps"]["answer"] == str(tone.words)
    assert str(tone.words) in desk.get(PAGE).content.decode()


SPRING = [(6, 30, "01:30"), (7, 30, "03:30"), (14, 0, "10:00")]
AUTUMN = [(5, 30, "01:30 EDT"), (6, 30, "01:30 EST"), (7, 30, "02:30"), (15, 0, "10:00")]


@pytest.mark.parametrize(
    ("day", "moments", "length"), [("2027-03-14", SPRING, 23), ("2027-11-07", AUTUMN, 25)]
)
def test_the_days_on_which_clocks_change_are_drawn_as_the_clocks_show_them(
    desk: Client, clinic: Clinic, day: str, moments: list[tuple[int, int, str]], length: int
) -> None:
    patient, first = make_patient(), date.fromisoformat(day)
    for hour, minute, wall in moments:
        start = datetime(first.year, first.month, first.day, hour, minute, tzinfo=UTC)
        make_appointment(clinic, patient, external_id=wall.replace(" ", ""), starts_at=start)
    last_minute = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(
        hours=5 if length == 23 else 4, minutes=length * 60 - 1
    )
    make_appointment(clinic, patient, external_id="last", starts_at=last_minute)
    beyond = last_minute + timedelta(minutes=1)
    make_appointment(clinic, patient, external_id="beyond", starts_at=beyond)
    events = shown(desk, clinic, day, (first + timedelta(days=1)).isoformat())
    told = [event["extendedProps"]["time"] for event in events]
    assert told == [*(wall for _, _, wall in moments), "23:59"]
    starts = [event["start"] for event in events]
    assert starts == [f"{day}T{wall[:5]}:00" for wall in told]


def test_a_visit_across_a_clock_change_is_drawn_in_its_length(desk: Client, clinic: Clinic) -> None:
    start = datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
    make_appointment(clinic, make_patient(), starts_at=start, minutes=60)
    [event] = shown(desk, clinic, "2027-11-07", "2027-11-08")
    assert (event["start"][11:16], event["end"][11:16]) == ("01:30", "02:30")


def test_practitioner_and_clinic_narrow_it(desk: Client, clinic: Clinic) -> None:
    roy = Practitioner.objects.create(clinic=clinic, name="Dr. Roy")
    make_visits(clinic, 2)
    Appointment.objects.filter(external_id="a-p0").update(practitioner=roy)
    west = make_clinic("west", name="West")
    assert len(shown(desk, clinic, "2026-11-26", "2026-11-27")) == 2
    [event] = shown(desk, clinic, "2026-11-26", "2026-11-27", practitioner=roy.pk)
    assert event["extendedProps"]["who"] == "Dr. Roy"
    assert shown(desk, west, "2026-11-26", "2026-11-27") == []


def test_closed_days_are_marked(desk: Client, clinic: Clinic) -> None:
    Clinic.objects.update(closures=["2026-11-26", "2026-12-25"])
    [closed] = ask(desk, clinic, "2026-11-23", "2026-11-30")["events"]
    assert (closed["title"], closed["display"]) == ("Closed", "background")
    assert (closed["start"], closed["end"]) == ("2026-11-26T00:00:00", "2026-11-27T00:00:00")


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-11-01", "2027-01-01"), ("2026-11-02", "2026-11-02"), ("x", "2026-11-02"), ("", "")],
)
def test_days_without_measure_are_refused_with_words(
    desk: Client, clinic: Clinic, start: str, end: str
) -> None:
    response = desk.get(FEED, {"clinic": clinic.pk, "start": start, "end": end})
    assert response.status_code == 400
    assert response.json()["refused"]


def test_too_many_visits_are_cut_and_the_page_says_so(
    desk: Client, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_visits(clinic, 4)
    monkeypatch.setattr(feeds, "MOST_ROWS", 3)
    answer = ask(desk, clinic, "2026-11-26", "2026-11-27")
    assert len(answer["events"]) == 3
    assert "Only the first 3" in answer["cut"]


def test_feed_and_page_take_as_many_queries_for_60_visits_as_for_10(
    desk: Client, clinic: Clinic, django_assert_num_queries: Any
) -> None:
    def visits(count: int, start: int) -> None:
        who = Practitioner.objects.create(clinic=clinic, name=f"Dr. {start}")
        made = [visit.pk for visit in make_visits(clinic, count, start)]
        Appointment.objects.filter(pk__in=made).update(practitioner=who)

    def feed() -> int:
        return len(shown(desk, clinic, "2026-11-26", "2026-11-27"))

    def day() -> int:
        return desk.get(PAGE, {"day": "2026-11-26"}).status_code

    visits(10, 0)
    looks, few = (feed, day), []
    for look in looks:
        look()  # A session's first request writes it down.
        with CaptureQueriesContext(connection) as captured:
            look()
        few.append(len(captured))
    visits(50, 10)
    for look, queries in zip(looks, few, strict=True):
        look()  # Who is seen for the first time is written down.
        with django_assert_num_queries(queries):
            look()
    assert feed() == 60


# -- the page


def test_without_a_script_the_page_is_a_list_of_the_day(desk: Client, visit: Appointment) -> None:
    page = desk.get(PAGE, {"day": "2026-11-26"}).content.decode()
    assert f'href="/admin/reminders/appointment/{visit.pk}/change/"' in page
    assert "14:00" in page
    assert "day=2026-11-25" in page
    assert "day=2026-11-27" in page
    assert "start=2026-11-26T09:00" in page


def test_an_empty_day_says_so_and_what_to_do(desk: Client, clinic: Clinic) -> None:
    page = desk.get(PAGE, {"day": "2026-11-25"}).content.decode()
    assert "No visits on this day" in page
    assert "Add one" in page


def test_without_a_clinic_the_page_says_what_to_do(desk: Client) -> None:
    assert "enter one first" in desk.get(PAGE).content.decode()


def test_the_clinic_looked_at_last_is_shown_again(desk: Client, clinic: Clinic) -> None:
    west = make_clinic("west", name="West", time_zone="America/Los_Angeles")
    desk.get(PAGE, {"clinic": west.pk})
    assert desk.get(PAGE).context["clinic"] == west
    assert "America/Los_Angeles" in desk.get(PAGE).content.decode()


@pytest.mark.parametrize("day", ["x", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none_is_today(desk: Client, clinic: Clinic, day: str) -> None:
    assert desk.get(PAGE, {"day": day, "practitioner": "²"}).context["day"] == date(2026, 11, 17)


def test_the_page_knows_when_the_clinic_is_open(desk: Client, clinic: Clinic) -> None:
    Clinic.objects.update(hours={"SU": [["10:00", "24:00"]]})
    assert desk.get(PAGE).context["options"]["hours"] == [
        {"daysOfWeek": [0], "startTime": "10:00", "endTime": "24:00"}
    ]


# -- moving


def test_a_dropped_visit_is_moved_planned_anew_and_it_is_told(
    desk: Client, visit: Appointment
) -> None:
    """B14."""
    response = drop(desk, visit, "2026-12-03T10:15")
    visit.refresh_from_db()
    assert visit.starts_at == datetime(2026, 12, 3, 15, 15, tzinfo=UTC)
    assert visit.next_call_at == datetime(2026, 11, 30, 15, 15, tzinfo=UTC)
    assert "moved to Thu 3 Dec 10:15" in response.json()["told"]
    assert "Next call Mon 30 Nov 10:15" in response.json()["told"]
    assert visit.events.filter(kind="moved", actor="staff dana").count() == 1


def test_a_visit_dropped_across_the_clock_change_keeps_its_wall_time(
    desk: Client, visit: Appointment
) -> None:
    drop(desk, visit, "2027-03-15T10:00")
    visit.refresh_from_db()
    assert visit.starts_at == datetime(2027, 3, 15, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("2027-03-14T02:30", "does not exist"),
        ("2027-11-07T01:30", "comes twice"),
        ("2026-11-16T10:00", "past"),
        ("2026-11-26T14:00", "there already"),
    ],
)
def test_where_a_visit_cannot_be_it_is_not_moved(
    desk: Client, visit: Appointment, start: str, words: str
) -> None:
    response = drop(desk, visit, start)
    assert response.status_code == 422
    assert words in response.json()["refused"]
    visit.refresh_from_db()
    assert visit.starts_at == THURSDAY


def test_a_confirmed_visit_is_moved_only_after_asking_and_then_asked_for_again(
    desk: Client, visit: Appointment
) -> None:
    visit.record_answer("confirmed", TUESDAY, actor="patient")
    question = drop(desk, visit, "2026-12-03T10:00")
    assert question.status_code == 409
    assert "Patient 0 has confirmed Thu 26 Nov 14:00" in question.json()["ask"][0]
    visit.refresh_from_db()
    assert (visit.starts_at, visit.status) == (THURSDAY, "confirmed")
    drop(desk, visit, "2026-12-03T10:00", agreed=question.json()["agreed"])
    visit.refresh_from_db()
    assert (visit.status, visit.answer) == ("scheduled", "")
    assert visit.next_call_reason == "touch"


def test_a_call_under_way_is_told_before_its_visit_is_moved(
    desk: Client, visit: Appointment
) -> None:
    make_call(visit, status="connected", outcome="", ended_at=None)
    assert "under way" in drop(desk, visit, "2026-12-03T10:00").json()["ask"][0]


def test_a_conflict_is_asked_about(desk: Client, clinic: Clinic, visit: Appointment) -> None:
    other = make_visits(clinic, 1, start=1)[0]
    roy = Practitioner.objects.create(clinic=clinic, name="Dr. Roy")
    Appointment.objects.update(practitioner=roy)
    start = other.starts_at + timedelta(minutes=15)
    wall = start.astimezone(clinic.zone).strftime("%Y-%m-%dT%H:%M")
    question = drop(desk, visit, wall)
    assert "Dr. Roy has another visit then" in question.json()["ask"][0]
    done = drop(desk, visit, wall, agreed=question.json()["agreed"])
    assert done.status_code == 200


def test_another_length_asks_nobody_again(desk: Client, visit: Appointment) -> None:
    visit.record_answer("confirmed", TUESDAY, actor="patient")
    response = drop(desk, visit, "2026-11-26T14:00", minutes=50)
    visit.refresh_from_db()
    assert (visit.minutes, visit.status, visit.starts_at) == (50, "confirmed", THURSDAY)
    assert "50 minutes now" in response.json()["told"]
    assert not visit.events.filter(kind="moved").exists()


@pytest.mark.parametrize("minutes", ["0", "1441", "-5"])
def test_a_length_that_no_visit_has_is_refused(
    desk: Client, visit: Appointment, minutes: str
) -> None:
    assert drop(desk, visit, "2026-11-26T14:00", minutes=minutes).status_code == 422


@pytest.mark.parametrize("change", ["moved", "answered", "gone"])
def test_what_changed_meanwhile_is_not_moved(desk: Client, visit: Appointment, change: str) -> None:
    seen = feeds.version_of(visit)
    if change == "moved":
        drop(desk, visit, "2026-12-04T10:00")
    elif change == "answered":
        visit.record_answer("confirmed", TUESDAY, actor="patient")
    else:
        visit.record_answer("cancelled", TUESDAY, actor="patient")
    before = Appointment.objects.values().get()
    response = drop(desk, visit, "2026-12-03T10:00", seen=seen)
    assert response.status_code == 422
    assert "changed meanwhile" in response.json()["refused"]
    assert Appointment.objects.values().get() == before


def test_a_visit_that_is_over_stays(desk: Client, visit: Appointment) -> None:
    Appointment.objects.update(status="attended")
    assert "over or cancelled" in drop(desk, visit, "2026-12-03T10:00").json()["refused"]
    [event] = shown(desk, visit.clinic, "2026-11-26", "2026-11-27")
    assert event["editable"] is False


@pytest.mark.parametrize("sent", [{}, {"visit": "x"}, {"visit": "1", "start": "soon"}])
def test_nonsense_is_refused(desk: Client, clinic: Clinic, sent: dict[str, str]) -> None:
    assert desk.post(MOVE, sent).status_code == 400


def test_a_visit_that_is_not_there_is_not_found(desk: Client, clinic: Clinic) -> None:
    sent = {"visit": "77", "start": "2026-12-03T10:00", "minutes": "30", "seen": "x"}
    assert desk.post(MOVE, sent).status_code == 404


# -- taking it back


def test_a_move_is_taken_back_and_the_answer_with_it(desk: Client, visit: Appointment) -> None:
    visit.record_answer("confirmed", TUESDAY, actor="patient")
    asked = drop(desk, visit, "2026-12-03T10:00").json()["agreed"]
    done = drop(desk, visit, "2026-12-03T10:00", agreed=asked).json()
    response = desk.post(UNDO, {"undo": done["undo"]})
    visit.refresh_from_db()
    assert (visit.starts_at, visit.status, visit.answer) == (THURSDAY, "confirmed", "confirmed")
    assert (visit.next_call_at, visit.next_call_reason) == (None, "answered")
    assert "as before" in response.json()["told"]
    assert visit.events.filter(kind="move_undone", actor="staff dana").exists()


def test_a_move_is_not_taken_back_twice(desk: Client, visit: Appointment) -> None:
    done = drop(desk, visit, "2026-12-03T10:00").json()
    assert desk.post(UNDO, {"undo": done["undo"]}).status_code == 200
    assert desk.post(UNDO, {"undo": done["undo"]}).status_code == 422


def test_a_move_that_was_called_about_is_not_taken_back(desk: Client, visit: Appointment) -> None:
    done = drop(desk, visit, "2026-12-03T10:00").json()
    visit.refresh_from_db()
    ref = Contact._meta.get_field("ref").get_default()
    Contact.claim(visit, visit.patient.number, TUESDAY, ref)
    response = desk.post(UNDO, {"undo": done["undo"]})
    assert "called about the new time" in response.json()["refused"]


def test_a_forged_or_old_undo_is_refused(
    desk: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = drop(desk, visit, "2026-12-03T10:00").json()
    assert desk.post(UNDO, {"undo": f"{done['undo']}x"}).status_code == 422
    assert desk.post(UNDO, {}).status_code == 422
    monkeypatch.setattr(moving, "UNDO_SECONDS", -1)
    assert desk.post(UNDO, {"undo": done["undo"]}).status_code == 422


# -- who may


def test_who_may_only_look_sees_no_handles_and_moves_nothing(
    sign_in: Callable[..., Client], visit: Appointment
) -> None:
    client = sign_in("view_appointment")
    [event] = shown(client, visit.clinic, "2026-11-26", "2026-11-27")
    assert event["editable"] is False
    options = client.get(PAGE).context["options"]
    assert (options["mayMove"], options["add"]) == (False, "")
    assert drop(client, visit, "2026-12-03T10:00").status_code == 403
    assert client.post(UNDO, {}).status_code == 403


def test_who_may_not_see_visits_sees_no_calendar(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    client = sign_in("add_appointment")
    assert client.get(PAGE).status_code == 403
    assert client.get(FEED, {"clinic": clinic.pk}).status_code == 403


@pytest.fixture
def only_west(monkeypatch: pytest.MonkeyPatch, clinic: Clinic) -> Clinic:
    """Another clinic, and people who see no other than that."""
    west = make_clinic("west", name="West")
    monkeypatch.setattr(reach, "is_everywhere", lambda user: False)
    monkeypatch.setattr(reach, "clinics", lambda user: Clinic.objects.filter(pk=west.pk))
    return west


def test_another_clinics_days_are_not_there_for_whom_they_are_out_of_reach(
    desk: Client, visit: Appointment, only_west: Clinic
) -> None:
    query = {"clinic": visit.clinic_id, "start": "2026-11-26", "end": "2026-11-27"}
    assert desk.get(FEED, query).status_code == 404
    page = desk.get(PAGE, query | {"day": "2026-11-26"})
    assert page.context["clinic"] == only_west
    assert "Patient 0" not in page.content.decode()
    assert drop(desk, visit, "2026-12-03T10:00").status_code == 404


def test_after_scheduling_the_calendar_stays_as_it_was_chosen_where_that_shows_the_visit(
    desk: Client, three: list[Clinic]
) -> None:
    maple, elm, oak = three
    desk.get(PAGE, {"clinic": [maple.pk, elm.pk]})
    sent = {"day": "2026-11-27", "hour": "10:00", "minutes": "30", "times": "1", "every": "1"}
    sent |= {"press": "save", "back": "calendar"}

    def shown_after(clinic: Clinic) -> list[Clinic]:
        patient = Appointment.objects.get(clinic=clinic, starts_at=THURSDAY).patient_id
        new = sent | {"clinic": clinic.pk, "patient": patient}
        back = desk.post(page("reminders_appointment", action="add"), new)["Location"]
        return list(desk.get(back).context["choice"].clinics)

    assert shown_after(elm) == [elm, maple]
    assert shown_after(oak) == [oak]
