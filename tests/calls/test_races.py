"""Real concurrency: many threads with connections of their own want the same thing.

Run on SQLite, where writers queue up, and on PostgreSQL, where only the locks
and constraints decide.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from api.models import ApiToken
from calls import dialling, lines, placing, tasks
from calls.models import CallAttempt, CallEvent, Line, LineAction, Recognition
from reminders import planning
from reminders.imports import jobs
from reminders.models import Appointment, Contact, ImportJob, PhoneNumber
from reminders.models.importing import ImportKind
from tests.calls.conftest import Door
from tests.calls.test_placing import people
from tests.conftest import TUESDAY, Azure, make_appointment, make_clinic, make_patient
from tests.reminders.importing import AGREED, ANA, CONSENT_HEAD, STOP_HEAD, checked, csv_of

THREADS = 6


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads that start together; their results, or what they raised."""
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            results[place] = job()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def assert_no_third_line(azure: Azure) -> None:
    """Two at once are allowed and usual; on a busy machine one may end before the next rings."""
    peak = azure.simulator.ledger()["peak"]
    assert 1 <= peak[azure.simulator.caller_id] <= 2


def test_many_lookers_ring_everybody_once(azure: Azure, now: datetime, settings: Any) -> None:
    settings.ACS_MAX_CONCURRENT_CALLS = 40
    people(make_clinic(), 12)
    tallies = at_once(*[lambda: placing.place_due(now)] * THREADS)
    azure.settle()
    assert sum(tally.placed for tally in tallies) == 12
    assert set(Counter(azure.rings).values()) == {1}
    assert len(azure.rings) == 12


def test_many_lookers_never_use_more_lines_than_there_are(azure: Azure, now: datetime) -> None:
    visits = people(make_clinic(), 8)
    for visit in visits:
        azure.simulator.set_persona(visit.patient.number.e164, "ring_out")
    at_once(*[lambda: placing.place_due(now)] * THREADS)
    azure.settle()
    assert_no_third_line(azure)


def test_different_visits_claimed_at_once_share_the_lines(azure: Azure, now: datetime) -> None:
    visits = people(make_clinic(), THREADS)
    claims = at_once(*[partial(placing._claim, visit.pk, now) for visit in visits])
    assert sum(isinstance(claim, UUID) for claim in claims) == 2
    assert Appointment.objects.filter(next_call_reason="line_busy").count() == THREADS - 2


def test_different_calls_dialled_at_once_share_the_lines(azure: Azure, now: datetime) -> None:
    visits = people(make_clinic(), THREADS)
    for visit in visits:
        azure.simulator.set_persona(visit.patient.number.e164, "ring_out")
    wishes = [placing.request_call_now(visit.pk, now, actor="staff dana") for visit in visits]
    dialled = Counter(at_once(*[partial(dialling.dial, wish.pk, lambda: now) for wish in wishes]))
    # A call may end and free its line while a slow thread is still on its way.
    assert dialled["placed"] >= 2
    assert dialled["placed"] + dialled["waiting"] == THREADS
    assert_no_third_line(azure)
    azure.settle()


def test_one_number_of_many_patients_rings_once(azure: Azure, now: datetime, settings: Any) -> None:
    settings.ACS_MAX_CONCURRENT_CALLS = 40
    clinic = make_clinic()
    for i in range(THREADS):
        make_appointment(clinic, make_patient(f"p{i}", "+12125550101"), external_id=f"a{i}")
    at_once(*[lambda: placing.place_due(now)] * THREADS)
    azure.settle()
    at_once(*[lambda: placing.place_due(now)] * THREADS)
    azure.settle()
    assert azure.rings == ["+12125550101"]
    assert Contact.objects.count() == 1


def test_many_hands_on_call_now_make_one_call(azure: Azure, now: datetime) -> None:
    (appointment,) = people(make_clinic(), 1)

    def press() -> Any:
        return placing.request_call_now(appointment.pk, now, actor="staff dana")

    answers = at_once(*[press] * THREADS)
    assert sum(isinstance(answer, CallAttempt) for answer in answers) == 1
    placing.place_due(now)
    azure.settle()
    assert len(azure.rings) == 1


def test_two_beats_are_as_good_as_one(azure: Azure, now: datetime) -> None:
    people(make_clinic(), 2)
    at_once(*[tasks.look, tasks.watch] * 3)
    azure.settle()
    assert sorted(azure.rings) == ["+12125550100", "+12125550101"]


@pytest.fixture
def open_call(signed: Any, transactional_db: None, now: datetime) -> Door:
    """A call at its menu, in a database that threads can see."""
    door = Door(signed, make_appointment(make_clinic(), make_patient()))
    door.deliver(door.connected(), door.says("Yes", "yes", "right_party.1"))
    return door


def test_one_event_delivered_many_times_at_once_is_taken_in_once(open_call: Door) -> None:
    event = open_call.says("Confirm", "confirm", "menu.2")
    answers = at_once(*[lambda: open_call.post([event])] * THREADS)
    assert {answer.status_code for answer in answers} == {200}
    assert Recognition.objects.filter(label="Confirm").count() == 1
    assert CallEvent.objects.get(event_id=event["id"]).repeats == THREADS - 1
    assert LineAction.objects.filter(kind="say").count() == 1
    assert open_call.now().outcome == "confirmed"


def test_when_staff_cancel_while_the_patient_confirms_the_visit_is_cancelled(
    open_call: Door,
) -> None:
    token = ApiToken.issue("desk", TUESDAY)
    event = open_call.says("Confirm", "confirm", "menu.2")

    def cancel() -> Any:
        return Client().put(
            f"/api/v1/appointments/{open_call.appointment.external_id}/",
            {
                "patient": "p1",
                "clinic": "maple",
                "starts_at": open_call.appointment.starts_at.isoformat(),
                "status": "cancelled",
            },
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    answers = at_once(cancel, lambda: open_call.post([event]))
    assert {answer.status_code for answer in answers} == {200}
    appointment = Appointment.objects.get()
    assert (appointment.status, appointment.next_call_at) == ("cancelled", None)


def test_an_opt_out_beats_a_call_that_is_being_asked_for(open_call: Door, now: datetime) -> None:
    sister = make_patient("p2", "+12125550100", name="Eva Ortiz")
    other = make_appointment(open_call.appointment.clinic, sister)
    stop = open_call.says("Stop", "stop calling", "menu.2")
    at_once(
        lambda: open_call.post([stop]),
        lambda: placing.request_call_now(other.pk, now, actor="staff dana"),
        lambda: open_call.post([open_call.ended()]),
    )
    placing.place_due(now + timedelta(hours=3))
    other.refresh_from_db()
    assert other.next_call_reason == "opted_out"
    assert (
        CallAttempt.objects.exclude(pk=open_call.attempt.pk).exclude(outcome="not_placed").count()
        == 0
    )


def test_a_line_is_locked_while_somebody_claims_it(transactional_db: None) -> None:
    """Nobody waits to learn that. SQLite has one writer and no locks of rows: there each look waits
    for its turn, and finds the rows told."""
    Line.objects.create(caller_id="+15555550100")
    seen: list[bool] = []
    with transaction.atomic():
        lines.lock("+15555550100")
        if connection.vendor == "postgresql":
            seen += at_once(lambda: lines.is_locked("+15555550100"))
    assert seen == [True] * (connection.vendor == "postgresql")
    assert not lines.is_locked("+15555550100")
    assert not lines.is_locked("+15555550101")


def _until_somebody_waits_for_a_lock() -> None:
    """On SQLite a writer waits for every other one, so there is nothing to look for."""
    while connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            if cursor.fetchone():
                return


ANA_AT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
MOVED = csv_of((*ANA[:4], "2026-11-25 10:00", "booked"))


@pytest.mark.parametrize(
    ("door", "sent"),
    [
        (ImportKind.VISITS, MOVED),
        (ImportKind.STOPS, csv_of((ANA[3], "", ""), head=STOP_HEAD)),
        (ImportKind.CONSENTS, csv_of(AGREED, head=CONSENT_HEAD)),
        ("api", b""),
    ],
)
def test_who_waits_for_a_number_holds_nothing_that_its_call_needs(
    transactional_db: None, now: datetime, monkeypatch: pytest.MonkeyPatch, door: str, sent: bytes
) -> None:
    """Else the two would wait for each other for ever, and one of them would be thrown out."""
    monkeypatch.setattr(jobs, "TRIES", 1)
    clinic, patient = make_clinic(), make_patient("p1", ANA[3], legal_basis="none")
    visit = make_appointment(clinic, patient, external_id="a1", starts_at=ANA_AT)
    if door == "api":
        put = partial(_put_patient, f"Bearer {ApiToken.issue('desk', TUESDAY)}")
    else:
        jobs.apply(checked(clinic, sent, ImportKind(door)), by="dana", cancel_gone=False)
        put = partial(jobs.work, lambda: TUESDAY)
    number_is_locked = threading.Event()

    def call() -> None:
        with transaction.atomic():
            PhoneNumber.objects.select_for_update().get(pk=patient.number_id)
            number_is_locked.set()
            _until_somebody_waits_for_a_lock()
            list(Appointment.objects.select_for_update(nowait=True).filter(pk=visit.pk))
            Contact.claim(planning.lock(visit.pk), patient.number, now, uuid4())
            patient.number.suppress(now, source="call")

    def other() -> None:
        assert number_is_locked.wait(10)
        put()

    at_once(call, other)
    assert Contact.objects.count() == 1
    assert not ImportJob.objects.exclude(state="done").exists()


def _put_patient(authorization: str) -> None:
    answer = Client().put(
        "/api/v1/patients/p1/",
        {"name": "Ana Ruiz", "phone": ANA[3], "legal_basis": "consent"},
        content_type="application/json",
        headers={"Authorization": authorization},
    )
    assert answer.status_code == 200, answer.content
