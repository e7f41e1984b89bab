"""What each clinic can say, in which voice, and whether its lines suffice."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Avg, F

from calls import scripting
from calls.conversation import wording
from calls.conversation.vocabulary import AttemptStatus
from calls.gateway.speech import SpeechError, is_configured, speech
from calls.models import CallAttempt, CallProfile
from calls.readiness.findings import Finding, bad, good, unsure
from reminders.models import Appointment, Clinic, Installation

A_DAY, A_MONTH = timedelta(days=1), timedelta(days=30)
#: Seconds a call takes from dialling to its end, where none was made yet.
USUAL_SECONDS = 75.0
#: Calls enough to know better.
KNOWN_BY = 20


def texts() -> Iterator[Finding]:
    """Who may speak, and in which of its languages."""
    clinics = list(Clinic.objects.prefetch_related("wordings", "approvals"))
    if not clinics:
        yield bad("texts", "There is no clinic yet.", "Make one in the admin, or by the API.")
    for clinic in clinics:
        approved = scripting.approved_languages(clinic)
        missing = [tag for tag in clinic.languages if tag not in approved]
        mend = f"Read them on the Prompts page, or: approve_prompts {clinic.slug} --by NAME"
        if not approved:
            yield bad("texts", f"{clinic.slug}: no text is approved, so nobody is called.", mend)
        elif missing:
            yield unsure(
                "texts",
                f"{clinic.slug}: approved in {', '.join(approved)}; not in {', '.join(missing)}, "
                "whose patients hear another language.",
                mend,
            )
        else:
            yield good("texts", f"{clinic.slug}: texts approved in {', '.join(approved)}.")


def paused() -> Iterator[Finding]:
    """Who is stopped."""
    house = Installation.get()
    if house.paused_at:
        why = house.paused_why or "by command"
        yield unsure("paused", f"All calls are paused ({why}).", "Go on with: manage.py resume")
    for slug in Clinic.objects.filter(paused_at__isnull=False).values_list("slug", flat=True):
        yield unsure("paused", f"{slug}: paused.", f"Go on with: manage.py resume {slug}")


def voices() -> Iterator[Finding]:
    """Whether Azure has the voice that each language is spoken in."""
    wanted = _wanted_voices()
    if not wanted:
        return
    if not is_configured():
        yield unsure(
            "voices",
            f"Whether Azure has {', '.join(sorted(set(wanted.values())))} was not asked.",
            "Set SPEECH_KEY and SPEECH_REGION to have it checked: docs/howto/speech.md.",
        )
        return
    try:
        known = {voice.name for voice in speech().voices()}
    except (SpeechError, ValueError) as error:
        yield unsure("voices", f"Azure Speech cannot be asked for voices: {error}.", "speech_check")
        return
    for (slug, tag), voice in wanted.items():
        if voice in known:
            yield good("voices", f"{slug}: {tag} is spoken by {voice}.")
        else:
            yield bad(
                "voices",
                f"{slug}: there is no voice {voice} for {tag} in this region.",
                f"Name another for {tag} in the clinic's call profile: speech_check --voices {tag}",
            )


def _wanted_voices() -> dict[tuple[str, str], str]:
    """(clinic, language) -> voice; custom voices are not on Azure's list."""
    packs = wording.packs()
    wanted = {}
    for clinic in Clinic.objects.order_by("slug"):
        profile = CallProfile.of(clinic)
        if profile.voice_endpoint:
            continue
        for tag in clinic.languages:
            if pack := packs.get(wording.base(tag)):
                wanted[clinic.slug, tag] = profile.voices.get(tag) or pack.voice_for(tag)
    return wanted


def capacity(now: datetime) -> Iterator[Finding]:
    """Whether the lines of each caller id suffice for the coming day's calls."""
    due = Appointment.objects.filter(next_call_at__lt=now + A_DAY)
    total = due.count()
    if total > settings.MAX_CALLS_PER_DAY:
        yield bad(
            "capacity",
            f"{total} calls are planned for the coming day; MAX_CALLS_PER_DAY is "
            f"{settings.MAX_CALLS_PER_DAY}: the rest waits.",
            "Raise MAX_CALLS_PER_DAY where that is meant.",
        )
    seconds = _seconds_a_call(now)
    by_line: dict[str, list[Clinic]] = {}
    for clinic in Clinic.objects.order_by("pk"):
        by_line.setdefault(clinic.calling_number, []).append(clinic)
    for caller_id, clinics in by_line.items():
        if caller_id:
            yield _of_line(caller_id, clinics, due.filter(clinic__in=clinics).count(), seconds)


def _seconds_a_call(now: datetime) -> float:
    """From dialling to the end, by the calls of the last month."""
    ended = CallAttempt.objects.filter(
        status=AttemptStatus.ENDED, started_at__gt=now - A_MONTH, ended_at__isnull=False
    )
    took = ended.aggregate(mean=Avg(F("ended_at") - F("started_at")))["mean"]
    enough = took is not None and ended[:KNOWN_BY].count() == KNOWN_BY
    return float(took.total_seconds()) if enough else USUAL_SECONDS


def _of_line(caller_id: str, clinics: list[Clinic], calls: int, seconds: float) -> Finding:
    lines = settings.ACS_MAX_CONCURRENT_CALLS
    an_hour = lines * 3600 / seconds
    hours = max(_longest_day(clinic) for clinic in clinics)
    told = (
        f"The caller id ending in {caller_id[-4:]} has {lines} lines, about {an_hour:.0f} calls an "
        f"hour at {seconds:.0f} s each; {calls} are planned for the coming day"
    )
    if calls > an_hour * hours:
        return unsure(
            "capacity",
            f"{told}, more than fit into {hours:g} hours.",
            "Ask Microsoft for more concurrent calls and raise ACS_MAX_CONCURRENT_CALLS, or give "
            "clinics caller ids of their own.",
        )
    return good("capacity", f"{told}: {calls / an_hour:.1f} hours of calling.")


def _longest_day(clinic: Clinic) -> float:
    """Hours of the clinic's longest day, as written on its wall."""
    week = clinic.opening_hours().week.values()
    return max(
        (sum(_hours(start, end) for start, end in spans) for spans in week if spans), default=0.0
    )


def _hours(start: object, end: object) -> float:
    begins, ends = (t.hour + t.minute / 60 for t in (start, end))  # type: ignore[attr-defined]
    return float((ends or 24) - begins)
