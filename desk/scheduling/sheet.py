"""What one request typed, read and judged; the page and its live checks share it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from config import clock
from desk.appointments import changes
from desk.scheduling import finding, numbers
from desk.scheduling.form import NewPatientForm, VisitForm
from desk.scheduling.proposal import Proposal, Slot, judge, series
from desk.scheduling.remarks import Remark, fingerprint, warning
from reminders import phones
from reminders.models import Appointment, Clinic, Patient, PhoneNumber, Practitioner

ADD_PATIENT = "reminders.add_patient"


class Sheet:
    """The forms of one request, and all that follows from them.

    Nothing is stored until :meth:`save`.
    """

    def __init__(self, request: HttpRequest, initial: dict[str, Any] | None = None) -> None:
        self.request, self.user, self.now = request, request.user, clock.now()
        data = request.POST if request.method == "POST" else None
        self.form = VisitForm(data, user=self.user, initial=initial)
        if data is not None:
            self.form.is_valid()
        self.may_add_patient = self.user.has_perm(ADD_PATIENT)
        self.wants_new = bool(self._typed("new")) and self.may_add_patient
        self.new = NewPatientForm(data if self.wants_new else None, clinic=self.clinic)
        if self.wants_new:
            self._prepare_new()

    def _typed(self, name: str) -> Any:
        return self.form.cleaned_data.get(name) if self.form.is_bound else None

    @cached_property
    def clinic(self) -> Clinic | None:
        """The one chosen, or the only one."""
        chosen = self._typed("clinic") or self.form.get_initial_for_field(
            self.form.fields["clinic"], "clinic"
        )
        return chosen if isinstance(chosen, Clinic) else None

    def _prepare_new(self) -> None:
        """Give the unsaved patient a number, so that they can be judged."""
        self.new.is_valid()
        if phone := self.new.cleaned_data.get("phone"):
            self.new.instance.number = numbers.row_of(phones.parse(phone))

    # -- whom

    @cached_property
    def patient(self) -> Patient | None:
        """The patient chosen, or the new one once there is a number."""
        if not self.wants_new:
            chosen = self._typed("patient")
            return chosen if isinstance(chosen, Patient) else None
        usable = {"phone", "time_zone", "legal_basis"} <= self.new.cleaned_data.keys()
        return self.new.instance if usable else None

    @cached_property
    def candidates(self) -> list[finding.Found]:
        """Those who may be meant by what was typed, where nobody was chosen."""
        text = self._typed("who")
        if self.wants_new or not text or self._typed("patient"):
            return []
        rows = finding.search(self.user, text)[: finding.MOST_FOUND]
        return [finding.told(row, self.request) for row in rows]

    @property
    def chosen(self) -> finding.Found | None:
        """The known patient who was chosen, as the page tells of them."""
        patient = self.patient
        known = patient is not None and not self.wants_new
        return finding.told(patient, self.request) if patient and known else None

    @cached_property
    def number_remarks(self) -> list[Remark]:
        """What is known of a new patient's number, and of others like them."""
        if not self.wants_new or not self.number:
            return []
        return [*self._namesakes(), *numbers.NumberCheck(self.number, self.request).remarks()]

    @property
    def number(self) -> PhoneNumber | None:
        """A new patient's, saved or not."""
        has_one = self.wants_new and self.new.cleaned_data.get("phone")
        return self.new.instance.number if has_one else None

    @property
    def number_title(self) -> str:
        """The number as it will be kept, and its kind."""
        return numbers.NumberCheck(self.number, self.request).title if self.number else ""

    @property
    def zone_told(self) -> str:
        """What clocks show where a new patient is; empty for a zone that is none."""
        if not self.wants_new or self.clinic is None or "time_zone" not in self.new.cleaned_data:
            return ""
        name = str(self.new.cleaned_data["time_zone"])
        if "time_zone" in self.new.errors:
            return ""
        return numbers.zone_told(self.number, name, self.clinic, self.now)

    def _namesakes(self) -> list[Remark]:
        if not self.new.cleaned_data.get("name"):
            return []
        twins = finding.namesakes(self.user, self.new.instance)
        words = _("Perhaps known already: %(who)s. Then untick “New patient” and choose them.")
        told = (finding.told(twin, self.request) for twin in twins)
        return [warning(words % {"who": f"{one.name} · {one.about}"}) for one in told]

    # -- when

    @cached_property
    def proposal(self) -> Proposal | None:
        """What would be saved; None until clinic, day, time and minutes are there."""
        wall, clinic = self.form.wall if self.form.is_bound else None, self._typed("clinic")
        minutes = self._typed("minutes")
        if wall is None or clinic is None or not minutes:
            return None
        return Proposal(
            clinic=clinic,
            patient=self.patient,
            practitioner=self._typed("practitioner"),
            kind=self._typed("type"),
            minutes=minutes,
            walls=tuple(series(wall, self._typed("every") or 1, self._typed("times") or 1)),
            left_out=frozenset(self._left_out()),
            external_id=self._typed("external_id") or "",
        )

    def _left_out(self) -> list[datetime]:
        days = []
        for text in self.request.POST.getlist("leave"):
            try:
                days.append(datetime.fromisoformat(text))
            except ValueError:
                continue
        return days

    @cached_property
    def slots(self) -> list[Slot]:
        """Every date, judged."""
        if self.proposal is None:
            return []
        return judge(self.proposal, user=self.user, now=self.now)

    @property
    def kept(self) -> list[Slot]:
        """The dates that would be saved."""
        return [slot for slot in self.slots if not slot.is_left_out]

    @property
    def hours(self) -> list[Remark]:
        """Whose clocks bound the calls, where it is not the clinic's alone."""
        if self.proposal is None or self.patient is None:
            return []
        return numbers.hours_told(self.proposal.visit(self.now), self.now)

    @property
    def warned(self) -> str:
        """Names all warnings that stand; empty where there are none."""
        of_slots = (remark for slot in self.kept for remark in slot.remarks)
        return fingerprint([*self.number_remarks, *of_slots])

    # -- whether, and then

    def complain(self) -> None:
        """Put at its field what the fields themselves could not know."""
        if self.form.cleaned_data.get("new") and not self.may_add_patient:
            self.form.add_error("new", _("You may not enter new patients."))
        if not self.wants_new and not self._typed("patient") and "patient" not in self.form.errors:
            self.form.add_error("who", self._whom())
        if self.slots and not self.kept:
            self.form.add_error("day", _("Every date is left out: nothing would be saved."))

    def _whom(self) -> str:
        text = self._typed("who")
        if self.candidates:
            return _("Choose whom you mean.")
        if text:
            return _("Nobody is found by “%(text)s”. Is it a new patient?") % {"text": text}
        return _("Type a name, an id or a number.")

    @property
    def is_ready(self) -> bool:
        """Whether nothing must be mended and every warning was read."""
        return (
            not self.form.errors
            and (not self.wants_new or self.new.is_valid())
            and bool(self.kept)
            and not any(slot.is_blocked for slot in self.kept)
            and self.warned == self.form.cleaned_data.get("agreed")
        )

    def save(self) -> list[Appointment]:
        """Store all dates that were kept, or nothing.

        Empty where something must be mended or read first. Judged anew with
        the patient and the practitioner locked: two people at two desks press
        the button at once.
        """
        with transaction.atomic():
            self._lock()
            self.complain()
            if not self.is_ready:
                return []
            assert self.proposal is not None
            if self.wants_new:
                self._store_patient()
            actor = f"staff {self.user.get_username()}"
            visits = [
                self.proposal.visit(slot.start, self.proposal.external_id)
                for slot in self.kept
                if slot.start
            ]
            for visit in visits:
                changes.make(visit, self.now, actor)
        return visits

    def _lock(self) -> None:
        """Always in this order: two who press at once wait, and never for each other."""
        if patient := self._typed("patient"):
            Patient.objects.select_for_update(no_key=True).filter(pk=patient.pk).first()
        if who := self._typed("practitioner"):
            Practitioner.objects.select_for_update(no_key=True).filter(pk=who.pk).first()

    def _store_patient(self) -> None:
        patient = self.new.instance
        patient.number = PhoneNumber.obtain(self.new.cleaned_data["phone"])
        patient.save()
