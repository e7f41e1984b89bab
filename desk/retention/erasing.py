"""A patient is forgotten: counts stay, and the keyed hash of the number (R14).

The rows stay as empty shells, so that no figure of the past changes. An opt-out
is kept by the hash of the number alone: should the number come back, it is still
not called.
"""

from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from calls import recorded
from desk.retention import files, numbers
from desk.retention.holdings import Holdings
from reminders import planning
from reminders.models import Appointment, Consent, Patient, PhoneNumber, Suppression, WorkItem
from reminders.models.number import ERASED_NUMBER
from reminders.policy.vocabulary import AppointmentStatus, LegalBasis

ERASED = "Erased"


class UnderWay(Exception):
    """Nobody can be erased at this moment; the text says why, for people."""


@transaction.atomic
def erase(patient: Patient, now: datetime, *, by: str) -> dict[str, int]:
    """Forget a patient; returns how many rows of each kind were emptied or deleted.

    Raises:
        UnderWay: a call is open, or a file that names them is being applied; nothing
            was changed.
    """
    # Before the number's lock: an import takes its own row first, too.
    waiting = _forget_files(patient, now)
    _lock_numbers(patient)
    patient = Patient.objects.select_for_update().select_related("number").get(pk=patient.pk)
    held = Holdings(patient)
    if held.attempts.filter(ended_at=None).exists():
        raise UnderWay(_("A call to this patient is under way. Try again when it is over."))
    e164s = numbers.alone(patient).values_list("e164", flat=True)
    told = {patient.name, patient.spoken_name, patient.external_id, patient.number.e164, *e164s}
    _end_visits(held, now, by)
    done = _empty(held, now, by)
    done["waiting_files"] = waiting
    done["sessions"] = _forget_in_sessions(told - {""})
    _forget_row(held)
    return done


def _lock_numbers(patient: Patient) -> None:
    """Wholly: who gives one of them to somebody else at this moment comes before or after."""
    mine = {patient.number_id, *numbers.alone(patient).values_list("pk", flat=True)}
    rows = PhoneNumber.objects.filter(pk__in=mine).select_for_update().order_by("pk")
    list(rows.values_list("pk", flat=True))


def _forget_files(patient: Patient, now: datetime) -> int:
    try:
        return files.forget(patient, now)
    except files.BeingApplied:
        busy = _("A file that names this patient is being applied: it is under way.")
        raise UnderWay(" ".join([busy, _("Try again when it is over.")])) from None


def _end_visits(held: Holdings, now: datetime, by: str) -> None:
    """Nobody is called about what is still to come."""
    coming = held.visits.filter(starts_at__gt=now)
    for visit in coming.exclude(status=AppointmentStatus.CANCELLED):
        ended = {"was": visit.status, "status": AppointmentStatus.CANCELLED}
        Appointment.objects.filter(pk=visit.pk).update(status=AppointmentStatus.CANCELLED)
        visit.note("status_changed", now, actor=by, **ended)
        planning.replan(visit.pk, now, actor=by)
    work = WorkItem.objects.filter(appointment__in=held.visits, done_at=None)
    work.update(done_at=now, done_by="ringwell")


#: What becomes of each kind of rows; None: they go. What is not named stays.
EMPTIED: dict[str, dict[str, Any] | None] = {
    "admin_log": {"object_repr": ERASED, "change_message": ""},
    "patient_edits": None,
    "visit_edits": None,
    "visit_events": {"detail": {}},
    "decisions": {"numbers": {}},
    "work": {"detail": "", "risk_facts": {}},
    "work_notes": {"text": ""},
    "webhooks": None,
    "said": {"payload": {}, "error": ""},
    "heard": {"phrase": "", "speech": "", "sentiment": "", "tones": []},
    "call_events": {"body": {}, "error": ""},
    # That somebody agreed, when, how and to whom they said so, is the proof (R6).
    "consents": {"given_by": ERASED, "wording": "", "source": ""},
    "calls": {
        "script": {},
        "state": {},
        "note": "",
        "call_connection_id": "",
        "server_call_id": "",
        "correlation_id": "",
    },
}


def _empty(held: Holdings, now: datetime, by: str) -> dict[str, int]:
    tables, done = held.tables(), {}
    _empty_sources(held)
    for recording in list(tables["recordings"]):
        recorded.erase(recording, by=by, now=now)
    for name, columns in EMPTIED.items():
        # Keys first: what is emptied must not decide what is found.
        keys = list(tables[name].order_by().values_list("pk", flat=True))
        rows = tables[name].model._default_manager.filter(pk__in=keys)
        if columns is None:
            tables[name].model.objects.filter(pk__in=keys).delete()
        else:
            rows.update(**columns)
        done[name] = len(keys)
    return done


def _empty_sources(held: Holdings) -> None:
    """Where an opt-out came from is free text of a file after the colon."""
    for consent in held.consents:
        if consent.lifted:
            lifted = consent.lifted | {"source": consent.lifted["source"].partition(":")[0]}
            Consent.objects.filter(pk=consent.pk).update(lifted=lifted)
    alone = PhoneNumber.objects.filter(pk__in=held.numbers).values("keyed_hash")
    for stop in Suppression.objects.filter(keyed_hash__in=alone):
        source = stop.source.partition(":")[0]
        Suppression.objects.filter(pk=stop.pk).update(source=source)


def _forget_row(held: Holdings) -> None:
    for pk in held.visits.values_list("pk", flat=True):
        Appointment.objects.filter(pk=pk).update(external_id=f"erased-{pk}")
    for pk in held.numbers:
        PhoneNumber.objects.filter(pk=pk).update(e164=f"{ERASED_NUMBER}{pk}"[:16])
    Patient.objects.filter(pk=held.patient.pk).update(
        name=ERASED,
        spoken_name="",
        external_id=f"erased-{held.patient.pk}",
        birth_date=None,
        call_pin="",
        language="",
        time_zone="",
        legal_basis=LegalBasis.NONE,
        voicemail_ok=False,
        deceased_at=None,
    )


def _forget_in_sessions(told: set[str]) -> int:
    """A message that waits for its page may name the patient."""
    gone = 0
    for session in Session.objects.all().iterator():
        if any(word in repr(session.get_decoded()) for word in told):
            session.delete()
            gone += 1
    return gone
