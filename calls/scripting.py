"""Which words one call may use: approved texts, filled in for its visits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from calls.conversation import script as scripts
from calls.conversation import wording
from calls.conversation.actions import PromptKind
from calls.conversation.script import IdentityCheck, Script, Texts, Transferring
from calls.conversation.vocabulary import Step
from calls.conversation.wording import Pack
from calls.models import CallProfile, CallVisit, ClinicWording, PromptApproval
from calls.models.profile import IdentityLevel
from reminders import phones, planning
from reminders.models import Appointment, Clinic, Patient


@dataclass(frozen=True)
class Spoken:
    """The version of a language that is spoken, and who let it be."""

    pack: Pack
    approval: PromptApproval


def versions(clinic: Clinic) -> dict[str, list[Pack]]:
    """Base language -> the clinic's versions, the newest first, the shipped one last."""
    found: dict[str, list[Pack]] = {base: [] for base in wording.packs()}
    # Sorted here, so that a prefetched list costs no query.
    for row in sorted(clinic.wordings.all(), key=lambda row: -row.pk):
        if row.language in found:
            found[row.language].append(own_pack(row))
    return {base: [*own, wording.packs()[base]] for base, own in found.items()}


def own_pack(row: ClinicWording) -> Pack:
    """The shipped texts with one version of a clinic's changes in them."""
    return wording.packs()[row.language].changed(row.texts, row.phrases, row.sounds)


def spoken(clinic: Clinic) -> dict[str, Spoken]:
    """Base language -> the newest version that somebody approved (R12).

    A newer one waits for its approval; until then the one before is spoken.
    """
    approved = {
        approval.fingerprint: approval
        for approval in sorted(clinic.approvals.all(), key=lambda a: a.approved_at)
    }
    found: dict[str, Spoken] = {}
    for base, packs in versions(clinic).items():
        for pack in packs:
            if pack.fingerprint in approved:
                found[base] = Spoken(pack, approved[pack.fingerprint])
                break
    return found


def approvals(clinic: Clinic) -> dict[str, PromptApproval]:
    """Base language -> the approval of the version that is spoken."""
    return {base: version.approval for base, version in spoken(clinic).items()}


def approved_languages(clinic: Clinic) -> list[str]:
    """The clinic's languages of which somebody approved the texts, in its order."""
    approved = approvals(clinic)
    return [tag for tag in clinic.languages if wording.base(tag) in approved]


def obstacle(appointment: Appointment, profile: CallProfile | None = None) -> str:
    """What this patient's data lacks for the call; empty when nothing.

    ``profile`` is the clinic's, where it is known already.
    """
    profile = profile or CallProfile.of(appointment.clinic)
    match identity_level(appointment, profile):
        case IdentityLevel.BIRTHDAY if appointment.patient.birth_date is None:
            return "No date of birth, which is asked for before anything of this visit is said."
        case IdentityLevel.PIN if not appointment.patient.call_pin:
            return "No PIN for calls, which is asked for before anything of this visit is said."
        case IdentityLevel.PIN if len(appointment.patient.call_pin) != profile.pin_digits:
            asked = profile.pin_digits
            return f"The patient's PIN has not the {asked} digits that this clinic asks for."
    return ""


def identity_level(appointment: Appointment, profile: CallProfile) -> int:
    """The check of the visit's type, else of its clinic."""
    own = appointment.type.identity_level if appointment.type else None
    return profile.identity_level if own is None else own


def build(appointments: Sequence[Appointment], now: datetime) -> Script | None:
    """The script of a call about some visits of one patient at one clinic, in this order.

    None where no text is approved, or where it cannot be checked who answers.
    """
    first = appointments[0]
    clinic, patient, profile = first.clinic, first.patient, CallProfile.of(first.clinic)
    if any(obstacle(appointment, profile) for appointment in appointments):
        return None
    versions = spoken(clinic)
    approved = [tag for tag in clinic.languages if wording.base(tag) in versions]
    languages = scripts.candidate_languages(first.language, approved)
    if not languages:
        return None
    packs = {tag: versions[wording.base(tag)].pack for tag in languages}
    return replace(
        _script(packs, appointments, profile),
        transferring=_transferring(profile, now),
        voicemail=profile.voicemail and patient.voicemail_ok and not _has_voicemail(appointments),
        approvals={tag: _evidence(versions[wording.base(tag)].approval) for tag in languages},
        wanted=_wanted(first, languages),
    )


def build_newest(appointment: Appointment) -> Script | None:
    """The script of a rehearsal: the newest texts, approved or not, about a visit that
    need not be stored. Nobody is transferred, and no message is left.

    None where there are no texts in the clinic's languages.
    """
    clinic = appointment.clinic
    newest = {base: packs[0] for base, packs in versions(clinic).items()}
    known = [tag for tag in clinic.languages if wording.base(tag) in newest]
    languages = scripts.candidate_languages(appointment.language, known)
    if not languages:
        return None
    packs = {tag: newest[wording.base(tag)] for tag in languages}
    return _script(packs, [appointment], CallProfile.of(clinic))


def _script(
    packs: dict[str, Pack], appointments: Sequence[Appointment], profile: CallProfile
) -> Script:
    """Texts, phrases and settings; the languages in the order of ``packs``."""
    clinic, patient = appointments[0].clinic, appointments[0].patient
    return Script(
        languages=tuple(packs),
        voices={tag: profile.voices.get(tag) or pack.voice_for(tag) for tag, pack in packs.items()},
        texts=_public_texts(packs, clinic, patient),
        visits=tuple(_visit_texts(packs, appointment) for appointment in appointments),
        appointments=tuple(appointment.pk or 0 for appointment in appointments),
        sounds={tag: _sounds(pack, _public_values(clinic, patient)) for tag, pack in packs.items()},
        phrases={tag: scripts.phrases_of(pack) for tag, pack in packs.items()},
        profile=profile.listening(),
        voice_endpoint=profile.voice_endpoint,
        reprompts=clinic.reprompts,
        key_echo_seconds=settings.KEY_ECHO_SECONDS,
        right_party=clinic.right_party_question,
        identity=_identity(appointments, profile),
        offer_reschedule=profile.offer_reschedule,
        offer_staff=profile.offer_staff,
        ask_reason=profile.ask_reason,
        ask_needs=profile.ask_needs,
        listen_first=profile.listen_first,
        keypad_only=profile.keypad_only,
    )


def _wanted(appointment: Appointment, languages: Sequence[str]) -> str:
    """The patient's language where another is spoken instead."""
    same = wording.base(appointment.language) == wording.base(languages[0])
    return "" if same else appointment.language


def _public_values(clinic: Clinic, patient: Patient) -> dict[str, str]:
    return {
        "clinic": clinic.voice_name,
        "phone": phones.spaced_digits(clinic.phone),
        "opt_out_phone": phones.spaced_digits(clinic.opt_out_phone or clinic.phone),
        "patient": patient.voice_name,
    }


def _public_texts(packs: dict[str, Pack], clinic: Clinic, patient: Patient) -> Texts:
    values = _public_values(clinic, patient)
    return {tag: wording.fill_public(pack, values) for tag, pack in packs.items()}


def _visit_texts(packs: dict[str, Pack], appointment: Appointment) -> Texts:
    clinic = appointment.clinic
    values = _public_values(clinic, appointment.patient)
    values["practitioner"] = appointment.practitioner.name if appointment.practitioner else ""
    return {
        tag: wording.fill_visit(pack, values | {"when": _when(pack, tag, appointment)})
        for tag, pack in packs.items()
    }


def _when(pack: Pack, tag: str, appointment: Appointment) -> str:
    zone = appointment.clinic.zone
    return wording.spoken_when(pack, tag, appointment.starts_at, zone, appointment.patient_zone)


def _sounds(pack: Pack, values: dict[str, str]) -> dict[str, dict[str, str]]:
    """The pack's sounds: SSML filled in, a recording by the address that Azure fetches it from."""
    found = {}
    for key, sound in pack.sounds.items():
        source = sound["source"]
        if sound["kind"] == PromptKind.FILE:
            source = settings.PUBLIC_URL + reverse("calls:recording", args=[source])
        else:
            source = wording.fill_ssml(source, values)
        found[key] = {"kind": sound["kind"], "source": source}
    return found


def _identity(appointments: Sequence[Appointment], profile: CallProfile) -> IdentityCheck | None:
    """The strictest check among the visits; the digits themselves are not kept."""
    patient = appointments[0].patient
    salt = str(patient.pk)
    match max(identity_level(appointment, profile) for appointment in appointments):
        case IdentityLevel.BIRTHDAY if patient.birth_date:
            return IdentityCheck.of("birthday", [f"{patient.birth_date:%d%m}"], salt)
        case IdentityLevel.PIN if patient.call_pin:
            return IdentityCheck.of("pin", [patient.call_pin], salt)
    return None


def _transferring(profile: CallProfile, now: datetime) -> Transferring | None:
    """The clinic's number while it is open."""
    closes = profile.clinic.open_until(now)
    if not profile.transfer_number or closes is None:
        return None
    return Transferring(number=profile.transfer_number, until=closes.isoformat())


def _has_voicemail(appointments: Sequence[Appointment]) -> bool:
    """At most one message for a visit (R8). One that was begun counts: a machine may hang
    up on its last word, and then nobody tells us that it was said."""
    begun = Q(attempt__actions__operation_context__startswith=f"{Step.VOICEMAIL}.")
    left = CallVisit.objects.filter(begun, appointment__in=appointments)
    left = left.select_related("appointment").distinct()
    return any(visit.visit_starts_at == visit.appointment.starts_at for visit in left)


def _evidence(approval: PromptApproval) -> dict[str, str]:
    return {
        "by": approval.approved_by,
        "at": approval.approved_at.isoformat(),
        "fingerprint": approval.fingerprint,
    }


def approve(clinic: Clinic, tags: list[str], *, by: str, now: datetime) -> list[str]:
    """A named person lets the clinic's newest texts be spoken; returns the languages
    that are new. Calls that waited for this are planned again."""
    newest = {base: packs[0].fingerprint for base, packs in versions(clinic).items()}
    approved = {approval.fingerprint for approval in clinic.approvals.all()}
    new = [tag for tag in tags if newest[wording.base(tag)] not in approved]
    with transaction.atomic():
        for tag in new:
            PromptApproval.objects.get_or_create(
                clinic=clinic,
                language=tag,
                fingerprint=newest[wording.base(tag)],
                defaults={"approved_by": by, "approved_at": now},
            )
    planning.resumed(clinic, now)
    return new
