"""No page, download or answer tells what somebody may not see: walked, all of them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from itertools import product
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from api.models import ApiToken
from calls import recorded
from calls.models import CallAttempt, StaffRecording, Transcript
from desk.models import StaffProfile
from desk.reports.reports import REPORTS
from desk.roles import ROLES
from reminders import consenting, tasks
from reminders.consenting import Given
from reminders.imports import jobs
from reminders.models import (
    AccessLog,
    Appointment,
    Clinic,
    Patient,
    WebhookEndpoint,
    WebhookMessage,
    WorkItem,
)
from reminders.models.consent import ConsentHow
from reminders.models.importing import ImportKind
from reminders.models.webhook import HookEvent
from reminders.models.workitem import WorkKind
from tests.calls.speaking import noise, wav
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient
from tests.desk.conftest import hear, make_call, make_event

#: Two people of different clinics, as unmistakable as invented.
OURS = ("Zenobia", "Quillfeather", "+12125550171", "2125550171")
THEIRS = ("Thaddeus", "Wobblethwaite", "+12125550172", "2125550172", "pat-theirs", "0172")
THEIR_CLINIC = "Oakenshaw Clinic"


def make_person(clinic: Clinic, words: tuple[str, ...], key: str) -> Appointment:
    """A visit tomorrow with a call, a thing to do, a practitioner and everything heard."""
    patient = make_patient(key, words[2], name=f"{words[0]} {words[1]}")
    visit = make_appointment(
        clinic, patient, practitioner=clinic.practitioners.create(name=f"Dr of {key}")
    )
    attempt = make_call(visit)
    hear(attempt, f"this is {words[0]}", speech=f"this is {words[0]} {words[1]}")
    make_event(attempt, {"to": words[2], "said": words[0]})
    texts = {"prompts": [{"text": f"I am calling for {words[0]}."}]}
    attempt.actions.create(kind="ask", payload=texts, created_at=TUESDAY)
    WorkItem.open(visit, WorkKind.OTHER_TIME, TUESDAY, detail=f"{words[0]} wants Monday")
    visit.work_items.get().notes.create(at=TUESDAY, by="dana", text=f"rang {words[0]}")
    make_recording(attempt, words)
    make_import(visit, words)
    make_consent(visit, words)
    make_webhook(visit)
    AccessLog.objects.create(at=TUESDAY, actor="staff x", kind="page", page="x").seen.create(
        patient=patient
    )
    ApiToken.issue(f"system of {key}", TUESDAY, at=[clinic])
    staff = User.objects.create_user(f"staff-{key}", password="x", is_staff=True)
    StaffProfile.objects.create(user=staff).clinics.add(clinic)
    return visit


def make_recording(attempt: CallAttempt, words: tuple[str, ...]) -> None:
    """With its transcript, listened to by Olga."""
    recording = recorded.keep(attempt, wav(noise(0.5)), by="dana", now=TUESDAY)
    StaffRecording.objects.filter(pk=recording.pk).update(content=f"RIFF {words[0]}".encode())
    said = f"{words[0]} {words[1]} calling from {words[2]}"
    recording.transcript.segments.create(offset=0.0, duration=0.5, language="en-US", text=said)
    Transcript.objects.filter(recording=recording).update(status="done")
    recorded.listen(recording, by="olga", now=TUESDAY)


def make_import(visit: Appointment, words: tuple[str, ...]) -> None:
    """A file that would change the visit, after its dry run."""
    row = f"{visit.external_id},{visit.patient.external_id},{words[0]} {words[1]} X,{words[2]},"
    file = f"Visit ID,Patient ID,Patient,Phone,Start\n{row}2026-12-03 10:00\n".encode()
    job = jobs.upload(visit.clinic, ImportKind.VISITS, f"{words[1]}.csv", file, TUESDAY, by="dana")
    jobs.check(job, job.columns, job.options, save_as="")
    tasks.work_imports()
    assert job.lines.exclude(diff=[]).exists()


def make_consent(visit: Appointment, words: tuple[str, ...]) -> None:
    """By which an opt-out was lifted, and the opt-out."""
    number = visit.patient.number
    number.suppress(TUESDAY, source="call")
    later = TUESDAY + timedelta(minutes=1)
    given = Given(f"{words[0]} {words[1]}", ConsentHow.SPOKEN, later, f"{words[0]} agrees")
    consenting.opt_in(number, given, TUESDAY, by="dana")


def make_webhook(visit: Appointment) -> None:
    """A system that was told of the visit."""
    columns = {"name": f"System of {visit.patient.external_id}", "url": "https://clinic.example/"}
    WebhookEndpoint.objects.create(**columns).clinics.add(visit.clinic)
    WebhookMessage.write(HookEvent.CALL_ENDED, visit, TUESDAY)


@pytest.fixture
def both(db: None, now: object) -> tuple[Appointment, Appointment]:
    """Our patient, and theirs."""
    oak = make_clinic("oak", name=THEIR_CLINIC)
    return make_person(make_clinic(), OURS, "pat-ours"), make_person(oak, THEIRS, "pat-theirs")


def person(name: str, *, role: str = "", rights: tuple[str, ...] = (), at: Clinic | None) -> Client:
    """A browser of somebody in a role, or with rights, at one clinic or all."""
    user = User.objects.create_user(name, password="x", is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=role))
    found = Permission.objects.all()
    user.user_permissions.set(found.exclude(codename="see_names") if rights == ("all",) else ())
    profile = StaffProfile.objects.create(user=user, everywhere=at is None)
    if at is not None:
        profile.clinics.add(at)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def rows_of(visit: Appointment) -> dict[str, list[str]]:
    """What to put into the addresses: keys by model, and the other parts by their names."""
    attempt = visit.call_visits.get().attempt
    recording = attempt.staff_recordings.get()
    found: dict[str, list[Any]] = {
        "appointment": [visit.pk],
        "patient": [visit.patient.pk],
        "phonenumber": [visit.patient.number.pk],
        "clinic": [visit.clinic.pk],
        "practitioner": [visit.practitioner_id],
        "callattempt": [attempt.pk],
        "callvisit": [visit.call_visits.get().pk],
        "recognition": [attempt.recognitions.get().pk],
        "workitem": [visit.work_items.latest("pk").pk],
        "accesslog": [AccessLog.objects.get(seen__patient=visit.patient, page="x").pk],
        "user": [User.objects.get(username=f"staff-{visit.patient.external_id}").pk],
        "apitoken": [ApiToken.objects.get(clinics=visit.clinic).pk],
        "group": [Group.objects.get(name="auditor").pk],
        "webhookendpoint": [visit.webhook_messages.get().endpoint_id],
        "webhookmessage": [visit.webhook_messages.get().pk],
        "imports": [visit.clinic.import_jobs.get().pk],
        "recording_id": [recording.pk],
        "listen_id": [recording.listens.get().pk],
        "slug": list(REPORTS),
        "format": ["csv", "xlsx"],
    }
    return {name: [str(key) for key in keys] for name, keys in found.items()}


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for entry in patterns:
        route = before + str(entry.pattern).removeprefix("^").removesuffix("\\Z")
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        else:
            yield route


PART = re.compile(r"<(?:\w+:)?(\w+)>")
START = "admin/"


def filled(route: str, visit: Appointment) -> list[str]:
    """A route's addresses about this visit's rows."""
    keys = rows_of(visit)
    model = next(part for part in reversed(route.partition("<")[0].split("/")) if part)
    parts = PART.findall(route)
    lists = [keys[model if part in ("object_id", "id", "pk") else part] for part in parts]
    return ["/" + PART.sub("{}", route).format(*chosen) for chosen in product(*lists)]


def addresses(visit: Appointment) -> list[str]:
    """Every address below /admin/ that can be asked about this visit's rows, or about none.

    A KeyError tells of a part that :func:`rows_of` does not know yet.
    """
    found = []
    for route in routes(get_resolver().url_patterns):
        if not route.startswith(START) or "logout" in route or "(?P" in route:
            continue
        if "content_type_id" in route:
            keys = rows_of(visit)
            for model in (Patient, Appointment):
                kind = ContentType.objects.get_for_model(model)
                found += [f"/{START}r/{kind.pk}/{key}/" for key in keys[model._meta.model_name]]
        else:
            found += filled(route, visit)
    # A box that completes what is typed.
    asked = "app_label=reminders&model_name=appointment&field_name=patient&term="
    return sorted([*found, f"/{START}autocomplete/?{asked}"])


def shown(client: Client, url: str) -> str:
    """All that comes back, of whatever kind."""
    response = client.get(url)
    if response.streaming:
        return b"".join(response.streaming_content).decode(errors="replace")  # type: ignore[arg-type]
    if response.content.startswith(b"PK"):
        book = ZipFile(BytesIO(response.content))
        return "".join(book.read(name).decode(errors="replace") for name in book.namelist())
    return response.content.decode(errors="replace")


def test_the_walk_finds_the_pages(both: tuple[Appointment, Appointment]) -> None:
    found = addresses(both[0])
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert path in found
    for part in ("/recordings/", "/sounds/", "/imports/", "/reports/", "export.xlsx", "/admin/r/"):
        assert any(part in url for url in found), part
    assert len(found) > 130


@pytest.mark.parametrize("role", sorted(ROLES))
def test_at_another_clinic_nothing_of_theirs_is_met(
    both: tuple[Appointment, Appointment], role: str
) -> None:
    """Asking about our rows and about theirs, with every right of the role."""
    ours, theirs = both
    client = person("olga", role=role, at=ours.clinic)
    for url in dict.fromkeys([*addresses(ours), *addresses(theirs)]):
        told = shown(client, url)
        for marker in (*THEIRS, THEIR_CLINIC, "Dr of pat-theirs"):
            assert marker not in told, f"{marker} in {url}"


def test_without_the_right_to_names_no_page_tells_one(
    both: tuple[Appointment, Appointment],
) -> None:
    """With every other right there is, at every clinic."""
    client = person("mona", rights=("all",), at=None)
    for url in dict.fromkeys([*addresses(both[0]), *addresses(both[1])]):
        told = shown(client, url)
        for marker in (*OURS[:2], *THEIRS[:2]):
            assert marker not in told, f"{marker} in {url}"


def test_no_list_and_no_download_has_a_whole_number(
    both: tuple[Appointment, Appointment],
) -> None:
    """The owner, who may read each: on its own page, and on its patient's."""
    User.objects.create_superuser("dana")
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(username="dana"))
    own = ("/patient/", "/phonenumber/")
    for url in addresses(both[0]):
        told = shown(client, url)
        if OURS[2] in told:
            assert any(part in url for part in own), url
            assert str(both[0].patient.pk) in url or str(both[0].patient.number.pk) in url, url


def test_who_has_no_role_meets_nobody(both: tuple[Appointment, Appointment]) -> None:
    client = person("nobody", at=None)
    for url in addresses(both[0]):
        told = shown(client, url)
        for marker in (*OURS, "Z•• Q••"):
            assert marker not in told, f"{marker} in {url}"
