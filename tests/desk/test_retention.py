"""Who asks for it is told all that is held of them, or is forgotten (R14)."""

import json
from collections.abc import Callable
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import CommandError, call_command
from django.db.models import BinaryField, CharField, JSONField, TextField
from django.test import Client

from calls.models import (
    CallAttempt,
    Recognition,
)
from reminders.imports import jobs, visit_changes
from reminders.models import (
    AccessLog,
    Appointment,
    Clinic,
    Consent,
    ImportFile,
    ImportJob,
    ImportMapping,
    Patient,
    PhoneNumber,
    Suppression,
)
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import THURSDAY, fill_in, make_call, page, told
from tests.desk.holding import (
    BORN,
    EARLIER,
    FORMER,
    HOLD_NOBODY,
    HOLD_PEOPLE,
    ID,
    MARKERS,
    NAME,
    NUMBER,
    PIN,
    SPOKEN,
    VISIT_ID,
    agreed,
    everything,
    send,
    sent_as_files,
    told_of,
)

SignIn = Callable[..., Client]


@pytest.fixture
def visit(desk: Client, clinic: Clinic) -> Appointment:
    """A patient entered and edited at the desk, called, heard, noted and looked at."""
    sent = {"name": EARLIER, "phone": FORMER, "legal_basis": "consent", "external_id": ID}
    desk.post(page("reminders_patient", action="add"), sent)
    patient = Patient.objects.get(external_id=ID)
    more = {"name": NAME, "spoken_name": SPOKEN, "birth_date": BORN, "call_pin": PIN}
    fill_in(desk, page("reminders_patient", patient), phone=NUMBER, **more)
    patient.refresh_from_db()
    assert patient.name == NAME
    visit = make_appointment(clinic, patient, external_id=VISIT_ID, starts_at=THURSDAY)
    told_of(visit)
    agreed(desk, visit)
    sent_as_files(desk, clinic)
    waits = SessionStore()
    waits["message"] = f"{NAME} was saved."
    waits.save()
    desk.get(page("reminders_patient", patient))
    return visit


def left() -> set[tuple[str, str]]:
    """In which tables which markers still stand."""
    return {(table, marker) for table, row in everything() for marker in MARKERS if marker in row}


def test_the_markers_stand_in_every_table_that_holds_people(visit: Appointment) -> None:
    """Else the next test would look for what was never there."""
    tables = {table for table, _ in left()}
    assert tables == {apps.get_model(label)._meta.db_table for label in HOLD_PEOPLE}
    assert {marker for _, marker in left()} == set(MARKERS)


def test_every_table_is_known_to_hold_people_or_not_to() -> None:
    """A new model with words, JSON or bytes stands in one of the lists, or this fails: then
    think of erasing, of ``purge`` and of the file of everything held."""
    wordy = (CharField, TextField, JSONField, BinaryField)
    found = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if any(isinstance(field, wordy) for field in model._meta.concrete_fields)
    }
    assert set(HOLD_PEOPLE).isdisjoint(HOLD_NOBODY)
    assert found == {*HOLD_PEOPLE, *HOLD_NOBODY}


def test_nothing_of_an_erased_patient_is_left_in_any_table(visit: Appointment) -> None:
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert left() == set()


def test_the_counts_of_an_erased_patient_stay(visit: Appointment) -> None:
    before = [model.objects.count() for model in (Patient, Appointment, CallAttempt, Recognition)]
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert before == [
        model.objects.count() for model in (Patient, Appointment, CallAttempt, Recognition)
    ]
    assert CallAttempt.objects.get().outcome == "confirmed"
    visit.refresh_from_db()
    assert (visit.status, visit.next_call_at) == ("cancelled", None)


@pytest.mark.parametrize("door", ["desk", "import"])
def test_a_wrong_number_stays_quarantined_when_it_comes_back(visit: Appointment, door: str) -> None:
    number = visit.patient.number
    number.quarantine(TUESDAY)
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    if door == "desk":
        back = PhoneNumber.obtain(number.e164)
    else:
        back = visit_changes._numbers({number.e164})[number.e164]
    assert (back.pk, back.e164) == (number.pk, number.e164)
    assert back.wrong_number_at == TUESDAY


def test_an_erased_number_stays_suppressed_when_it_comes_back(visit: Appointment) -> None:
    visit.patient.number.suppress(TUESDAY, source="call")
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert Suppression.objects.count() == 1
    assert PhoneNumber.obtain(NUMBER).opted_out


def test_a_number_that_others_have_stays_theirs(visit: Appointment) -> None:
    make_patient("other", NUMBER, name="Olive Ourton")
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert Patient.objects.get(external_id="other").number.e164 == NUMBER


def test_a_former_number_that_somebody_has_now_stays_theirs(visit: Appointment) -> None:
    make_patient("other", FORMER, name="Olive Ourton")
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert Patient.objects.get(external_id="other").number.e164 == FORMER


def test_a_former_number_stays_suppressed_and_its_calls_are_emptied(visit: Appointment) -> None:
    former = PhoneNumber.objects.get(e164=FORMER)
    former.suppress(TUESDAY, source="call")
    make_call(visit, number=former, note=f"spoke to {NAME}")
    other = make_patient("other", "+12125550173", name="Olive Ourton")
    theirs = make_call(make_appointment(visit.clinic, other), number=former, note="Olive")
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert not CallAttempt.objects.filter(note__contains=NAME).exists()
    theirs.refresh_from_db()
    assert theirs.note == "Olive", "somebody else had the number once"
    assert PhoneNumber.obtain(FORMER).opted_out


def test_during_a_call_nobody_is_erased(visit: Appointment) -> None:
    make_call(visit, status="connected", ended_at=None, outcome="")
    with pytest.raises(CommandError, match="under way"):
        call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert Patient.objects.filter(name=NAME).exists()


# -- files and consents


def test_a_file_that_waits_is_cancelled_and_whoever_erased_is_told(
    desk: Client, visit: Appointment
) -> None:
    response = desk.post(page("reminders_patient", visit.patient, "erase"), {"typed": ID})
    assert "cancelled: 1. Send those files again" in told(response)
    assert not ImportFile.objects.exists()
    assert set(ImportJob.objects.values_list("state", flat=True)) == {"cancelled"}


def test_files_of_others_and_their_mappings_stay(
    desk: Client, visit: Appointment, clinic: Clinic
) -> None:
    head = "Appt ID,Patient ID,Patient,Phone,Start\n"
    send(desk, clinic, "other.csv", f"{head}v1,p1,Olive Ourton,+12125550188,2026-12-03 10:00\n")
    ImportMapping.objects.create(clinic=clinic, kind="visits", name="X", columns={"name": "Who"})
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert ImportFile.objects.get().job.file_name == "other.csv"
    assert [mapping.name for mapping in ImportMapping.objects.all()] == ["X"]


def test_while_their_file_is_applied_nobody_is_erased(visit: Appointment) -> None:
    jobs.apply(ImportJob.objects.latest("pk"), by="dana", cancel_gone=False)
    with pytest.raises(CommandError, match="is being applied"):
        call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert Patient.objects.filter(name=NAME).exists()
    assert ImportFile.objects.exists()


def test_the_proof_of_a_consent_stays_without_name_or_words(visit: Appointment) -> None:
    before = Consent.objects.get()
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    kept = Consent.objects.get()
    assert (kept.given_by, kept.wording, kept.source) == ("Erased", "", "")
    for name in ("keyed_hash", "how", "given_at", "recorded_at", "recorded_by"):
        assert getattr(kept, name) == getattr(before, name)
    assert kept.lifted is not None
    assert kept.lifted["source"] == "import"


def test_the_consent_of_another_at_the_same_number_stays(visit: Appointment) -> None:
    other = make_patient("other", NUMBER, name="Olive Ourton")
    theirs = Consent.objects.get()
    theirs.pk, theirs.patient, theirs.given_by = None, other, "Olive Ourton"
    theirs.save()
    call_command("erase_patient", ID, "--yes", stdout=StringIO())
    assert other.consents.get().given_by == "Olive Ourton"


def test_everything_held_is_told_and_no_secret(visit: Appointment) -> None:
    out = StringIO()
    call_command("export_patient", ID, stdout=out)
    held = json.loads(out.getvalue())
    assert held["patient"][0]["name"] == NAME
    assert EARLIER in json.dumps(held["patient_edits"])
    assert held["consents"][0]["given_by"] == NAME
    assert held["waiting_files"][0]["file_name"] == "list.csv"
    assert "Quillfeather" in json.dumps(held["waiting_lines"])
    for name in ("visits", "calls", "call_events", "heard", "said", "work", "work_notes", "looks"):
        assert held[name], name
    assert PIN not in out.getvalue()
    assert CallAttempt.objects.get().secret not in out.getvalue()


# -- the buttons


def test_who_may_downloads_it_and_that_is_kept(desk: Client, visit: Appointment) -> None:
    AccessLog.objects.all().delete()
    response = desk.get(page("reminders_patient", visit.patient, "everything"))
    assert json.loads(response.content)["patient"][0]["name"] == NAME
    look = AccessLog.objects.get()
    assert (look.kind, look.page, look.numbers) == ("export", "export_patient", True)


def test_erasing_wants_the_id_typed(desk: Client, visit: Appointment) -> None:
    url = page("reminders_patient", visit.patient, "erase")
    assert "Erase" in desk.get(url).content.decode()
    desk.post(url, {"typed": "something"})
    assert Patient.objects.filter(name=NAME).exists()
    assert desk.post(url, {"typed": ID}).status_code == 302
    assert not Patient.objects.filter(name=NAME).exists()
    # The next page shows the message; nothing of it, or of the log, names them.
    desk.get(page("reminders_patient", action="changelist"))
    assert left() == set()


@pytest.mark.parametrize("button", ["everything", "erase"])
def test_the_buttons_are_not_for_everybody(sign_in: SignIn, clinic: Clinic, button: str) -> None:
    patient = make_patient()
    client = sign_in("view_patient", "change_patient", "see_names", "see_numbers")
    assert client.post(page("reminders_patient", patient, button)).status_code == 403
