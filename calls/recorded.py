"""Recordings that staff have of a call: taken in, listened to, erased.

What they are transcribed to is :mod:`calls.transcribing`'s; both go when a recording goes.
"""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from calls import transcribing
from calls.gateway.speech.audio import Shape, Wav, read_wav
from calls.models import (
    CallAttempt,
    CallProfile,
    Listen,
    StaffRecording,
    Transcript,
    TranscriptSegment,
)
from calls.models.transcript import TranscriptStatus

#: What the web server of one process takes, with room for the rest of the form.
LARGEST = 7_000_000
LONGEST_SECONDS = 600
RATES = (8_000, 48_000)
#: One press of play is good for so long: the browser fetches a sound in pieces.
LISTEN_FOR = timedelta(minutes=15)
#: Erased in one transaction.
BATCH = 100


def check(content: bytes) -> Wav:
    """The sound in a file.

    Raises:
        ValidationError: saying what is wrong with it.
    """
    if len(content) > LARGEST:
        raise ValidationError(
            _("The file is larger than %(most)d MB.") % {"most": LARGEST // 1_000_000}
        )
    try:
        wav = read_wav(content, _("The file"))
    except ValueError as error:
        raise ValidationError(str(error)) from None
    shape = wav.shape
    if not RATES[0] <= shape.rate <= RATES[1] or shape.channels > 2:
        raise ValidationError(
            _(
                "The file has %(channels)d channels and %(rate)d Hz; "
                "1 or 2, and 8,000 to 48,000, are understood."
            )
            % {"channels": shape.channels, "rate": shape.rate}
        )
    if wav.seconds > LONGEST_SECONDS:
        raise ValidationError(
            _("The recording is longer than %(most)d minutes.") % {"most": LONGEST_SECONDS // 60}
        )
    return wav


def keep(attempt: CallAttempt, content: bytes, *, by: str, now: datetime) -> StaffRecording:
    """Store a recording of a call that is over, and have it transcribed.

    Raises:
        ValidationError: it cannot be heard, is there already, or the call goes on.
    """
    if attempt.is_open:
        raise ValidationError(_("The call is not over yet."))
    if CallProfile.of(attempt.clinic).keypad_only:
        raise ValidationError(_("This clinic's calls are heard by no speech service."))
    wav = check(content)
    try:
        with transaction.atomic():
            made = StaffRecording.objects.create(
                attempt=attempt,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                seconds=wav.seconds,
                shape=_told(wav.shape),
                uploaded_by=by,
                uploaded_at=now,
                expires_at=now + timedelta(days=settings.RECORDING_RETENTION_DAYS),
            )
            transcribing.ask_for(made, now)
    except IntegrityError:
        raise ValidationError(_("This recording is here already.")) from None
    return made


def _told(shape: Shape) -> str:
    channels = "mono" if shape.channels == 1 else "stereo"
    return f"{shape.law}, {shape.rate} Hz, {shape.bits} bit, {channels}"


def listen(recording: StaffRecording, *, by: str, now: datetime) -> Listen | None:
    """Somebody plays it, which is written down before a sound is heard; None once it is erased."""
    if recording.erased_at is not None:
        return None
    return Listen.objects.create(recording=recording, by=by, at=now)


def sound(attempt: CallAttempt, listen_id: UUID, *, by: str, now: datetime) -> bytes | None:
    """The WAV file, for the person who pressed play, for a while."""
    found = (
        Listen.objects.filter(
            pk=listen_id,
            by=by,
            at__gt=now - LISTEN_FOR,
            recording__attempt=attempt,
            recording__erased_at=None,
        )
        .values_list("recording__content", flat=True)
        .first()
    )
    return None if found is None else bytes(found)


def erase(recording: StaffRecording, *, by: str, now: datetime) -> bool:
    """Sound and words, for good; False where another was faster."""
    return bool(_erase([recording.pk], by=by, now=now))


def erase_recordings(now: datetime) -> int:
    """What is past its time; how many. Called by beat, and by whatever purges the rest."""
    return _erase_all(now, expires_at__lte=now)


def purge_content(before: datetime, now: datetime) -> int:
    """All that came before a moment, whenever its time would be over; how many."""
    return _erase_all(now, uploaded_at__lt=before)


def _erase_all(now: datetime, **which: datetime) -> int:
    done = 0
    while True:
        due = StaffRecording.objects.filter(erased_at=None, **which).order_by("uploaded_at")
        keys = list(due.values_list("pk", flat=True)[:BATCH])
        if not keys:
            return done
        done += _erase(keys, by="", now=now)


@transaction.atomic
def _erase(keys: list[UUID], *, by: str, now: datetime) -> int:
    """A transcription under way finds its row failed, and throws away what it heard."""
    erased = StaffRecording.objects.filter(pk__in=keys, erased_at=None)
    count = erased.update(content=None, erased_at=now, erased_by=by)
    transcripts = Transcript.objects.filter(recording__in=keys)
    transcripts.update(labels=[])
    transcripts.filter(status__in=(TranscriptStatus.QUEUED, TranscriptStatus.RUNNING)).update(
        status=TranscriptStatus.FAILED,
        code="Erased",
        hint=_("It was erased before it was transcribed."),
        finished_at=now,
    )
    TranscriptSegment.objects.filter(transcript__recording__in=keys).delete()
    return count
