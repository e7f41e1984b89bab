"""Today: every number with its rows, what is wrong with its cure, the switch."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from calls import placing
from calls.models import CallAttempt, Line
from desk.models import StaffProfile
from desk.today.room import ASSUMED_SECONDS, LEAST, Caller, room_of, seconds_of, spans_left
from reminders.imports import jobs
from reminders.models import Clinic, ImportFile, ImportJob, Installation, WorkItem
from reminders.models.importing import ImportKind
from reminders.models.workitem import WorkKind
from reminders.policy.facts import OpeningHours
from reminders.policy.rulesets import rule_set
from tests.conftest import TUESDAY, Azure, make_appointment, make_clinic, make_patient
from tests.desk.conftest import hear, make_call, make_visits, page, phone, told

SignIn = Callable[..., Client]
STOP, RESUME = "/admin/calls/stop/", "/admin/calls/resume/"
NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)


def texts(client: Client) -> str:
    return " ".join(
        f"{strip.text} {strip.mend}" for strip in client.get("/admin/").context["strips"]
    )


@pytest.fixture
def looked(db: None) -> None:
    """Beat is alive."""
    Installation.get()
    Installation.objects.update(last_look_at=TUESDAY)


# -- the numbers


def test_the_home_page_counts_the_day(desk: Client, clinic: Clinic) -> None:
    visits = make_visits(clinic, 4)
    hear(make_call(visits[0], outcome="confirmed"))
    make_call(visits[1], outcome="cancelled")
    make_call(visits[2], TUESDAY - timedelta(days=1), outcome="confirmed")
    make_call(visits[3], outcome="", status="connected", ended_at=None)
    tomorrow = make_appointment(clinic, make_patient("tomorrow", phone(170)))
    tonight = make_patient("tonight", phone(171), legal_basis="none")
    make_appointment(clinic, tonight, starts_at=TUESDAY + 4 * HOUR, status="confirmed")
    WorkItem.open(visits[1], WorkKind.SLOT_FREE, TUESDAY)
    figures = {f.name: f.count for f in desk.get("/admin/").context["figures"]}
    assert figures == {
        "Visits today": 1,
        "Today, no answer": 0,
        "Tomorrow, no answer": 1,
        "Due and waiting": 1 if tomorrow.next_call_at <= TUESDAY else 0,
        "Under way": 1,
        "Calls today": 3,
        "Confirmed": 1,
        "Cancelled": 1,
        "Want another time": 0,
        "To do": 1,
    }


def test_each_number_leads_to_just_the_rows_behind_it(desk: Client, clinic: Clinic) -> None:
    """Also what only a list could miss: yesterday's queue, another zone, a rehearsal."""
    far = make_clinic("far", name="Far", time_zone="Pacific/Auckland")
    visits = make_visits(clinic, 5)
    make_call(visits[0], outcome="confirmed")
    make_call(visits[1], TUESDAY - timedelta(days=1), started_at=TUESDAY, outcome="cancelled")
    make_call(visits[2], outcome="", status="queued", started_at=None, ended_at=None)
    make_call(visits[3], outcome="reschedule_requested")
    make_call(visits[4], outcome="confirmed", rehearsal=True)
    for n, hours in enumerate((-8, -2, 1, 3, 9, 11, 26)):
        for where in (clinic, far):
            patient = make_patient(f"{where.slug}{n}", phone(400 + 20 * (where == far) + n))
            make_appointment(where, patient, starts_at=TUESDAY + hours * HOUR)
    WorkItem.open(visits[0], WorkKind.NEEDS_REVIEW, TUESDAY)
    WorkItem.open(None, WorkKind.PROVIDER_DOWN, TUESDAY)
    figures = desk.get("/admin/").context["figures"]
    assert sum(figure.count > 0 for figure in figures) >= 8
    for figure in figures:
        rows = desk.get(figure.link).context["cl"].result_list
        assert len(rows) == figure.count, figure.name


def test_the_calls_to_place_today_are_the_rows_behind_their_link(
    desk: Client, clinic: Clinic
) -> None:
    for n in range(3):
        make_appointment(clinic, make_patient(f"p{n}", phone(150 + n)))
    make_visits(clinic, 2, start=3)
    room = desk.get("/admin/").context["room"]
    assert room.to_place == "3 calls to place today"
    assert len(desk.get(room.link).context["cl"].result_list) == 3


def test_calls_under_way_and_the_last_ones_are_told_with_what_was_heard(
    desk: Client, clinic: Clinic
) -> None:
    talking, done = make_visits(clinic, 2)
    make_call(talking, outcome="", status="connected", ended_at=None)
    hear(make_call(done), "confirmo", language="es-US")
    context = desk.get("/admin/today/").context
    [under_way], [finished] = context["under_way"], context["finished"]
    assert (under_way.patient, under_way.badge) == ("Patient 0", "Talking")
    assert (finished.words, finished.language, finished.badge) == (
        "“confirmo”",
        "Spanish",
        "Confirmed",
    )
    assert finished.when == "Tue 17 Nov 14:00 EST"


# -- the room before closing


def caller(to_place: int = 0, hours: float = 1, lines: int = 2, under_way: int = 0) -> Caller:
    spans = [(TUESDAY, TUESDAY + timedelta(hours=hours))]
    return Caller(to_place=to_place, spans=spans, lines=lines, under_way=under_way)


@pytest.mark.parametrize(
    ("callers", "left_of_cap", "expected"),
    [
        ([caller(10)], 2000, (10, 120, 0)),
        ([caller(150)], 2000, (150, 120, 30)),
        ([caller(10, under_way=2)], 2000, (10, 118, 0)),
        ([caller(10)], 4, (10, 4, 6)),
        ([caller(10, hours=0)], 2000, (10, 0, 10)),
        ([caller(1, hours=0, under_way=3)], 2000, (1, 0, 1)),
        # One line's room is no help to another's queue.
        ([caller(150, lines=1), caller(0, lines=10)], 2000, (150, 660, 90)),
        ([], 2000, (0, 0, 0)),
    ],
)
def test_room_is_lines_times_the_hours_left_within_the_cap(
    callers: list[Caller], left_of_cap: int, expected: tuple[int, int, int]
) -> None:
    found = room_of(callers, 60, left_of_cap)
    assert (found.to_place, found.room, found.short) == expected


def test_hours_that_two_clinics_share_count_once() -> None:
    spans = [(TUESDAY, TUESDAY + 2 * HOUR), (TUESDAY + HOUR, TUESDAY + 3 * HOUR)]
    apart = [(TUESDAY + 5 * HOUR, TUESDAY + 6 * HOUR)]
    assert seconds_of([*spans, *apart]) == 4 * 3600
    assert seconds_of([]) == 0


def hours(zone: ZoneInfo = NEW_YORK, **columns: object) -> OpeningHours:
    week = {day: ((time(7), time(12)), (time(13), time(23))) for day in range(1, 7)}
    return OpeningHours(**({"zone": zone, "week": week} | columns))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "left"),
    [
        # 14:00: until the fence of 21:00, not until the clinic's 23:00.
        (TUESDAY, 7 * 3600),
        # 05:00: four hours before lunch, since nobody rings before 08:00; then eight.
        (TUESDAY - 9 * HOUR, 12 * 3600),
        (TUESDAY + 8 * HOUR, 0),
        # A Sunday without hours.
        (TUESDAY + timedelta(days=5), 0),
    ],
)
def test_what_is_left_of_a_day_lies_within_the_fence(now: datetime, left: int) -> None:
    assert seconds_of(spans_left(hours(), rule_set("general-2026"), now)) == left


def test_a_day_that_the_clinic_is_closed_leaves_nothing() -> None:
    closed = hours(closures=frozenset({date(2026, 11, 17)}))
    assert spans_left(closed, rule_set("general-2026"), TUESDAY) == []


def test_the_hours_left_are_real_hours_when_the_clocks_change() -> None:
    """1 November 2026, 00:30 in New York: the fence keeps its 13 hours of daylight."""
    week = {7: ((time(0), time(23)),)}
    night = datetime(2026, 11, 1, 4, 30, tzinfo=UTC)
    spans = spans_left(hours(week=week), rule_set("general-2026"), night)
    assert [(start.hour, end.hour) for start, end in spans] == [(13, 2)]
    assert seconds_of(spans) == 13 * 3600


def test_the_seconds_of_a_call_are_measured_where_there_are_enough(
    desk: Client, clinic: Clinic
) -> None:
    assumption = desk.get("/admin/").context["room"].assumption
    assert f"{ASSUMED_SECONDS:.0f} seconds a call (assumed" in assumption
    [visit] = make_visits(clinic, 1)
    for n in range(LEAST):
        make_call(visit, TUESDAY - timedelta(hours=n))
    assumption = desk.get("/admin/").context["room"].assumption
    assert "40 seconds a call (measured" in assumption


# -- what is wrong


def test_a_silent_beat_is_told_until_it_looks_again(desk: Client, clinic: Clinic) -> None:
    assert "is the worker running?" in texts(desk)
    Installation.get()
    Installation.objects.update(last_look_at=TUESDAY)
    assert texts(desk) == ""


def test_a_broken_line_is_told_with_the_calls_that_failed(
    desk: Client, clinic: Clinic, looked: None
) -> None:
    Line.objects.create(caller_id="+15555550100", broken_at=TUESDAY)
    assert "Azure fails calls from +15555550100" in texts(desk)
    Line.objects.update(broken_at=None)
    assert texts(desk) == ""


def test_a_reached_cap_is_told(
    desk: Client, clinic: Clinic, looked: None, settings: object
) -> None:
    [visit] = make_visits(clinic, 1)
    make_call(visit, TUESDAY - HOUR)
    settings.MAX_CALLS_PER_DAY = 1  # type: ignore[attr-defined]
    assert "The cap is reached: 1 calls within a day" in texts(desk)
    settings.MAX_CALLS_PER_DAY = 2  # type: ignore[attr-defined]
    assert texts(desk) == ""


def test_another_hash_key_is_told(
    desk: Client, clinic: Clinic, looked: None, settings: object
) -> None:
    assert Installation.knows_hash_key()
    assert texts(desk) == ""
    settings.PHONE_HASH_KEY = "another"  # type: ignore[attr-defined]
    assert "PHONE_HASH_KEY is not the key" in texts(desk)


def test_a_pause_after_a_restore_says_what_to_compare_before_resuming(
    desk: Client, clinic: Clinic
) -> None:
    Installation.pause(TUESDAY, why="asleep since 2026-11-16 03:00 UTC: is this a restored backup?")
    assert "would be called again" in texts(desk)
    assert "compare first" in desk.get(RESUME).content.decode()


def test_a_clinic_without_caller_id_is_told(
    desk: Client, clinic: Clinic, looked: None, settings: object
) -> None:
    settings.ACS_CALLER_ID = ""  # type: ignore[attr-defined]
    assert "Maple Street Clinic has no caller id" in texts(desk)
    assert "reminders/clinic/" in desk.get("/admin/").content.decode()


def test_a_paused_clinic_is_told_with_the_button_to_resume_it(
    desk: Client, clinic: Clinic, looked: None
) -> None:
    clinic.pause(TUESDAY)
    [strip] = desk.get("/admin/").context["strips"]
    assert strip.text == "Paused: Maple Street Clinic."
    desk.post(strip.link)
    assert texts(desk) == ""


def test_an_installation_without_a_clinic_says_where_to_begin(desk: Client) -> None:
    links = [strip.link for strip in desk.get("/admin/").context["strips"]]
    assert page("reminders_clinic", action="add") in links


def send_stops(clinic: Clinic) -> ImportJob:
    content = b"Phone\n+12125550142\n"
    return jobs.upload(clinic, ImportKind.STOPS, "stops.csv", content, TUESDAY, by="d")


def fail_an_import(clinic: Clinic) -> ImportJob:
    """A file that cannot be read any more when the worker takes it up."""
    job = send_stops(clinic)
    jobs.check(job, job.columns, job.options, save_as="")
    ImportFile.objects.update(content=b"")
    jobs.work(lambda: TUESDAY)
    job.refresh_from_db()
    assert job.state == "failed"
    return job


def test_a_failed_import_is_told_with_its_page_until_the_file_is_sent_again(
    desk: Client, clinic: Clinic, looked: None
) -> None:
    job = fail_an_import(clinic)
    [strip] = desk.get("/admin/").context["strips"]
    what = "numbers that asked for no calls of Maple Street Clinic"
    assert strip.text == f"An import failed: {what}, Tue 17 Nov 14:00."
    assert "Send the file again" in strip.mend
    assert job.note in desk.get(strip.link).content.decode()
    send_stops(clinic)
    assert texts(desk) == ""


def test_a_failed_import_is_told_to_those_who_see_its_clinic_for_a_week(
    sign_in: SignIn, clinic: Clinic, looked: None
) -> None:
    fail_an_import(clinic)
    eve = sign_in("view_importjob")
    assert "Somebody who may import files sends it again" in texts(eve)
    ImportJob.objects.update(ended_at=TUESDAY - 8 * 24 * HOUR)
    assert texts(eve) == ""
    ImportJob.objects.update(ended_at=TUESDAY)
    StaffProfile.objects.update(everywhere=False)
    assert "An import failed" not in texts(eve)


# -- the switch


def test_stopping_asks_first_and_wants_a_reason(desk: Client, clinic: Clinic) -> None:
    shown = desk.get(STOP).content.decode()
    assert "Calls under way are let finish" in shown
    assert Installation.get().paused_at is None
    assert desk.post(STOP, {"reason": " "}).context["form"].errors == {
        "reason": ["This field is required."]
    }
    assert Installation.get().paused_at is None


def test_who_stopped_and_why_stands_on_everybodys_home_page(
    desk: Client, sign_in: SignIn, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    make_call(visit, outcome="", status="connected", ended_at=None)
    response = desk.post(STOP, {"reason": "The clinic is flooded"})
    assert "Under way, and let finish: 1." in told(response)
    assert "since Tue 17 Nov 14:00 EST by dana: The clinic is flooded." in texts(desk)
    everybody = sign_in()
    assert "by dana: The clinic is flooded." in texts(everybody)
    assert RESUME not in everybody.get("/admin/").content.decode()


def test_who_stops_second_changes_nothing(desk: Client, clinic: Clinic) -> None:
    Installation.pause(TUESDAY - HOUR, why="first", by="eve")
    assert "stopped already" in told(desk.post(STOP, {"reason": "second"}))
    row = Installation.get()
    assert (row.paused_why, row.paused_by) == ("first", "eve")


def test_resuming_plans_what_was_held(desk: Client, clinic: Clinic) -> None:
    visit = make_appointment(clinic, make_patient())
    desk.post(STOP, {"reason": "drill"})
    placing.planning.replan(visit.pk, TUESDAY)
    visit.refresh_from_db()
    assert visit.next_call_reason == "paused"
    assert desk.get(RESUME).status_code == 200
    assert "Calls go on" in told(desk.post(RESUME))
    visit.refresh_from_db()
    assert visit.next_call_reason == "touch"
    assert Installation.get().paused_by == ""
    assert "not stopped" in told(desk.post(RESUME))


def test_the_switch_is_a_permission_of_its_own(sign_in: SignIn, clinic: Clinic) -> None:
    eve = sign_in("change_clinic", "view_clinic", "view_appointment", "change_appointment")
    assert STOP not in eve.get("/admin/").content.decode()
    for url in (STOP, RESUME):
        assert eve.get(url).status_code == 403
        assert eve.post(url, {"reason": "x"}).status_code == 403
    assert Installation.get().paused_at is None


@pytest.mark.django_db
def test_with_that_permission_alone_one_can_stop(sign_in: SignIn, clinic: Clinic) -> None:
    eve = sign_in("stop_calls")
    assert STOP in eve.get("/admin/").content.decode()
    eve.post(STOP, {"reason": "drill"})
    assert Installation.get().paused_by == "eve"


def test_no_phone_rings_once_stopped_and_rings_once_resumed(
    azure: Azure, desk: Client, now: datetime
) -> None:
    visit = make_appointment(make_clinic(), make_patient("p1", "+12125550101"))
    desk.post(page("reminders_appointment", visit, "call_now"))
    assert CallAttempt.objects.get().status == "queued"
    desk.post(STOP, {"reason": "drill"})
    placing.place_due(now)
    assert azure.rings == []
    assert CallAttempt.objects.get().outcome == "not_placed"
    desk.post(RESUME)
    placing.place_due(now)
    azure.settle()
    assert azure.rings == ["+12125550101"]
