"""A patient of whom every table holds something, and which tables hold patients at all."""

from collections.abc import Iterator
from datetime import timedelta

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from calls import recorded
from calls.models import (
    StaffRecording,
    Transcript,
)
from reminders import tasks
from reminders.imports import jobs
from reminders.models import (
    Appointment,
    Clinic,
    Consent,
    ImportJob,
    ImportMapping,
    WebhookEndpoint,
    WorkItem,
)
from reminders.models.workitem import WorkKind, WorkNote
from tests.calls.speaking import noise, wav
from tests.conftest import TUESDAY
from tests.desk.conftest import hear, make_call, make_event, page

OLD, NEW = TUESDAY - timedelta(days=91), TUESDAY - timedelta(days=89)
NAME, SPOKEN, NUMBER = "Zenobia Quillfeather", "Zenobiatta", "+12125550171"
FORMER = "+12125550172"
EARLIER, BORN, PIN = "Zenobia Maidenname", "1931-07-23", "80417"
WORDS, ID, VISIT_ID = "my marmoset is ill", "pat-qzx-77", "vis-qzx-78"
MARKERS = (
    *("Zenobia", "Quillfeather", "Maidenname", NUMBER, NUMBER[2:], FORMER[2:], BORN, PIN),
    *("marmoset", ID, VISIT_ID),
)

#: Every model with words, JSON or bytes about patients, and what erasing does to it.
HOLD_PEOPLE = {
    "reminders.Patient": "an empty shell stays",
    "reminders.HistoricalPatient": "deleted",
    "reminders.PhoneNumber": "an empty shell stays, with the keyed hash",
    "reminders.Suppression": "the keyed hash stays; what a file said of its source goes",
    "reminders.Consent": "when, how, and to whom stays; names and words go",
    "reminders.Appointment": "stays, under an id of ours",
    "reminders.HistoricalAppointment": "deleted",
    "reminders.AppointmentEvent": "what happened stays; its details go",
    "reminders.WorkItem": "its kind and result stay",
    "reminders.WorkNote": "the text goes",
    "reminders.WebhookMessage": "deleted, sent or not",
    "reminders.ImportFile": "deleted, its import cancelled",
    "reminders.ImportRow": "deleted with the import's file",
    "reminders.ImportJob": "counts stay; a name in the file's name or headings goes",
    "reminders.ImportMapping": "deleted where a heading was a name",
    "calls.CallAttempt": "times and outcome stay",
    "calls.CallEvent": "type and times stay",
    "calls.LineAction": "kind and times stay",
    "calls.Recognition": "the answer stays; the words go",
    "calls.StaffRecording": "that there was one stays, with its hash",
    "calls.Transcript": "stays, without what it heard",
    "calls.TranscriptSegment": "deleted",
    "admin.LogEntry": "who did something when stays",
    "sessions.Session": "ended where a message names them",
}
#: Every other model with words, JSON or bytes, and why no patient is in it.
HOLD_NOBODY = {
    "auth.User": "staff",
    "auth.Group": "roles",
    "auth.Permission": "rights",
    "contenttypes.ContentType": "names of tables",
    "account.EmailAddress": "staff",
    "account.EmailConfirmation": "staff",
    "mfa.Authenticator": "staff",
    "socialaccount.SocialApp": "the house's login",
    "socialaccount.SocialAccount": "staff",
    "socialaccount.SocialToken": "staff",
    "reminders.AccessLog": "who looked at which page; the patient by key alone",
    "reminders.Clinic": "settings",
    "reminders.HistoricalClinic": "settings",
    "reminders.VisitType": "settings",
    "reminders.Practitioner": "staff",
    "reminders.CalendarFeed": "staff, and the hash of a token",
    "reminders.Contact": "by which channel, and a result out of a few",
    "reminders.Decision": "times and limits",
    "reminders.Export": "filters out of a few; a search is not kept",
    "reminders.Installation": "why all calls are paused",
    "reminders.WebhookEndpoint": "other systems",
    "reminders.WebhookTry": "a status, or a fault out of a few",
    "calls.PromptApproval": "texts of the clinic",
    "calls.CallProfile": "settings",
    "calls.CallVisit": "an outcome out of a few",
    "calls.ClinicWording": "texts of the clinic",
    "calls.Recording": "prompts that a clinic recorded",
    "calls.SpokenText": "prompts, filled in with invented values",
    "calls.PhraseTrial": "a machine says the clinic's phrases to a machine",
    "calls.PhraseResult": "a machine says the clinic's phrases to a machine",
    "calls.Line": "our own numbers",
    "calls.Incident": "our own numbers and names of queues",
    "calls.Pulse": "names of queues",
    "calls.Listen": "staff",
    "calls.CountedDay": "a zone",
    "calls.DailyReminders": "counts by values out of a few",
    "calls.DailyVisits": "counts by values out of a few",
    "calls.DailyHeard": "counts by language and sentiment, no phrase",
    "api.ApiToken": "integrators",
    "api.SenderStatus": "a status out of a few",
    "api.KeptAnswer": "hashes, and a new call's id or why none was made; gone after a day",
}


def told_of(visit: Appointment) -> None:
    """A call about it, with everything in it that a call can hold."""
    WebhookEndpoint.objects.create(name="Their system", url="https://clinic.example/hook")
    asked = {"prompts": [{"text": f"I am calling for {SPOKEN}."}]}
    attempt = make_call(
        visit,
        script={"texts": [NAME, SPOKEN], "patient": NAME},
        state={"said": WORDS},
        note=f"said {WORDS}",
        call_connection_id="marmoset-1",
    )
    hear(attempt, WORDS, speech=WORDS)
    make_event(attempt, {"to": NUMBER, "data": {"speech": WORDS}}, error=f"KeyError: {WORDS}")
    attempt.actions.create(kind="ask", payload=asked, created_at=TUESDAY, error=WORDS)
    visit.note("told_reason", TUESDAY, actor="patient", text=WORDS)
    WorkItem.open(visit, WorkKind.OTHER_TIME, TUESDAY, detail=WORDS)
    WorkNote.objects.create(item=visit.work_items.get(), at=TUESDAY, by="dana", text=f"rang {NAME}")
    recording = recorded.keep(attempt, wav(noise(0.5)), by="dana", now=TUESDAY)
    StaffRecording.objects.update(content=b"RIFF marmoset")
    spoken = {"offset": 0.0, "duration": 0.5, "language": "en-US", "text": WORDS}
    recording.transcript.segments.create(**spoken)
    Transcript.objects.update(labels=["marmoset"], status="done")


def agreed(desk: Client, visit: Appointment) -> None:
    """A consent by the desk that lifted an opt-out of a file, and another such opt-out."""
    number = visit.patient.number
    number.suppress(TUESDAY - timedelta(days=7), source="import: Quillfeather")
    said = {"given_by": NAME, "how": "spoken", "day": "2026-11-17", "wording": WORDS}
    desk.post(page("reminders_phonenumber", number, "consent"), said)
    Consent.objects.update(source="Quillfeather")
    number.suppress(TUESDAY, source="import: Quillfeather")


def sent_as_files(desk: Client, clinic: Clinic) -> None:
    """One file is over and had no headings; one waits, its dry run done."""
    row = f"{VISIT_ID},{ID},Zenobia Quillfeather,(212) 555-0171,2026-12-03 10:00\n"
    send(desk, clinic, "Zenobia Quillfeather.csv", row + row)
    first = ImportJob.objects.get()
    columns = {"name": "Zenobia Quillfeather"}
    ImportMapping.objects.create(clinic=clinic, kind="visits", name="Mine", columns=columns)
    jobs.cancel(first, TUESDAY)
    send(desk, clinic, "list.csv", "Appt ID,Patient ID,Patient,Phone,Start\n" + row)
    jobs.check(ImportJob.objects.latest("pk"), *mapping_of(), save_as="")
    tasks.work_imports()


def mapping_of() -> tuple[dict[str, str], dict[str, str]]:
    """As guessed, of the last file."""
    job = ImportJob.objects.latest("pk")
    return job.columns, job.options


def send(desk: Client, clinic: Clinic, name: str, text: str) -> None:
    """Through the upload page."""
    file = SimpleUploadedFile(name, text.encode())
    desk.post(reverse("admin:imports"), {"clinic": clinic.pk, "kind": "visits", "file": file})


def everything() -> Iterator[tuple[str, str]]:
    """Every cell of every table, as text, with its table."""
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield table, " | ".join(map(str, row))
    for session in Session.objects.all():
        yield Session._meta.db_table, repr(session.get_decoded())
