"""Recordings to words, by Azure Speech, on a queue of their own.

The table is the queue: a message names a row, and beat's look names again whatever is still due.
A row is claimed by one conditional UPDATE that counts the try; only that try may write its result.
No transaction is open while the service is waited for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from calls import second_opinion
from calls.gateway import speech
from calls.gateway.speech import Reason, SpeechError, Tuning
from calls.models import CallProfile, StaffRecording, Transcript, TranscriptSegment
from calls.models.transcript import TranscriptStatus

log = structlog.get_logger(__name__)

#: Seconds for connecting and answering, beside the length of the recording: Azure takes a long
#: one at about one and a half times its own speed.
EXTRA_SECONDS = 30.0
#: A worker that has not come back so long after its limit is lost.
GRACE = timedelta(seconds=60)
#: After a failure that may pass: so long, then twice as long.
PAUSE = timedelta(minutes=1)
#: Failures that may pass by themselves.
PASSING = {
    "ConnectionFailure",
    "ServiceError",
    "ServiceTimeout",
    "ServiceUnavailable",
    "TimeLimit",
    "TooManyRequests",
}
#: Rows that one look of beat's tells of: what is told twice is done once.
MOST_TOLD = 20
#: Nobody needs to be told what the next look tells anew.
MESSAGE_SECONDS = 3600
#: Phrases end after a pause of less than a second, and after half a minute: a longer one could
#: be lost in the SDK.
TUNING = Tuning(silence_ms=700, longest_segment_ms=30_000)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one try: a transcript, or why there is none."""

    code: str = ""
    hint: str = ""
    heard: speech.Transcript | None = None
    question: second_opinion.Expected | None = None

    @property
    def failed(self) -> bool:
        """True where there is no transcript, or one that broke off."""
        return self.heard is None or self.heard.reason in (Reason.CANCELLED, Reason.TIME_LIMIT)


def ask_for(recording: StaffRecording, now: datetime) -> None:
    """Put a recording into the queue; the worker is told once it is committed."""
    made = Transcript.objects.create(
        recording=recording,
        queued_at=now,
        due_at=now,
        most_tries=settings.TRANSCRIPTION_TRIES,
    )
    transaction.on_commit(lambda: wake(made.pk))


def ask_again(recording: StaffRecording, now: datetime) -> bool:
    """Anew, with as many tries, what has failed; False where it has not."""
    failed = Transcript.objects.filter(
        recording=recording, recording__erased_at=None, status=TranscriptStatus.FAILED
    )
    with transaction.atomic():
        TranscriptSegment.objects.filter(transcript__in=failed).delete()
        won = failed.update(
            status=TranscriptStatus.QUEUED,
            queued_at=now,
            due_at=now,
            most_tries=F("tries") + settings.TRANSCRIPTION_TRIES,
            code="",
            hint="",
            started_at=None,
            finished_at=None,
        )
    if won:
        wake(Transcript.objects.values_list("pk", flat=True).get(recording=recording))
    return bool(won)


def wake(transcript_pk: int) -> None:
    """Tell the workers of the queue. Only a nudge: beat's look finds the same row."""
    if settings.CELERY_BROKER_URL.startswith("memory") and not settings.ALL_IN_ONE:
        return
    try:
        current_app.send_task("calls.transcribe", [transcript_pk], expires=MESSAGE_SECONDS)
    except Exception as error:
        log.warning("no broker", action="transcribe", error=type(error).__name__)


def _due(now: datetime) -> QuerySet[Transcript]:
    waiting = (TranscriptStatus.QUEUED, TranscriptStatus.RUNNING)
    return Transcript.objects.filter(status__in=waiting, due_at__lte=now)


def wake_for_due(now: datetime) -> int:
    """Tell the workers of what is due, the longest waiting first: its message may be lost, or
    its worker. How many were told of."""
    due = list(_due(now).order_by("due_at").values_list("pk", flat=True)[:MOST_TOLD])
    for pk in due:
        wake(pk)
    return len(due)


def transcribe(pk: int, tick: Callable[[], datetime]) -> bool:
    """One try at one recording; False where it was not due, or another worker has it."""
    row = _claim(pk, tick())
    if row is None:
        return False
    log.info("transcribing", action="transcribe", transcript=pk, attempt_no=row.tries)
    result = _try(row)
    _finish(row, result, tick())
    return True


def limit_seconds(seconds: float) -> float:
    """How long a recording of so many seconds may take."""
    ceiling = float(settings.TRANSCRIPTION_LIMIT_SECONDS)
    return min(ceiling, EXTRA_SECONDS + seconds)


def _claim(pk: int, now: datetime) -> Transcript | None:
    row = Transcript.objects.select_related("recording").defer("recording__content")
    found = row.filter(pk=pk).first()
    if found is None:
        return None
    lasts = timedelta(seconds=limit_seconds(found.recording.seconds))
    won = (
        _due(now)
        .filter(pk=pk, tries=found.tries, tries__lt=F("most_tries"))
        .update(
            status=TranscriptStatus.RUNNING,
            tries=F("tries") + 1,
            started_at=now,
            due_at=now + lasts + GRACE,
        )
    )
    if not won:
        _give_up(pk, now)
        return None
    found.refresh_from_db(fields=("status", "tries", "due_at"))
    return found


def _give_up(pk: int, now: datetime) -> None:
    """A row that has had its tries, and whose last worker is gone."""
    spent = _due(now).filter(pk=pk, tries__gte=F("most_tries"))
    if spent.update(
        status=TranscriptStatus.FAILED,
        code="WorkerLost",
        hint=_("The worker was lost while it transcribed, again and again."),
        finished_at=now,
    ):
        log.warning("transcription given up", action="transcribe", transcript=pk)


def _try(row: Transcript) -> Result:
    recording = StaffRecording.objects.filter(pk=row.recording_id).first()
    if recording is None or recording.content is None:
        return Result(code="Erased", hint=_("It was erased before it was transcribed."))
    if CallProfile.of(recording.attempt.clinic).keypad_only:
        # R11: switched on since it was uploaded.
        return Result(code="KeypadOnly", hint=_("The clinic's calls are heard by no service."))
    try:
        expected = second_opinion.expected(recording.attempt)
        heard = speech.speech().transcribe(
            speech.pushed_wav(bytes(recording.content)),
            languages=expected.languages,
            phrases=expected.phrases,
            continuous=True,
            detail=True,
            limit_seconds=limit_seconds(recording.seconds),
            tuning=TUNING,
        )
    except SpeechError as error:
        return Result(code=error.code, hint=error.hint or str(error))
    except ValueError as error:
        # A setting, or a language, that cannot be meant: our own words name it.
        return Result(code="NotSetUp", hint=str(error))
    except Exception as error:
        log.exception("transcription broke", action="transcribe", transcript=row.pk)
        return Result(code="Unexpected", hint=type(error).__name__)
    return _result(heard, expected)


def _result(heard: speech.Transcript, expected: second_opinion.Expected) -> Result:
    code = hint = ""
    if heard.cancellation is not None:
        code, hint = heard.cancellation.code, heard.cancellation.hint
    elif heard.no_match is not None:
        code, hint = heard.no_match.kind, heard.no_match.hint
    return Result(code=code, hint=hint, heard=heard, question=expected)


def _finish(row: Transcript, result: Result, now: datetime) -> None:
    """Write down what this try has brought, unless it is no longer this try's row."""
    again = result.failed and result.code in PASSING and row.tries < row.most_tries
    mine = Transcript.objects.filter(pk=row.pk, tries=row.tries, status=TranscriptStatus.RUNNING)
    columns: dict[str, object] = {"code": result.code[:40], "hint": result.hint[:300]}
    if again:
        won = mine.update(status=TranscriptStatus.QUEUED, due_at=now + row.tries * PAUSE, **columns)
    else:
        status = TranscriptStatus.FAILED if result.failed else TranscriptStatus.DONE
        with transaction.atomic():
            won = mine.update(status=status, finished_at=now, **columns, **_evidence(result))
            if won:
                TranscriptSegment.objects.bulk_create(_segments(row, result))
                if not result.failed:
                    second_opinion.give(row.pk, now)
    log.info(
        "transcribed",
        action="transcribe",
        transcript=row.pk,
        code=result.code or "ok",
        counted=bool(won),
        again=again,
    )


def _evidence(result: Result) -> dict[str, object]:
    heard, question = result.heard, result.question
    if heard is None or question is None:
        return {}
    return {
        "languages": list(question.languages),
        "phrases": len(question.phrases),
        "service": heard.service[:120],
        "stand_in": heard.stand_in,
        "model": heard.model[:200],
        "sdk_version": heard.sdk_version[:32],
        "audio_sha256": heard.audio_sha256,
    }


def _segments(row: Transcript, result: Result) -> Iterator[TranscriptSegment]:
    for segment in result.heard.segments if result.heard else ():
        yield TranscriptSegment(
            transcript=row,
            offset=segment.offset,
            duration=segment.duration,
            language=segment.language[:35],
            language_confidence=segment.language_confidence[:16],
            confidence=segment.confidence,
            text=segment.text,
        )
