"""Which words one call may use: approved texts, filled in for one visit."""

from datetime import datetime

from django.db import transaction

from calls.conversation import script as scripts
from calls.conversation import wording
from calls.conversation.script import Script
from calls.models import PromptApproval
from reminders import phones, planning
from reminders.models import Appointment, Clinic


def approvals(clinic: Clinic) -> dict[str, PromptApproval]:
    """Base language -> the approval of exactly the version shipped now (R12)."""
    current = {pack.fingerprint(): base for base, pack in wording.packs().items()}
    return {
        current[approval.fingerprint]: approval
        # Sorted here, so that a prefetched list costs no query.
        for approval in sorted(clinic.approvals.all(), key=lambda a: a.approved_at)
        if approval.fingerprint in current
    }


def approved_languages(clinic: Clinic) -> list[str]:
    """The clinic's languages whose present texts somebody approved, in its order."""
    approved = approvals(clinic)
    return [tag for tag in clinic.languages if wording.base(tag) in approved]


def build(appointment: Appointment) -> Script | None:
    """The script of a call about one visit; None where no text is approved."""
    clinic = appointment.clinic
    languages = scripts.candidate_languages(appointment.language, approved_languages(clinic))
    if not languages:
        return None
    approved = approvals(clinic)
    return Script(
        languages=languages,
        voices={tag: _pack(tag).voice_for(tag) for tag in languages},
        texts={tag: _texts(tag, appointment) for tag in languages},
        phrases={tag: scripts.phrases_of(tag) for tag in languages},
        right_party=clinic.right_party_question,
        reprompts=clinic.reprompts,
        initial_silence=clinic.initial_silence_seconds,
        sentiment=clinic.sentiment and clinic.rules.sentiment_allowed,
        approvals={tag: _evidence(approved[wording.base(tag)]) for tag in languages},
    )


def _pack(tag: str) -> wording.Pack:
    return wording.packs()[wording.base(tag)]


def _texts(tag: str, appointment: Appointment) -> dict[str, str]:
    clinic = appointment.clinic
    values = {
        "clinic": clinic.voice_name,
        "phone": phones.spaced_digits(clinic.phone),
        "opt_out_phone": phones.spaced_digits(clinic.opt_out_phone or clinic.phone),
        "patient": appointment.patient.voice_name,
        "practitioner": appointment.practitioner.name if appointment.practitioner else "",
        "when": wording.spoken_when(
            _pack(tag), tag, appointment.starts_at, clinic.zone, appointment.patient_zone
        ),
    }
    return wording.fill(_pack(tag), values)


def _evidence(approval: PromptApproval) -> dict[str, str]:
    return {
        "by": approval.approved_by,
        "at": approval.approved_at.isoformat(),
        "fingerprint": approval.fingerprint,
    }


def approve(clinic: Clinic, tags: list[str], *, by: str, now: datetime) -> list[str]:
    """A named person lets the shipped texts be spoken; returns the languages
    that are new. Calls that waited for this are planned again."""
    new = [tag for tag in tags if wording.base(tag) not in approvals(clinic)]
    with transaction.atomic():
        for tag in new:
            PromptApproval.objects.get_or_create(
                clinic=clinic,
                language=tag,
                fingerprint=_pack(tag).fingerprint(),
                defaults={"approved_by": by, "approved_at": now},
            )
    planning.resumed(clinic, now)
    return new
