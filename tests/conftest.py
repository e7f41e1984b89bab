"""What every test has: loopback sockets only, a clinic, people, and a telephone line."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis

from calls.conversation import wording
from calls.models import CallAttempt, PromptApproval
from config import clock
from reminders import planning
from reminders.models import Appointment, Clinic, Patient, PhoneNumber
from simulator.testing import Simulator, running
from tests.emptying import Emptying

# A person's run searches anew each time; CI's says the same of the same commit.
hypothesis.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.load_profile("ci")

#: Tuesday 17 November 2026, 14:00 in New York: inside everybody's hours.
TUESDAY = datetime(2026, 11, 17, 19, 0, tzinfo=UTC)


#: What asks for pages and answers, hundreds of each.
PAGES = ("tests/desk/", "tests/api/", "tests/house/test_every_url.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the database: the rest says the same on every one of them. And mark what
    asks for pages: the whole run does so once, on PostgreSQL."""
    for item in items:
        if item.nodeid.startswith(PAGES):
            item.add_marker("pages")
        fixtures = getattr(item, "fixturenames", ())
        if item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(fixtures):
            item.add_marker("database")


def _loopback_only(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any, *rest: Any) -> Any:
        host = str(address[0]) if isinstance(address, tuple) else "unix"
        if host not in ("localhost", "::1", "unix") and not host.startswith("127."):
            raise RuntimeError(f"tests connect to loopback only, not to {host}")
        return connect(self, address, *rest)

    return guarded


@pytest.fixture(autouse=True, scope="session")
def _stay_on_this_machine() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _loopback_only(getattr(socket.socket, name)))
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def _empty_what_was_filled() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    emptying = Emptying(TransactionTestCase._fixture_teardown)
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test: emptying.after(test))
    yield
    patch.undo()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Tuesday 14:00 in New York, for the test and for every edge that reads the clock."""
    monkeypatch.setattr(clock, "now", lambda: TUESDAY)
    return TUESDAY


@pytest.fixture
def clinic(db: None) -> Clinic:
    """Maple Street Clinic in New York, English and Spanish approved."""
    return make_clinic()


def make_clinic(slug: str = "maple", **columns: Any) -> Clinic:
    """A clinic whose texts a person approved."""
    values = {
        "name": "Maple Street Clinic",
        "phone": "+12125550100",
        "time_zone": "America/New_York",
        "languages": ["en-US", "es-US"],
        "caller_id": "",
    }
    clinic = Clinic.objects.create(slug=slug, **(values | columns))
    approve(clinic)
    return clinic


def approve(clinic: Clinic, *bases: str) -> None:
    """Approve the shipped texts of some of the clinic's languages, or of all."""
    for tag in clinic.languages:
        if not bases or wording.base(tag) in bases:
            PromptApproval.objects.create(
                clinic=clinic,
                language=tag,
                fingerprint=wording.packs()[wording.base(tag)].fingerprint,
                approved_by="Dana Reyes",
                approved_at=TUESDAY - timedelta(days=30),
            )


def make_patient(external_id: str = "p1", phone: str = "+12125550100", **columns: Any) -> Patient:
    """An invented patient with consent, on a number reserved for fiction."""
    values = {"name": "Ana Ortiz", "legal_basis": "consent"}
    return Patient.objects.create(
        external_id=external_id, number=PhoneNumber.obtain(phone), **(values | columns)
    )


def make_appointment(
    clinic: Clinic,
    patient: Patient,
    *,
    external_id: str = "",
    starts_at: datetime = TUESDAY + timedelta(days=1),
    planned_at: datetime | None = TUESDAY,
    **columns: Any,
) -> Appointment:
    """A visit, planned unless ``planned_at`` is None."""
    appointment = Appointment.objects.create(
        external_id=external_id or f"a-{patient.external_id}",
        clinic=clinic,
        patient=patient,
        starts_at=starts_at,
        **columns,
    )
    if planned_at is not None:
        planning.replan(appointment.pk, planned_at)
        appointment.refresh_from_db()
    return appointment


class InFlight:
    """Requests being answered, by whatever thread: a database in use cannot be emptied."""

    def __init__(self) -> None:
        self._count, self._changed = 0, threading.Condition()
        request_started.connect(self._started, dispatch_uid="in flight")
        request_finished.connect(self._finished, dispatch_uid="in flight")

    def _started(self, **kwargs: Any) -> None:
        with self._changed:
            self._count += 1

    def _finished(self, **kwargs: Any) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_for_none(self, seconds: float) -> bool:
        """Whether the last one was answered in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count <= 0, seconds)


class Azure:
    """The stand-in, with Ringwell's web door open to its callbacks."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator

    def settle(self) -> None:
        """Wait until every call is over and every event delivered."""
        assert self.simulator.wait_idle(60), self.simulator.calls()

    @property
    def rings(self) -> list[str]:
        """The numbers that rang, in order."""
        return [call["dialled"] for call in self.simulator.calls()]


@pytest.fixture(scope="session")
def _simulator() -> Iterator[Simulator]:
    with running(speed=200, max_concurrent=50) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def _in_flight() -> InFlight:
    return InFlight()


@pytest.fixture
def azure(
    _simulator: Simulator,
    _in_flight: InFlight,
    transactional_db: None,
    live_server: Any,
    settings: Any,
) -> Iterator[Azure]:
    """Azure on loopback: real SDK, real HTTP, real callbacks."""
    _simulator.reset()
    settings.ACS_CONNECTION_STRING = _simulator.connection_string
    settings.ACS_RESOURCE_ID = _simulator.resource_id
    settings.ACS_CALLBACK_ISSUER = _simulator.issuer
    settings.ACS_CALLBACK_OPENID_CONFIGURATION = _simulator.openid_configuration
    settings.ACS_CALLER_ID = _simulator.caller_id
    settings.PUBLIC_URL = live_server.url
    yield Azure(_simulator)
    _simulator.reset()
    assert _in_flight.wait_for_none(20)


def the_call() -> CallAttempt:
    """The only call there is."""
    return CallAttempt.objects.get()
