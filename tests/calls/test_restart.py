"""After a restart, a restore, a lost key: nobody is called again by mistake."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from calls import placing
from calls.models import CallAttempt
from reminders import planning
from reminders.models import Installation
from tests.conftest import Azure, make_appointment, make_clinic, make_patient, the_call

HOURS = timedelta(hours=1)


def far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the simulator were the real Azure."""
    monkeypatch.setattr(placing, "is_loopback", lambda url: False)


def looked(at: datetime) -> None:
    Installation.get()
    Installation.objects.update(last_look_at=at)


def test_an_instance_that_slept_long_starts_paused_and_says_so(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    far_away(monkeypatch)
    looked(now - 7 * HOURS)
    make_appointment(make_clinic(), make_patient())
    assert str(placing.place_due(now)) == "planned=1 placed=0 skipped=1 waiting=0"
    assert "backup" in Installation.get().paused_why
    assert azure.rings == []


def test_a_person_lets_it_go_on(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    far_away(monkeypatch)
    looked(now - 7 * HOURS)
    make_appointment(make_clinic(), make_patient())
    placing.place_due(now)
    call_command("resume")
    assert placing.place_due(now).placed == 1
    azure.settle()


@pytest.mark.parametrize("slept", [timedelta(0), 6 * HOURS])
def test_a_short_sleep_is_nothing(
    azure: Azure, now: datetime, monkeypatch: pytest.MonkeyPatch, slept: timedelta
) -> None:
    far_away(monkeypatch)
    looked(now - slept)
    make_appointment(make_clinic(), make_patient())
    assert placing.place_due(now).placed == 1
    azure.settle()


def test_a_simulator_has_nobody_to_disturb(azure: Azure, now: datetime) -> None:
    looked(now - 90 * 24 * HOURS)
    make_appointment(make_clinic(), make_patient())
    assert placing.place_due(now).placed == 1
    azure.settle()


def test_under_another_hash_key_nothing_is_dialled(
    azure: Azure, now: datetime, settings: Any
) -> None:
    placing.place_due(now)
    make_appointment(make_clinic(), make_patient())
    settings.PHONE_HASH_KEY = "another key"
    with pytest.raises(CommandError, match="PHONE_HASH_KEY"):
        call_command("place_due_calls", "--now", now.isoformat())
    assert azure.rings == []


def test_draining_places_nothing_and_waits_for_what_is_open(
    azure: Azure, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    make_appointment(make_clinic(), make_patient())
    placing.place_due(now)
    call_command("drain", "--timeout", "20")
    assert the_call().status == "ended"
    assert "drained" in capsys.readouterr().out
    assert Installation.get().paused_why == "drained"


def test_draining_gives_up_in_time(azure: Azure, now: datetime) -> None:
    azure.simulator.set_persona("+12125550100", "ring_out")
    make_appointment(make_clinic(), make_patient())
    azure.simulator.fault("drop_event", operation="event:*")
    placing.place_due(now)
    with pytest.raises(CommandError, match="1 calls are still open"):
        call_command("drain", "--timeout", "0")


def test_a_queued_call_is_revoked_by_a_drain(azure: Azure, now: datetime) -> None:
    appointment = make_appointment(make_clinic(), make_patient())
    placing.request_call_now(appointment.pk, now, actor="staff dana")
    call_command("drain", "--timeout", "0")
    placing.place_due(now)
    assert the_call().outcome == "not_placed"
    Installation.resume(now)
    planning.resumed(None, now)
    assert placing.place_due(now).placed == 1
    azure.settle()
    assert CallAttempt.objects.count() == 2
