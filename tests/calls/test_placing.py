"""What is dialled, what waits, what is decided otherwise, and that nobody rings twice."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from calls import dialling, placing, scripting
from calls.gateway.acs import Call
from calls.models import CallAttempt, Line
from config import clock
from reminders import planning
from reminders.models import (
    Appointment,
    Clinic,
    Contact,
    Decision,
    Installation,
    Patient,
    PhoneNumber,
    WorkItem,
)
from reminders.policy.vocabulary import Reason
from tests.conftest import TUESDAY, Azure, make_appointment, make_clinic, make_patient


def people(clinic: Clinic, count: int, **columns: Any) -> list[Appointment]:
    """Visits of different patients, the first the soonest; all due."""
    return [
        make_appointment(
            clinic,
            make_patient(f"p{i}", f"+12125550{100 + i}", name=f"Pat {i}", **columns),
            starts_at=TUESDAY + timedelta(hours=20, minutes=i),
        )
        for i in range(count)
    ]


def test_no_more_calls_are_open_than_there_are_lines(azure: Azure, now: datetime) -> None:
    people(make_clinic(), 5)
    assert str(placing.place_due(now)) == "planned=5 placed=2 skipped=0 waiting=3"
    azure.settle()
    assert sorted(azure.rings) == ["+12125550100", "+12125550101"]


def test_who_has_a_line_rings_before_the_rest_are_told_to_wait(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(make_clinic(), 5)
    told_before_a_ring: list[int] = []

    def dial(attempt_id: UUID, tick: dialling.Tick) -> object:
        told_before_a_ring.append(
            Appointment.objects.filter(next_call_reason=Reason.LINE_BUSY).count()
        )
        return dialling.dial(attempt_id, tick)

    monkeypatch.setattr(placing, "dial", dial)
    assert str(placing.place_due(now)) == "planned=5 placed=2 skipped=0 waiting=3"
    assert told_before_a_ring == [0, 0]


def test_a_pass_that_outlasts_the_hours_rings_nobody_after_them(
    azure: Azure, now: datetime, settings: Any
) -> None:
    """R3: rows are judged at their own moment, not at the beginning of a long pass."""
    settings.ACS_MAX_CONCURRENT_CALLS = 5
    people(make_clinic(), 3)
    closing = datetime(2026, 11, 18, 1, tzinfo=UTC)  # 20:00 in New York
    moments = iter(closing + timedelta(seconds=s) for s in range(-2, 60))
    tally = placing.place_due(closing - timedelta(seconds=3), lambda: next(moments))
    azure.settle()
    assert (tally.placed, azure.rings) == (0, [])
    assert CallAttempt.objects.exclude(outcome="not_placed").count() == 0


def test_the_spacing_counts_from_the_moment_of_the_ring(azure: Azure, now: datetime) -> None:
    """A drill of 10,000 calls saw a busy number ring again after 678 s instead of 900."""
    people(make_clinic(), 1)
    azure.simulator.set_persona("+12125550100", "busy")
    minutes = iter(now + timedelta(minutes=m) for m in range(1, 60))
    placing.place_due(now, lambda: next(minutes))
    azure.settle()
    rang = Contact.objects.get().at
    assert rang > now + timedelta(minutes=1)
    assert placing.place_due(rang + timedelta(minutes=14)).placed == 0
    assert placing.place_due(rang + timedelta(minutes=15)).placed == 1
    azure.settle()


def test_who_waits_for_a_line_says_so_once(azure: Azure, now: datetime) -> None:
    visits = people(make_clinic(), 3)
    placing.place_due(now)
    placing.place_due(now)
    visits[2].refresh_from_db()
    assert visits[2].next_call_reason == "line_busy"
    assert visits[2].next_call_at is not None
    assert Decision.objects.filter(appointment=visits[2], code="line_busy").count() == 1


def claims_of(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The visits that a look claims or tells behind the locks, in order."""
    claimed: list[int] = []
    claim = placing._claim_safely

    def noting(appointment_id: int, now: datetime) -> placing.Claimed:
        claimed.append(appointment_id)
        return claim(appointment_id, now)

    monkeypatch.setattr(placing, "_claim_safely", noting)
    return claimed


def test_rows_are_told_by_one_look_at_a_time(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call that ends makes a worker look: eight of them told each row to wait."""
    visits = people(make_clinic(), 5)
    claimed = claims_of(monkeypatch)
    monkeypatch.setattr(placing.lines, "is_locked", lambda caller_id: True)
    assert str(placing.place_due(now)) == "planned=5 placed=2 skipped=0 waiting=3"
    assert claimed == [visit.pk for visit in visits[:2]]
    monkeypatch.undo()
    azure.settle()


def test_a_look_that_comes_second_to_a_line_judges_nobody_for_it(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who saw a free line that another look has taken by now told each row behind the locks."""
    visits = people(make_clinic(), 5)
    claimed = claims_of(monkeypatch)
    before_the_other = iter([1])
    count = placing._open_calls
    monkeypatch.setattr(placing.lines, "is_locked", lambda caller_id: True)
    placing.place_due(now)
    monkeypatch.setattr(
        placing, "_open_calls", lambda line: next(before_the_other, None) or count(line)
    )
    claimed.clear()
    placing.place_due(now)
    assert claimed == [visits[2].pk]
    azure.settle()


def test_ten_looks_ring_once(azure: Azure, now: datetime) -> None:
    """B8."""
    people(make_clinic(), 1)
    for _ in range(10):
        placing.place_due(now)
    azure.settle()
    assert len(azure.rings) == 1


def test_a_look_that_comes_three_hours_late_catches_up(azure: Azure, now: datetime) -> None:
    """B8."""
    people(make_clinic(), 1)
    assert placing.place_due(now + timedelta(hours=3)).placed == 1


def test_one_bad_row_stops_nobody(azure: Azure, now: datetime) -> None:
    """B3."""
    first, second = people(make_clinic(), 2)
    Patient.objects.filter(pk=first.patient_id).update(time_zone="Nowhere/Land")
    assert str(placing.place_due(now)) == "planned=2 placed=1 skipped=1 waiting=0"
    azure.settle()
    assert azure.rings == [second.patient.number.e164]
    assert WorkItem.objects.get(kind="bad_data").appointment == first


def test_a_clinic_that_is_not_ready_stands_in_nobodys_way(azure: Azure, now: datetime) -> None:
    silent = make_clinic("silent")
    silent.approvals.all().delete()
    unspoken = make_appointment(silent, make_patient("u", "+12125550150"))
    people(make_clinic(), 1)
    assert str(placing.place_due(now)) == "planned=2 placed=1 skipped=1 waiting=0"
    unspoken.refresh_from_db()
    assert unspoken.next_call_reason == "paused"
    assert (
        "approved" in Decision.objects.filter(appointment=unspoken).latest("pk").numbers["detail"]
    )


def test_two_visits_at_one_number_ring_one_after_the_other(azure: Azure, now: datetime) -> None:
    clinic = make_clinic()
    for i in range(2):
        make_appointment(clinic, make_patient(f"p{i}", "+12125550101"), external_id=f"a{i}")
    assert str(placing.place_due(now)) == "planned=2 placed=1 skipped=0 waiting=1"
    azure.settle()
    assert str(placing.place_due(now)) == "planned=0 placed=0 skipped=0 waiting=0"
    waiting = Appointment.objects.get(next_call_reason="too_soon")
    assert waiting.next_call_at == now + timedelta(hours=3)


def test_the_spacing_holds_from_a_call_ahead_of_the_clock(azure: Azure, now: datetime) -> None:
    (appointment,) = people(make_clinic(), 1)
    azure.simulator.set_persona("+12125550100", "busy")
    placing.place_due(now + timedelta(hours=1))
    azure.settle()
    appointment.refresh_from_db()
    assert appointment.next_call_at is not None
    assert appointment.next_call_at >= now + timedelta(hours=1, minutes=15)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"legal_basis": "none"}, "no_legal_basis"),
        ({"time_zone": "Asia/Tokyo"}, "outside_hours"),
    ],
)
def test_whoever_may_not_be_called_is_not_and_says_why(
    azure: Azure, now: datetime, change: dict[str, str], reason: str
) -> None:
    (appointment,) = people(make_clinic(), 1)
    Patient.objects.update(**change)
    assert placing.place_due(now).placed == 0
    appointment.refresh_from_db()
    assert appointment.next_call_reason == reason
    assert azure.rings == []


def test_the_hours_are_judged_again_when_the_attempt_is_dialled(
    azure: Azure, now: datetime
) -> None:
    """R3: queued in the afternoon, not dialled at night."""
    (appointment,) = people(make_clinic(), 1)
    attempt = placing.request_call_now(appointment.pk, now, actor="staff dana")
    assert isinstance(attempt, CallAttempt)
    tally = placing.place_due(now + timedelta(hours=8))
    attempt.refresh_from_db()
    assert tally.placed == 0
    assert (attempt.status, attempt.outcome) == ("ended", "not_placed")
    assert azure.rings == []


def test_a_persons_wish_goes_first_and_skips_the_cadence_only(azure: Azure, now: datetime) -> None:
    clinic = make_clinic()
    people(clinic, 3)
    later = make_appointment(
        clinic, make_patient("x", "+12125550160"), starts_at=now + timedelta(days=20)
    )
    assert isinstance(placing.request_call_now(later.pk, now, actor="staff dana"), CallAttempt)
    assert placing.place_due(now).placed == 2
    azure.settle()
    assert "+12125550160" in azure.rings


def test_a_second_wish_while_the_first_is_open_is_refused(azure: Azure, now: datetime) -> None:
    (appointment,) = people(make_clinic(), 1)
    placing.request_call_now(appointment.pk, now, actor="staff dana")
    second = placing.request_call_now(appointment.pk, now, actor="staff dana")
    assert isinstance(second, placing.Refusal)
    assert second.code is Reason.LINE_BUSY


def test_a_pause_holds_everything_and_a_resume_lets_it_go(azure: Azure, now: datetime) -> None:
    clinic = make_clinic()
    (appointment,) = people(clinic, 1)
    Installation.pause(now)
    for _ in range(3):
        assert str(placing.place_due(now)) == "planned=1 placed=0 skipped=1 waiting=0"
    appointment.refresh_from_db()
    assert appointment.next_call_reason == "paused"
    assert Decision.objects.filter(appointment=appointment, code="paused").count() == 1
    Installation.resume(now)
    planning.resumed(None, now)
    assert placing.place_due(now).placed == 1


def test_a_paused_clinic_pauses_alone(azure: Azure, now: datetime) -> None:
    quiet, open_one = make_clinic("quiet"), make_clinic("open")
    make_appointment(quiet, make_patient("q", "+12125550150"))
    people(open_one, 1)
    quiet.pause(now)
    assert str(placing.place_due(now)) == "planned=2 placed=1 skipped=1 waiting=0"


def test_the_cap_of_the_installation_holds(azure: Azure, now: datetime, settings: Any) -> None:
    settings.MAX_CALLS_PER_DAY = 1
    people(make_clinic(), 2)
    assert str(placing.place_due(now)) == "planned=2 placed=1 skipped=0 waiting=1"


def test_a_bulk_update_arms_the_reminder_again(azure: Azure, now: datetime) -> None:
    """B9 and B14."""
    (appointment,) = people(make_clinic(), 1)
    placing.place_due(now)
    azure.settle()
    appointment.refresh_from_db()
    assert appointment.status == "confirmed"
    Appointment.objects.update(starts_at=now + timedelta(days=9))
    placing.place_due(now)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.answer) == ("scheduled", "")
    assert appointment.next_call_at == now + timedelta(days=6)


def test_every_reply_goes_to_its_own_participant(
    azure: Azure, now: datetime, settings: Any
) -> None:
    """B2: forty calls at once, each asked and answered on its own line."""
    settings.ACS_MAX_CONCURRENT_CALLS = 40
    visits = people(make_clinic(), 40)
    personas = ["confirm_by_voice", "cancel_with_read_back", "stop", "wrong_person"]
    for i, visit in enumerate(visits):
        azure.simulator.set_persona(visit.patient.number.e164, personas[i % 4])
    assert placing.place_due(now).placed == 40
    azure.settle()
    expected = ["confirmed", "cancelled", "opted_out", "wrong_number"]
    outcomes = dict(CallAttempt.objects.values_list("number__e164", "outcome"))
    assert outcomes == {v.patient.number.e164: expected[i % 4] for i, v in enumerate(visits)}
    assert set(Counter(azure.rings).values()) == {1}


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_call_rang_nobody_and_is_tried_again_later(
    azure: Azure, now: datetime, status: int, settings: Any
) -> None:
    (appointment,) = people(make_clinic(), 1)
    azure.simulator.fault("status", operation="create", status=status)
    assert str(placing.place_due(now)) == "planned=1 placed=0 skipped=1 waiting=0"
    appointment.refresh_from_db()
    assert appointment.next_call_at == now + timedelta(minutes=15)
    assert WorkItem.objects.get().kind == "failed_provider"
    assert Contact.objects.get().result == "refused"
    azure.simulator.clear_faults()
    assert placing.place_due(now + timedelta(minutes=15)).placed == 1
    azure.settle()


@pytest.mark.parametrize("fault", ["status", "status_after", "lost_answer", "empty_201", "drop"])
def test_a_create_call_is_repeated_with_its_pair_and_rings_once(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """B5."""
    waited: list[float] = []
    monkeypatch.setattr(dialling, "sleep", waited.append)
    people(make_clinic(), 1)
    more = {"status": 503} if fault.startswith("status") else {}
    azure.simulator.fault(fault, operation="create", times=2, **more)
    assert placing.place_due(now).placed == 1
    azure.settle()
    assert len(azure.rings) == 1
    assert CallAttempt.objects.get().outcome == "confirmed"
    assert len(waited) == 2


def test_retry_after_is_obeyed_up_to_thirty_seconds(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(dialling, "sleep", waited.append)
    people(make_clinic(), 1)
    azure.simulator.fault("status", operation="create", status=429, retry_after=7, times=1)
    assert placing.place_due(now).placed == 1
    azure.settle()
    assert waited == [7]


def test_a_longer_retry_after_rests_the_caller_id(azure: Azure, now: datetime) -> None:
    people(make_clinic(), 3)
    azure.simulator.fault("status", operation="create", status=429, retry_after=90, times=1)
    placing.place_due(now)
    azure.settle()
    line = Line.objects.get()
    assert line.rest_until is not None
    # Azure's wish is about its own time, not about the pass's clock.
    assert timedelta(0) < line.rest_until - clock.system_now() <= timedelta(seconds=90)
    assert placing.place_due(now).placed == 0
    Line.objects.update(rest_until=clock.system_now())
    # One, or both of the others: the second may have been dialled beside the first.
    assert placing.place_due(now).placed >= 1
    azure.settle()


def test_after_sixty_seconds_an_attempt_is_never_dialled_again(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = [clock.system_now()]
    monkeypatch.setattr(clock, "system_now", lambda: times[0])
    monkeypatch.setattr(
        dialling, "sleep", lambda s: times.insert(0, times[0] + timedelta(seconds=25))
    )
    people(make_clinic(), 1)
    azure.simulator.fault("status_after", operation="create", status=500)
    assert placing.place_due(now).placed == 1
    azure.simulator.clear_faults()
    azure.settle()
    placing.place_due(now + timedelta(minutes=5))
    azure.settle()
    assert len(azure.rings) == 1


def test_a_number_changed_while_its_call_is_queued_does_not_ring(
    azure: Azure, now: datetime
) -> None:
    (appointment,) = people(make_clinic(), 1)
    placing.request_call_now(appointment.pk, now, actor="staff dana")
    Patient.objects.update(number=PhoneNumber.obtain("+12125550177"))
    assert placing.place_due(now).placed == 0
    assert placing.place_due(now).placed == 1
    azure.settle()
    assert azure.rings == ["+12125550177"]


def test_a_held_clinic_starves_no_other_on_its_line(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "MOST_ROWS", 3)
    quiet, open_one = make_clinic("quiet"), make_clinic("open")
    for i in range(5):
        make_appointment(
            quiet, make_patient(f"q{i}", f"+1212555017{i}"), starts_at=now + timedelta(hours=10 + i)
        )
    people(open_one, 1)
    quiet.pause(now)
    for _ in range(3):
        placing.place_due(now)
    azure.settle()
    assert azure.rings == ["+12125550100"]
    assert str(placing.place_due(now)) == "planned=5 placed=0 skipped=5 waiting=0"


def test_a_held_visit_that_has_begun_is_past(azure: Azure, now: datetime) -> None:
    clinic = make_clinic()
    (appointment,) = people(clinic, 1)
    clinic.pause(now)
    placing.place_due(now)
    placing.place_due(appointment.starts_at)
    appointment.refresh_from_db()
    assert (appointment.next_call_at, appointment.next_call_reason) == (None, "past")


def test_an_attempt_that_cannot_be_prepared_stops_nobody(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B3, at the moment of dialling."""
    first, second = people(make_clinic(), 2)
    real = scripting.build

    def build(appointments: list[Appointment], now: datetime) -> Any:
        return 1 / 0 if appointments[0].pk == first.pk else real(appointments, now)

    monkeypatch.setattr(scripting, "build", build)
    assert str(placing.place_due(now)) == "planned=2 placed=1 skipped=1 waiting=0"
    azure.settle()
    assert azure.rings == [second.patient.number.e164]
    assert WorkItem.objects.filter(kind="bad_data", appointment=first).exists()
    later = now + timedelta(hours=1)
    placing.place_due(later)
    first.refresh_from_db()
    assert first.next_call_at == later + timedelta(hours=1)


def test_a_call_whose_row_cannot_be_written_stops_nobody(
    azure: Azure, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B3. It rang, and its events find it by its address."""
    settings.ACS_MAX_CONCURRENT_CALLS = 10
    unlucky = people(make_clinic(), 4)[0].patient.number.e164
    accepted = dialling._accepted

    def write(attempt: CallAttempt, call: Call) -> None:
        if attempt.number.e164 == unlucky:
            raise OperationalError("deadlock detected")
        accepted(attempt, call)

    monkeypatch.setattr(dialling, "_accepted", write)
    assert placing.place_due(now).placed == 3
    azure.settle()
    assert sorted(azure.rings) == [f"+12125550{100 + i}" for i in range(4)]
    assert set(CallAttempt.objects.values_list("status", flat=True)) == {"ended"}


def test_an_attempt_is_locked_before_its_contacts_as_events_do_it(
    azure: Azure, now: datetime
) -> None:
    """The other way round, an event that ends the call and the dialling would lock each other."""
    people(make_clinic(), 1)
    with CaptureQueriesContext(connection) as asked:
        assert placing.place_due(now).placed == 1
    azure.settle()
    tables = [re.match(r'UPDATE "(\w+)"', query["sql"]) for query in asked]
    written = [table[1] for table in tables if table]
    assert written[-2:] == ["calls_callattempt", "reminders_contact"]


def test_a_look_leaves_alone_what_a_later_clock_has_queued(azure: Azure, now: datetime) -> None:
    (appointment,) = people(make_clinic(), 1)
    ahead = now + timedelta(hours=1)
    queued = placing._claim(appointment.pk, ahead)
    placing.place_due(now)
    assert CallAttempt.objects.get(pk=queued).status == "queued"
    assert placing.place_due(ahead).placed == 1
    azure.settle()


@pytest.mark.parametrize("obstacle", ["rest", "cap"])
def test_call_now_skips_the_cadence_and_no_other_limit(
    azure: Azure, now: datetime, settings: Any, obstacle: str
) -> None:
    (appointment,) = people(make_clinic(), 1)
    placing.request_call_now(appointment.pk, now, actor="staff dana")
    if obstacle == "rest":
        Line.objects.update(rest_until=clock.system_now() + timedelta(minutes=1))
    else:
        settings.MAX_CALLS_PER_DAY = 0
    assert str(placing.place_due(now)) == "planned=1 placed=0 skipped=0 waiting=1"
    assert azure.rings == []


def test_a_refused_call_frees_the_other_visit_of_its_number(azure: Azure, now: datetime) -> None:
    """The ring that never was spends nobody's budget."""
    clinic = make_clinic()
    soon = now + timedelta(hours=4, minutes=30)
    one = make_appointment(clinic, make_patient("p1", "+12125550101"), starts_at=soon)
    other = make_appointment(
        clinic, make_patient("p2", "+12125550101"), starts_at=soon + timedelta(minutes=1)
    )
    azure.simulator.fault("status", operation="create", status=403, times=1)
    placing.place_due(now)
    other.refresh_from_db()
    assert other.next_call_at is not None
    assert one.pk != other.pk
