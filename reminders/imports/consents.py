"""Consent that another vendor's system kept. An opt-out always beats it: no import lifts one."""

from collections.abc import Sequence
from datetime import datetime

from reminders import phones, planning
from reminders.imports.cells import Line
from reminders.imports.columns import label
from reminders.imports.rows import Checked, Told
from reminders.imports.writing import update_many
from reminders.models import Appointment, Consent, Patient, PhoneNumber, Suppression
from reminders.models.consent import ConsentHow
from reminders.models.importing import ImportJob, ImportKind, ImportRow, RowVerdict
from reminders.policy.vocabulary import LegalBasis


class Consents:
    """One list of who agreed, when and to what."""

    def __init__(self, job: ImportJob) -> None:
        self.job = job
        self._lines: dict[tuple[str, str], int] = {}

    def read(self, number: int, line: Line, now: datetime) -> Checked:
        """The line by itself: by number, by patient id, or by both."""
        patient = line.key("patient_id") if line.text("patient_id") else ""
        e164 = line.phone() if line.text("phone") or not patient else ""
        at = line.moment_or_day("at", now)
        if at is None:
            raise line.wrong("at", "is empty")
        if first := self._lines.get((patient, e164)):
            raise line.wrong(
                "patient_id" if patient else "phone", f"stands in line {first} already"
            )
        self._lines[patient, e164] = number
        values = {
            "patient": patient,
            "phone": e164,
            "given_by": line.needed("given_by"),
            "at": at.isoformat(),
            "source": line.needed("source"),
            "wording": line.text("wording", 5000),
        }
        return Checked(number, RowVerdict.NEW, key=patient or phones.masked(e164), values=values)

    def unread(self) -> None:
        """Nothing is ever taken for gone here."""

    def compare(self, chunk: Sequence[Checked], now: datetime) -> None:
        """Find whom each is about, and what stands in the way."""
        lines = [line for line in chunk if line.verdict is RowVerdict.NEW]
        found = _Found(self.job, [line.values for line in lines])
        for line in lines:
            column, reason, patient = found.patient(line.values)
            if patient is None:
                name = label(ImportKind.CONSENTS, column)
                line.verdict, line.reason = RowVerdict.WRONG, f"{name}: {reason}"
                line.values = {}
                continue
            line.values["pk"] = patient.pk
            if found.knows(patient, line.values):
                line.verdict = RowVerdict.SAME
            elif patient.legal_basis == LegalBasis.NONE:
                line.diff = [["patient.legal_basis", "none", "consent"]]

    def gone(self, now: datetime) -> list[Checked]:
        """A consent that a list lacks stays."""
        return []

    def apply(self, rows: Sequence[ImportRow], now: datetime) -> Told:
        """Keep each consent; who had no legal basis has one now, and is planned anew."""
        told = Told()
        pks = {row.values["pk"] for row in rows}
        patients = Patient.objects.filter(pk__in=pks)
        planning.lock_numbers(PhoneNumber.objects.filter(pk__in=patients.values("number")))
        list(patients.select_for_update(no_key=True).order_by("pk"))
        found = _Found(self.job, [row.values for row in rows])
        kept, agreed = [], []
        for row in rows:
            column, reason, patient = found.patient(row.values)
            if patient is None:
                told.left[row.pk] = f"{label(ImportKind.CONSENTS, column)}: {reason}"
            elif not found.knows(patient, row.values):
                kept.append(self._consent(patient, row.values, now))
                if patient.legal_basis == LegalBasis.NONE:
                    patient.legal_basis = LegalBasis.CONSENT
                    agreed.append(patient)
        Consent.objects.bulk_create(kept)
        if agreed:
            update_many(agreed, ["legal_basis"], self.job.actor, now)
            visits = Appointment.objects.filter(patient__in=agreed, starts_at__gt=now)
            keys = sorted(visits.values_list("pk", flat=True))
            planning.replan_many(keys, now, actor=self.job.actor)
        return told

    def _consent(self, patient: Patient, values: dict[str, str], now: datetime) -> Consent:
        return Consent(
            keyed_hash=phones.keyed_hash(patient.number.e164),
            patient=patient,
            given_by=values["given_by"],
            how=ConsentHow.IMPORTED,
            given_at=datetime.fromisoformat(values["at"]),
            source=values["source"],
            wording=values["wording"],
            recorded_at=now,
            recorded_by=self.job.actor[:150],
        )


class _Found:
    """The patients that lines are about, in four queries."""

    def __init__(self, job: ImportJob, told: list[dict[str, str]]) -> None:
        rows = Patient.objects.select_related("number")
        by_id = rows.filter(external_id__in={one["patient"] for one in told if one["patient"]})
        numbers = PhoneNumber.objects.written(one["phone"] for one in told if one["phone"])
        by_number = rows.filter(number__in=numbers)
        self._patients = {patient.pk: patient for patient in (*by_id, *by_number)}
        self._by_id = {patient.external_id: patient for patient in self._patients.values()}
        hashes = {phones.keyed_hash(p.number.e164) for p in self._patients.values()}
        stopped = Suppression.objects.filter(keyed_hash__in=hashes)
        self._stopped = set(stopped.values_list("keyed_hash", flat=True))
        consents = Consent.objects.filter(patient__in=self._patients)
        columns = ("patient_id", "keyed_hash", "given_at", "given_by", "source")
        self._consents = set(consents.values_list(*columns))
        self._hidden: set[int] = set()
        if job.reach is not None:
            visits = Appointment.objects.filter(patient__in=self._patients)
            mine = visits.filter(clinic__in=job.reach).values_list("patient", flat=True)
            self._hidden = set(self._patients) - set(mine)

    def patient(self, values: dict[str, str]) -> tuple[str, str, Patient | None]:
        """(column, reason, None), or whom the line is about."""
        by = "patient_id" if values["patient"] else "phone"
        if values["patient"]:
            people = [self._by_id[values["patient"]]] if values["patient"] in self._by_id else []
        else:
            people = [p for p in self._patients.values() if p.number.e164 == values["phone"]]
        people = [patient for patient in people if patient.pk not in self._hidden]
        if not people:
            return by, "no such patient is known", None
        if len(people) > 1:
            return by, "several patients share this number: give the patient id", None
        patient = people[0]
        if values["phone"] and patient.number.e164 != values["phone"]:
            return "phone", "is not the number that the patient has here", None
        if phones.keyed_hash(patient.number.e164) in self._stopped:
            return by, "asked for no calls; an import lifts no opt-out", None
        return by, "", patient

    def knows(self, patient: Patient, values: dict[str, str]) -> bool:
        """Whether this very consent is kept already."""
        hashed, at = phones.keyed_hash(patient.number.e164), datetime.fromisoformat(values["at"])
        return (patient.pk, hashed, at, values["given_by"], values["source"]) in self._consents
