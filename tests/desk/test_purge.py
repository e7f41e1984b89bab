"""What is too old goes by itself (R14)."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.test import Client

from calls import recorded
from calls.models import (
    CallAttempt,
    CallEvent,
    LineAction,
    Recognition,
)
from reminders import tasks
from reminders.imports import jobs
from reminders.models import (
    AccessLog,
    Clinic,
    ImportJob,
    ImportRow,
    WebhookEndpoint,
    WebhookMessage,
    WorkItem,
)
from reminders.models.webhook import HookEvent
from reminders.models.workitem import WorkKind
from tests.calls.speaking import noise, wav
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import THURSDAY, hear, make_call
from tests.desk.holding import NEW, OLD, WORDS, everything, mapping_of, send


def an_old_call(clinic: Clinic) -> CallAttempt:
    visit = make_appointment(
        clinic, make_patient(), starts_at=TUESDAY + timedelta(days=1), planned_at=None
    )
    attempt = make_call(visit, OLD, script={"a": 1}, state={"b": 2})
    hear(attempt, WORDS, at=OLD)
    attempt.events.update(received_at=OLD, body={"speech": WORDS})
    attempt.actions.create(kind="ask", payload={"prompts": [WORDS]}, created_at=OLD)
    CallEvent.objects.update(error=WORDS)
    LineAction.objects.update(error=WORDS)
    recording = recorded.keep(attempt, wav(noise(0.5)), by="dana", now=OLD)
    spoken = {"offset": 0.0, "duration": 0.5, "language": "en-US", "text": WORDS}
    recording.transcript.segments.create(**spoken)
    visit.note("told_reason", OLD, actor="patient", text=WORDS)
    WorkItem.open(visit, WorkKind.OTHER_TIME, OLD, detail=WORDS)
    return attempt


def test_words_go_after_ninety_days_and_what_came_of_them_stays(
    clinic: Clinic, now: object
) -> None:
    attempt = an_old_call(clinic)
    call_command("purge", stdout=StringIO())
    assert not [table for table, row in everything() if "marmoset" in row]
    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.script, attempt.state) == ("confirmed", {}, {})
    heard = Recognition.objects.get()
    assert (heard.label, heard.phrase, heard.sentiment) == ("Confirm", "", "")


def test_words_of_yesterday_stay(clinic: Clinic, now: object) -> None:
    visit = make_appointment(clinic, make_patient(), starts_at=THURSDAY)
    hear(make_call(visit, NEW), WORDS, at=NEW)
    call_command("purge", stdout=StringIO())
    assert Recognition.objects.get().phrase == WORDS


def test_an_event_that_nobody_understood_is_kept_until_it_is(clinic: Clinic, now: object) -> None:
    attempt = an_old_call(clinic)
    CallEvent.objects.filter(attempt=attempt).update(state="stored")
    call_command("purge", stdout=StringIO())
    assert CallEvent.objects.get().body


def test_webhook_messages_go_after_ninety_days(clinic: Clinic, now: object) -> None:
    WebhookEndpoint.objects.create(name="Their system", url="https://clinic.example/hook")
    visit = make_appointment(clinic, make_patient(), starts_at=THURSDAY)
    for at in (OLD, NEW):
        WebhookMessage.write(HookEvent.CALL_ENDED, visit, at)
    call_command("purge", stdout=StringIO())
    assert [row.created_at for row in WebhookMessage.objects.all()] == [NEW]


def test_facts_go_after_six_years(clinic: Clinic, now: object) -> None:
    attempt = an_old_call(clinic)
    long_ago = TUESDAY - timedelta(days=6 * 365 + 1)
    CallAttempt.objects.update(queued_at=long_ago)
    AccessLog.objects.create(at=long_ago, actor="staff x", kind="page", page="x")
    call_command("purge", stdout=StringIO())
    assert not CallAttempt.objects.filter(pk=attempt.pk).exists()
    assert not AccessLog.objects.exists()


def test_lines_of_old_imports_go_and_then_the_imports(desk: Client, clinic: Clinic) -> None:
    send(desk, clinic, "list.csv", "Appt ID,Patient ID,Patient,Phone,Start\na1,p1,Bo Li,,x\n")
    job = ImportJob.objects.get()
    jobs.check(job, *mapping_of(), save_as="")
    tasks.work_imports()
    jobs.cancel(job, TUESDAY)
    call_command("purge", stdout=StringIO())
    assert ImportRow.objects.exists()
    ImportJob.objects.update(created_at=OLD)
    call_command("purge", stdout=StringIO())
    assert not ImportRow.objects.exists()
    ImportJob.objects.update(created_at=TUESDAY - timedelta(days=6 * 365 + 1))
    call_command("purge", stdout=StringIO())
    assert not ImportJob.objects.exists()


def test_a_dry_run_counts_and_changes_nothing(clinic: Clinic, now: object) -> None:
    an_old_call(clinic)
    out = StringIO()
    call_command("purge", "--dry-run", stdout=out)
    assert "1  phrases heard" in out.getvalue()
    assert "1  recordings of staff" in out.getvalue()
    assert LineAction.objects.get().payload
    assert Recognition.objects.get().phrase == WORDS


def test_a_second_purge_finds_nothing(clinic: Clinic, now: object) -> None:
    an_old_call(clinic)
    call_command("purge", stdout=StringIO())
    out = StringIO()
    call_command("purge", stdout=out)
    assert {line.split()[0] for line in out.getvalue().splitlines()} == {"0"}
