"""What a recording is expected to hold, and what it says beside the call's outcome.

It never changes an outcome: where the two disagree, somebody is asked to look.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from calls import scripting
from calls.conversation import opinion, wording
from calls.conversation.vocabulary import CHOICE_STEPS, Label, Outcome, Step
from calls.models import CallAttempt, CallVisit, Transcript
from reminders.models import WorkItem
from reminders.models.workitem import WorkKind
from reminders.policy.vocabulary import Answer, AppointmentStatus

#: As many candidates as the service tells apart all along, and phrases as it takes.
MOST_LANGUAGES, MOST_PHRASES = 10, 500

_BY_STATUS = {
    AppointmentStatus.CONFIRMED: Outcome.CONFIRMED,
    AppointmentStatus.CANCELLED: Outcome.CANCELLED,
}
_BY_ANSWER = {
    Answer.CONFIRMED: Outcome.CONFIRMED,
    Answer.CANCELLED: Outcome.CANCELLED,
    Answer.RESCHEDULE_REQUESTED: Outcome.RESCHEDULE_REQUESTED,
}


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the service is told beside the sound: nothing of the patient."""

    languages: tuple[str, ...]
    phrases: tuple[str, ...]


def expected(attempt: CallAttempt) -> Expected:
    """The call's own language and the clinic's; names of the visit, then the phrases of each
    choice."""
    clinic = attempt.clinic
    languages = _locales((attempt.language, *clinic.languages))
    names = [clinic.voice_name]
    about = attempt.visits.select_related("appointment__practitioner", "appointment__type")
    for appointment in (visit.appointment for visit in about):
        names += [row.name for row in (appointment.practitioner, appointment.type) if row]
    known = (
        phrase
        for pack in _packs(attempt, [wording.base(tag) for tag in languages])
        for step in CHOICE_STEPS
        for words in pack.choices(step).values()
        for phrase in words
    )
    phrases = dict.fromkeys(text.strip() for text in (*names, *known) if text.strip())
    return Expected(languages=languages, phrases=tuple(phrases)[:MOST_PHRASES])


def _locales(tags: Iterable[str]) -> tuple[str, ...]:
    """Full locales, one of each base language."""
    chosen: dict[str, str] = {}
    for tag in tags:
        pack = wording.packs().get(wording.base(tag))
        locale = tag if "-" in tag else pack.default_locale if pack else ""
        if locale:
            chosen.setdefault(wording.base(tag), locale)
    return tuple(chosen.values())[:MOST_LANGUAGES]


def _packs(attempt: CallAttempt, bases: Sequence[str]) -> list[wording.Pack]:
    """The clinic's newest words of each language that it has any of."""
    versions = scripting.versions(attempt.clinic)
    return [versions[base][0] for base in bases if base in versions]


def _phrases(attempt: CallAttempt, bases: Sequence[str]) -> dict[str, dict[Label, list[str]]]:
    """What means what: as the call itself understood it, and as it would by now."""
    found: dict[str, dict[Label, list[str]]] = {}
    for pack in _packs(attempt, bases):
        labels = {label: list(words) for label, words in pack.choices(Step.MENU).items()}
        found[pack.language] = labels
    script: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]
    script = attempt.script.get("phrases", {})
    for tag, steps in script.items():
        labels = found.setdefault(wording.base(tag), {})
        for label, words in steps.get(Step.MENU, {}).items():
            labels.setdefault(Label(label), []).extend(words)
    return found


def give(transcript_pk: int, now: datetime) -> None:
    """Compare the words with what is known of each visit of the call, in the transaction that
    stores them; once, since a transcription ends once."""
    transcript = Transcript.objects.select_related("recording__attempt__clinic").get(
        pk=transcript_pk
    )
    attempt = transcript.recording.attempt
    said = [opinion.Said(row.text, row.language) for row in transcript.segments.all()]
    bases = list(dict.fromkeys(wording.base(one.language) for one in said))
    heard = opinion.labels(said, _phrases(attempt, bases), _our_words(attempt))
    about = attempt.visits.select_related("appointment__patient__number", "attempt__number")
    told = [_tell(visit, heard, now) for visit in about]
    Transcript.objects.filter(pk=transcript_pk).update(
        labels=[label.value for label in heard], disagrees=any(told)
    )


def _our_words(attempt: CallAttempt) -> list[str]:
    return [
        str(prompt["text"])
        for payload in attempt.actions.values_list("payload", flat=True)
        for prompt in payload.get("prompts", [])
    ]


def _tell(visit: CallVisit, heard: Sequence[Label], now: datetime) -> bool:
    """Whether this visit needs a look."""
    label = opinion.disagreement(heard, _known(visit))
    if label is None:
        return False
    outcome = visit.outcome.replace("_", " ") if visit.outcome else _("no outcome")
    sentence = _(
        "A recording of the call, transcribed, says “%(label)s”; the call came to “%(outcome)s”. "
        "Nothing was changed: listen, and ask the patient."
    ) % {"label": label.value, "outcome": outcome}
    open_item = WorkItem.objects.filter(
        appointment=visit.appointment, kind=WorkKind.NEEDS_REVIEW, done_at=None
    )
    before = open_item.values_list("detail", flat=True).first() or ""
    detail = before if sentence in before else f"{before} {sentence}".strip()
    WorkItem.tell(visit.appointment, WorkKind.NEEDS_REVIEW, now, detail=detail)
    return True


def _known(visit: CallVisit) -> set[str]:
    """What the call came to, and what is known of the visit by now."""
    appointment = visit.appointment
    known = {visit.outcome, _BY_STATUS.get(AppointmentStatus(appointment.status), "")}
    known.add(_BY_ANSWER.get(Answer(appointment.answer), ""))
    if visit.attempt.number.opted_out or appointment.patient.number.opted_out:
        known.add(Outcome.OPTED_OUT)
    if appointment.patient.deceased_at:
        known.add(Outcome.NEEDS_REVIEW)
    return {str(outcome) for outcome in known if outcome}
