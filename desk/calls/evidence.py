"""What a clinic shows when somebody asks why it called, and how the answer came about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls.conversation.state import State
from calls.conversation.vocabulary import Act, Label, Step
from calls.models import CallAttempt, Recognition
from desk import seeing, stored
from desk.heard import line_of
from desk.local import told, told_exactly
from desk.wording import BASES, OUTCOMES, STEPS, language_and_place
from reminders.models import AccessLog, Patient

#: The first characters of a fingerprint tell two versions apart.
SHORT = 12


@dataclass(frozen=True)
class Basis:
    """By which right one patient was called, at the time of the call."""

    patient: str
    basis: str
    #: Since when it was so, and who entered it; empty where nobody kept that.
    since: str = ""
    by: str = ""

    @property
    def text(self) -> str:
        """``Consent, since Mon 2 Nov 10:00, entered by dana``."""
        since = _("since %(when)s") % {"when": self.since} if self.since else ""
        by = _("entered by %(who)s") % {"who": self.by} if self.by else ""
        return ", ".join(filter(None, (self.basis, since, by)))


def bases(attempt: CallAttempt, now: datetime) -> list[Basis]:
    """For each patient of the call, from the history of edits; one query."""
    at, zone = attempt.started_at or attempt.queued_at, attempt.clinic.zone
    patients = {visit.patient_id: visit.appointment.patient for visit in attempt.visits.all()}
    rows: dict[int, list[Any]] = {pk: [] for pk in patients}
    history = Patient.history.filter(id__in=patients, history_date__lte=at)
    for row in history.select_related("history_user").order_by("history_date", "history_id"):
        rows[row.id].append(row)
    return [_basis(patient, rows[pk], zone, now) for pk, patient in patients.items()]


def _basis(patient: Patient, rows: list[Any], zone: Any, now: datetime) -> Basis:
    name = seeing.name(patient)
    if not rows:
        text = _("%(basis)s today; what it was then is not in the history")
        return Basis(name, text % {"basis": BASES[patient.legal_basis]})
    current = rows[-1].legal_basis
    first = rows[-1]
    for row in reversed(rows):
        if row.legal_basis != current:
            break
        first = row
    return Basis(
        name,
        BASES.get(current, current),
        told(first.history_date, zone, now),
        first.history_user.get_username() if first.history_user else "",
    )


def locales(attempt: CallAttempt) -> list[str]:
    """Every language that was spoken on the line, in the order of its first word."""
    spoken = dict.fromkeys(
        str(prompt["locale"])
        for action in attempt.actions.all()
        for prompt in action.payload.get("prompts", [])
        if prompt.get("locale")
    )
    return list(spoken) or [tag for tag in (attempt.language,) if tag]


def approvals(attempt: CallAttempt, now: datetime) -> list[tuple[str, str]]:
    """(language, ``version 3f2a…, approved by Dana Reyes, Sun 18 Oct 14:00``)."""
    zone = attempt.clinic.zone
    found = []
    for tag, approval in attempt.script.get("approvals", {}).items():
        text = _("version %(version)s, approved by %(who)s") % {
            "version": str(approval.get("fingerprint", ""))[:SHORT] or "–",
            "who": approval.get("by", "–"),
        }
        if at := approval.get("at"):
            text = f"{text}, {told(datetime.fromisoformat(at), zone, now)}"
        found.append((language_and_place(tag), text))
    return found


# -- how the outcome was decided

#: What had to be heard for an act; the last such answer is the reason.
_HEARD: dict[Act, tuple[tuple[Step, Label], ...]] = {
    Act.CONFIRMED: ((Step.MENU, Label.CONFIRM),),
    Act.CANCELLED: ((Step.MENU, Label.CANCEL), (Step.READ_BACK, Label.YES)),
    Act.RESCHEDULE_REQUESTED: ((Step.MENU, Label.RESCHEDULE),),
    Act.STAFF_REQUESTED: ((Step.MENU, Label.STAFF),),
    Act.TRANSFERRED: ((Step.MENU, Label.STAFF),),
    Act.WRONG_NUMBER: ((Step.RIGHT_PARTY, Label.NO),),
}


def decided(attempt: CallAttempt, now: datetime) -> list[str]:
    """Why the call came to its outcome, in sentences."""
    if not attempt.outcome:
        return [_("Not decided yet.")]
    return [
        f"{OUTCOMES[attempt.outcome]}.",
        *_because(_state(attempt), attempt, now),
    ]


def _state(attempt: CallAttempt) -> State:
    try:
        return State.from_json(attempt.state)
    except (KeyError, TypeError, ValueError):
        # Kept by another version: the answers and the line still tell what they can.
        return State()


def _because(state: State, attempt: CallAttempt, now: datetime) -> Iterator[str]:
    heard = list(attempt.recognitions.all())

    def last(step: Step | None, label: Label) -> Iterator[str]:
        fitting = [r for r in heard if r.label == label and step in (None, r.step)]
        if fitting:
            yield _answer(fitting[-1], attempt, now)

    if state.opted_out:
        yield _("Asking for no more calls beats everything else.")
        yield from last(None, Label.STOP)
    elif state.contradicted:
        yield _("Voice and key said different things: a person has to look.")
    elif state.cancel_pending:
        yield _("The cancellation was not said again when it was read back: nothing is cancelled.")
    elif state.unverified:
        yield _("Three times the wrong digits: nothing about the visit was said.")
    elif Act.DECEASED in state.acts:
        yield from last(None, Label.DECEASED)
    elif state.acts:
        for step, label in _HEARD.get(state.acts[-1], ()):
            yield from last(step, label)
    else:
        yield from _without_an_answer(state)
    yield from _line(attempt)


def _answer(row: Recognition, attempt: CallAttempt, now: datetime) -> str:
    when = told_exactly(row.at, attempt.clinic.zone, now)
    question = STEPS.get(row.step, row.step)
    return _("Asked “%(question)s”, heard %(heard)s, %(when)s.") % {
        "question": question,
        "heard": line_of(row),
        "when": when,
    }


def _without_an_answer(state: State) -> Iterator[str]:
    yield _("Nobody confirmed or cancelled anything: the visit stays as it was.")
    if state.machine:
        yield _("A machine took the call.")
    if state.not_understood:
        times = ngettext("Once", "%(n)s times", state.not_understood) % {"n": state.not_understood}
        yield _("Not understood: %(times)s.") % {"times": times.lower()}
    if state.silences:
        times = ngettext("Once", "%(n)s times", state.silences) % {"n": state.silences}
        yield _("Said nothing: %(times)s.") % {"times": times.lower()}
    if state.fault:
        yield _("Azure failed during the call.")


def _line(attempt: CallAttempt) -> Iterator[str]:
    if attempt.end_reason:
        codes = f" ({attempt.end_code}/{attempt.end_sub_code})" if attempt.end_code else ""
        end = stored.read(attempt.end_reason.replace("_", " "))
        yield _("The line ended: %(end)s%(codes)s.") % {"end": end, "codes": codes}


# -- who looked


def page_name(attempt: CallAttempt) -> str:
    """Under which the looks at this very call are kept."""
    return f"call {attempt.pk}"


def lookers(attempt: CallAttempt, now: datetime) -> list[tuple[str, str, str]]:
    """(when, who, page or download) of everybody who read names on this call's page."""
    patients = {visit.appointment.patient_id for visit in attempt.visits.all()}
    looks = AccessLog.objects.filter(seen__patient__in=patients, page=page_name(attempt))
    zone = attempt.clinic.zone
    return [
        (told(look.at, zone, now), stored.who(look.actor), look.get_kind_display())
        for look in looks.distinct()[:50]
    ]
