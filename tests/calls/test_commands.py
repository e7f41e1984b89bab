"""The commands, as a person or a script types them."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from calls.models import CallAttempt, ClinicWording, PromptApproval
from reminders.models import Appointment, Clinic, Installation
from tests.calls.conftest import Door
from tests.conftest import TUESDAY, Azure, make_appointment, make_clinic, make_patient, the_call


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=out)
    return out.getvalue().strip()


def last_line(*words: str) -> str:
    return run(*words).splitlines()[-1]


def test_place_due_calls_dials_and_counts(azure: Azure, now: datetime) -> None:
    make_appointment(make_clinic(), make_patient())
    said = last_line("place_due_calls", "--now", now.isoformat())
    assert said == "planned=1 placed=1 skipped=0 waiting=0"
    azure.settle()
    assert len(azure.rings) == 1


def test_place_due_calls_judges_the_whole_pass_by_its_clock(azure: Azure, now: datetime) -> None:
    make_appointment(make_clinic(), make_patient(), starts_at=now + timedelta(days=9))
    assert last_line("place_due_calls") == "planned=0 placed=0 skipped=0 waiting=0"
    later = now + timedelta(days=6)
    assert "placed=1" in last_line("place_due_calls", "--now", later.isoformat())
    assert the_call().started_at == later
    azure.settle()


def test_place_due_calls_outside_the_hours_places_nothing(azure: Azure, now: datetime) -> None:
    appointment = make_appointment(make_clinic(), make_patient())
    night = now + timedelta(hours=8)
    assert last_line("place_due_calls", "--now", night.isoformat()) == (
        "planned=1 placed=0 skipped=1 waiting=0"
    )
    appointment.refresh_from_db()
    assert appointment.next_call_reason == "outside_hours"
    assert appointment.decisions.filter(code="outside_hours").exists()


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-17T14:00", "2026-13-01T00:00Z"])
@pytest.mark.parametrize("command", ["place_due_calls", "close_stale_calls"])
def test_a_time_without_an_offset_is_refused_by_name(db: None, command: str, moment: str) -> None:
    with pytest.raises(CommandError, match="--now"):
        run(command, "--now", moment)


@pytest.mark.parametrize("connection", ["", "endpoint=https://a.example", "x;accesskey=!"])
def test_without_a_connection_to_azure_nothing_is_dialled(
    now: datetime, clinic: Clinic, settings: Any, connection: str
) -> None:
    make_appointment(clinic, make_patient())
    settings.ACS_CONNECTION_STRING = connection
    with pytest.raises(CommandError, match="ACS_CONNECTION_STRING"):
        run("place_due_calls", "--now", now.isoformat())
    assert CallAttempt.objects.count() == 0


def test_close_stale_calls_counts_what_it_closed(door: Door, now: datetime) -> None:
    later = now + timedelta(hours=1)
    assert last_line("close_stale_calls", "--now", later.isoformat()) == "closed=1 resumed=0"
    assert last_line("close_stale_calls", "--now", later.isoformat()) == "closed=0 resumed=0"


def test_approve_prompts_lets_a_clinic_speak(azure: Azure, now: datetime) -> None:
    clinic = make_clinic()
    clinic.approvals.all().delete()
    make_appointment(clinic, make_patient())
    assert "skipped=1" in last_line("place_due_calls", "--now", now.isoformat())
    assert run("approve_prompts", "maple", "--by", "Dana Reyes") == "\n".join(
        ["en-US: approved", "es-US: approved"]
    )
    assert "placed=1" in last_line("place_due_calls", "--now", now.isoformat())
    azure.settle()


def test_approve_prompts_takes_one_language(now: datetime, clinic: Clinic) -> None:
    clinic.approvals.all().delete()
    run("approve_prompts", "maple", "--by", "Dana Reyes", "--language", "es-US")
    assert list(PromptApproval.objects.values_list("language", "approved_by")) == [
        ("es-US", "Dana Reyes")
    ]


def test_approving_twice_changes_nothing(now: datetime, clinic: Clinic) -> None:
    run("approve_prompts", "maple", "--by", "Somebody Else")
    assert not PromptApproval.objects.filter(approved_by="Somebody Else").exists()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["nowhere", "--by", "Dana"], "nowhere"),
        (["maple", "--by", " "], "--by"),
        (["maple", "--by", "Dana", "--language", "fr-FR"], "--language"),
        (["maple"], "--by"),
    ],
)
def test_approve_prompts_names_what_is_wrong(clinic: Clinic, words: list[str], names: str) -> None:
    with pytest.raises(CommandError, match=names):
        run("approve_prompts", *words)


def test_a_text_nobody_approved_in_this_version_is_not_spoken(azure: Azure, now: datetime) -> None:
    """R12: an approval of another wording is none of this one."""
    clinic = make_clinic()
    clinic.approvals.update(fingerprint="0" * 64)
    make_appointment(clinic, make_patient())
    assert "placed=0" in last_line("place_due_calls", "--now", now.isoformat())


def test_pause_and_resume_everything(azure: Azure, now: datetime) -> None:
    make_appointment(make_clinic(), make_patient())
    assert run("pause") == "everything: paused"
    assert run("pause") == "everything: paused already"
    assert "skipped=1" in last_line("place_due_calls", "--now", now.isoformat())
    assert run("resume") == "everything: resumed; 1 held calls planned again"
    assert "placed=1" in last_line("place_due_calls", "--now", now.isoformat())
    azure.settle()


def test_pause_and_resume_one_clinic(now: datetime, clinic: Clinic) -> None:
    assert run("pause", "maple") == "maple: paused"
    assert Installation.get().paused_at is None
    clinic.refresh_from_db()
    assert clinic.paused_at == now
    assert run("resume", "maple") == "maple: resumed; 0 held calls planned again"


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_a_clinic_that_is_not_there_is_named(db: None, command: str) -> None:
    with pytest.raises(CommandError, match="elsewhere"):
        run(command, "elsewhere")


def test_the_demo_is_made_once(now: datetime, db: None) -> None:
    assert run("seed_demo") == "65 demo visits made."
    assert run("seed_demo") == "The demo is there already."
    assert Appointment.objects.count() == 65
    assert Appointment.objects.filter(next_call_reason="").count() == 0


def test_the_demo_refuses_a_real_azure(db: None, settings: Any) -> None:
    settings.ACS_CONNECTION_STRING = "endpoint=https://clinic.example;accesskey=a2V5"
    with pytest.raises(CommandError, match="invented"):
        run("seed_demo")
    assert Clinic.objects.count() == 0


def test_texts_that_lint_refuses_are_not_approved(db: None) -> None:
    clinic = make_clinic()
    ClinicWording.objects.create(
        clinic=clinic,
        language="en",
        texts={"opening": "Hello, pay your invoice."},
        made_by="Dana",
        made_at=TUESDAY,
    )
    with pytest.raises(CommandError, match="not spoken"):
        run("approve_prompts", "maple", "--by", "Dana Reyes")
