"""An engineer is told when calls stop, once, in plain words, and once when it is over."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from queue import Queue
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from celery.worker import WorkController
from django.core import mail
from django.core.cache import caches
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError
from django.test import Client

from calls import alerting, tasks, watchman
from calls.models import Incident, Line, Pulse
from calls.models.incident import LEASE, Mail
from config import clock
from config.celery import make_app
from reminders.models import Clinic, Installation, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import make_call

MINUTE = timedelta(minutes=1)
NAME, NUMBER = "Ottoline Quackenbush", "+12125550142"
ENGINEER = "oncall@clinic.example"
pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def _told(settings: Any) -> None:
    settings.ALERT_EMAILS = [ENGINEER]


@pytest.fixture(autouse=True)
def _ask_anew() -> None:
    caches["process"].clear()


def watch(start: datetime, minutes: int, *, alive: bool = True) -> None:
    """A watch that looks every minute; ``alive``: beat and the workers work meanwhile."""
    for minute in range(minutes + 1):
        at = start + minute * MINUTE
        if alive:
            Installation.look(at)
            for queues in (["calls"], ["speech", "bulk"], ["beat"]):
                Pulse.beat(queues, at)
        alerting.look(at)


def subjects() -> list[str]:
    return [message.subject for message in mail.outbox]


def due(clinic: Clinic, **columns: Any) -> Any:
    """A visit that could have been called about since Tuesday, 14:00."""
    patient = make_patient(phone=NUMBER, name=NAME)
    visit = make_appointment(clinic, patient, **columns)
    assert visit.next_call_at == TUESDAY
    return visit


def test_where_all_is_well_nobody_is_told() -> None:
    make_clinic()
    watch(TUESDAY + 30 * MINUTE, 5)
    assert subjects() == []
    assert Incident.objects.count() == 0


class TestNothingIsPlaced:
    def test_due_for_half_an_hour_inside_the_hours_is_told_once_and_once_when_it_is_over(
        self,
    ) -> None:
        visit = due(make_clinic())
        watch(TUESDAY + 25 * MINUTE, 4)
        assert subjects() == []
        watch(TUESDAY + 30 * MINUTE, 15)
        assert subjects() == ["[Ringwell] Calls are due and nobody is called"]
        make_call(visit, started_at=TUESDAY + 46 * MINUTE)
        watch(TUESDAY + 46 * MINUTE, 6)
        assert subjects()[1:] == ["[Ringwell] Over: Calls are due and nobody is called"]

    def test_a_call_from_the_same_number_within_the_half_hour_is_a_sign_of_life(self) -> None:
        clinic = make_clinic()
        due(clinic)
        other = make_appointment(clinic, make_patient("p2", "+12125550143"), planned_at=None)
        make_call(other, started_at=TUESDAY + 20 * MINUTE, caller_id=clinic.calling_number)
        watch(TUESDAY, 45)
        assert subjects() == []

    def test_outside_the_hours_nobody_is_told(self) -> None:
        clinic = make_clinic()
        due(clinic)
        Clinic.objects.update(hours={"TU": [["09:00", "14:20"]]})
        watch(TUESDAY + 25 * MINUTE, 10)
        assert subjects() == []

    @pytest.mark.parametrize("held", ["clinic paused", "all paused", "bad data"])
    def test_what_waits_on_purpose_or_stands_on_the_work_list_is_no_incident(
        self, held: str
    ) -> None:
        visit = due(make_clinic())
        if held == "clinic paused":
            visit.clinic.pause(TUESDAY)
        elif held == "all paused":
            Installation.pause(TUESDAY)
        else:
            WorkItem.open(visit, WorkKind.BAD_DATA, TUESDAY)
        watch(TUESDAY + 30 * MINUTE, 3)
        assert subjects() == []


class TestTheBreaker:
    def test_it_is_told_by_the_number_it_concerns_and_when_azure_works_again(self) -> None:
        Line.objects.create(caller_id="+15555550100", broken_at=TUESDAY)
        watch(TUESDAY, 10)
        [message] = mail.outbox
        assert (message.to, message.subject) == ([ENGINEER], "[Ringwell] Azure fails the calls")
        assert "+15555550100" in message.body
        assert "manage.py check_azure" in message.body
        Line.objects.update(broken_at=None)
        watch(TUESDAY + 11 * MINUTE, 10)
        assert subjects()[1:] == ["[Ringwell] Over: Azure fails the calls"]
        assert "From 2026-11-17 19:00 UTC to 2026-11-17 19:10 UTC" in mail.outbox[1].body

    def test_one_that_flickers_is_one_incident(self) -> None:
        line = Line.objects.create(caller_id="+15555550100")
        for minute in range(30):
            line.broken_at = TUESDAY if minute % 3 else None
            line.save()
            watch(TUESDAY + minute * MINUTE, 0)
        assert len(subjects()) == 1

    def test_one_of_seconds_is_told_to_nobody(self) -> None:
        Line.objects.create(caller_id="+15555550100", broken_at=TUESDAY)
        watch(TUESDAY, 0)
        Line.objects.update(broken_at=None)
        watch(TUESDAY + MINUTE, 10)
        assert subjects() == []


class TestSilence:
    @pytest.fixture(autouse=True)
    def _worked_until_now(self, db: None) -> None:
        watch(TUESDAY, 0)

    def test_a_worker_that_is_gone_is_noticed_by_another_one(self) -> None:
        for minute in range(10):
            at = TUESDAY + minute * MINUTE
            Pulse.beat(["speech", "bulk"], at)
            alerting.look(at)
        assert subjects() == ["[Ringwell] A worker is silent"]
        assert "for calls" in mail.outbox[0].body
        assert "systemctl" in mail.outbox[0].body

    def test_beat_that_is_gone_is_noticed_by_the_worker_that_it_tells_nothing(self) -> None:
        for minute in range(10):
            at = TUESDAY + minute * MINUTE
            Pulse.beat(["calls"], at)
            Pulse.beat(["bulk", "speech"], at)
            alerting.look(at)
        assert subjects() == ["[Ringwell] Nobody looks for due calls"]

    def test_calls_that_refill_each_others_lines_are_no_sign_of_beat(self) -> None:
        for minute in range(10):
            at = TUESDAY + minute * MINUTE
            Installation.look(at)
            Pulse.beat(["calls"], at)
            Pulse.beat(["bulk", "speech"], at)
            alerting.look(at)
        assert subjects() == ["[Ringwell] Nobody looks for due calls"]

    def test_a_watch_that_beat_asked_for_is_its_pulse(self, now: datetime) -> None:
        Pulse.objects.all().delete()
        tasks.watch()
        assert Pulse.objects.get() == Pulse(queues="beat", at=now)

    def test_when_all_of_them_are_gone_whoever_asks_the_web_makes_it_notice(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = []
        for minute in range(8):
            at = TUESDAY + minute * MINUTE
            monkeypatch.setattr(clock, "now", lambda at=at: at)
            caches["process"].clear()
            answers.append(Client().get("/workz"))
        assert [answer.status_code for answer in answers[:3]] == [200, 200, 200]
        assert answers[-1].status_code == 503
        assert answers[-1].json()["incidents"] == ["silent bulk,speech", "silent calls"]
        assert len(subjects()) == 2

    def test_the_metrics_tell_it_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        watch(TUESDAY + 4 * MINUTE, 2, alive=False)
        monkeypatch.setattr(clock, "now", lambda: TUESDAY + 7 * MINUTE)
        text = Client().get("/metrics").content.decode()
        assert 'ringwell_incidents_open{kind="silent"} 2.0' in text
        assert 'ringwell_worker_silence_seconds{queues="calls"} 420.0' in text

    def test_workers_that_were_divided_otherwise_are_not_missed(self) -> None:
        for minute in range(10):
            at = TUESDAY + minute * MINUTE
            Installation.look(at)
            for queue in ("calls", "speech", "bulk", "beat"):
                Pulse.beat([queue], at)
            alerting.look(at)
        assert subjects() == []

    def test_whoever_paused_all_calls_may_restart_what_they_like(self) -> None:
        Installation.pause(TUESDAY)
        watch(TUESDAY + MINUTE, 20, alive=False)
        assert subjects() == []

    def test_a_worker_writes_its_pulse_whether_or_not_beat_lives(self, now: datetime) -> None:
        Pulse.objects.all().delete()
        watchman.look_once(["speech", "bulk"])
        assert Pulse.objects.get() == Pulse(queues="bulk,speech", at=now)

    def test_every_worker_has_a_watchman_who_knows_its_queues(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked: Queue[list[str]] = Queue()
        monkeypatch.setattr(watchman, "look_once", looked.put)
        worker: Any = WorkController(
            app=make_app("another", current=False), queues=["speech", "bulk"], pool="solo"
        )
        [step] = [step for step in worker.steps if isinstance(step, watchman.Watchman)]
        step.start(worker)
        assert looked.get(timeout=20) == ["bulk", "speech"]
        step.stop(worker)

    def test_a_database_that_is_away_does_not_end_the_watch(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def away(*args: Any) -> None:
            raise DatabaseError("patient Quackenbush is in the way")

        monkeypatch.setattr(Pulse, "beat", away)
        watchman.look_once(["calls"])
        assert "not looked" in caplog.text
        assert "Quackenbush" not in caplog.text
        monkeypatch.setattr(alerting, "look", away)
        assert Client().get("/workz").json()["incidents"] == ["database"]


def test_an_instance_that_paused_itself_says_so(settings: Any) -> None:
    Installation.pause(TUESDAY, why="asleep since 2026-11-17 03:00 UTC: is this a restored backup?")
    watch(TUESDAY, 5)
    [message] = mail.outbox
    assert message.subject == "[Ringwell] All calls are paused: is this a restored backup?"
    assert "manage.py resume" in message.body


def test_no_mail_names_a_patient_or_their_number() -> None:
    due(make_clinic())
    Line.objects.create(caller_id="+15555550101", broken_at=TUESDAY)
    watch(TUESDAY + 29 * MINUTE, 4)
    watch(TUESDAY + 36 * MINUTE, 7, alive=False)
    assert len(subjects()) >= 4
    written = "".join(str(message.message()) for message in mail.outbox)
    for word in (*NAME.split(), NUMBER, NUMBER[2:], NUMBER[-7:]):
        assert word not in written, word


def test_of_two_processes_that_look_at_once_one_sends() -> None:
    Line.objects.create(caller_id="+15555550100", broken_at=TUESDAY)
    watch(TUESDAY, 0)
    mine, theirs = Incident.objects.get(), Incident.objects.get()
    assert mine.claim(Mail.BEGUN, TUESDAY)
    assert not theirs.claim(Mail.BEGUN, TUESDAY)
    # Who took it and died is not waited for.
    assert theirs.claim(Mail.BEGUN, TUESDAY + LEASE)
    mine.told(Mail.BEGUN, TUESDAY + LEASE)
    assert not theirs.claim(Mail.BEGUN, TUESDAY + 2 * LEASE)


def test_a_mail_server_that_is_away_gets_the_mail_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> int:
        raise SMTPServerDisconnected("gone")

    Line.objects.create(caller_id="+15555550100", broken_at=TUESDAY)
    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", away)
        watch(TUESDAY, 5)
    assert subjects() == []
    watch(TUESDAY + 6 * MINUTE, 5)
    assert subjects() == ["[Ringwell] Azure fails the calls"]


def test_without_an_address_incidents_are_kept_and_nobody_is_written_to(settings: Any) -> None:
    settings.ALERT_EMAILS = []
    Line.objects.create(caller_id="+15555550100", broken_at=TUESDAY)
    watch(TUESDAY, 5)
    assert subjects() == []
    assert Incident.objects.get().closed_at is None


class _Clerk(socketserver.StreamRequestHandler):
    """As much of a mail server (RFC 5321) as one mail needs."""

    server: "Post"

    def handle(self) -> None:
        self.wfile.write(b"220 post.example\r\n")
        for line in self.rfile:
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.letters.append(text.decode())
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


class Post(socketserver.ThreadingTCPServer):
    """A mail server on loopback that keeps what it is given."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.letters: list[str] = []


@pytest.fixture
def post() -> Iterator[Post]:
    with Post() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_mail_arrives_at_a_real_server(post: Post, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = post.server_address
    Line.objects.create(caller_id="+15555550100", broken_at=TUESDAY)
    watch(TUESDAY, 5)
    [letter] = post.letters
    assert f"To: {ENGINEER}" in letter
    assert "Auto-Submitted: auto-generated" in letter
    assert "manage.py check_azure" in letter
