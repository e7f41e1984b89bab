"""Celery is one more way in: three lines each, ids and clocks only."""

from celery import shared_task
from django.conf import settings

from calls import counting, incidents, phrasing, placing, recorded, transcribing, watching
from calls.models import Pulse
from calls.webhooks import delivering
from config import clock


@shared_task(name="calls.look", ignore_result=True)
def look(**_kwargs: object) -> None:
    """Place what is due."""
    placing.place_due(clock.now(), clock.now)


@shared_task(name="calls.watch", ignore_result=True)
def watch(**_kwargs: object) -> None:
    """Look after calls without news. Beat alone asks for it, so it is beat's pulse, too."""
    now = clock.now()
    Pulse.beat([incidents.BEAT], now)
    watching.watch(now)


@shared_task(name="calls.count", ignore_result=True)
def count(**_kwargs: object) -> None:
    """Count the days that reports are read from."""
    counting.count_due(clock.now())


@shared_task(name="calls.try_phrases", ignore_result=True, time_limit=180)
def try_phrases(trial_pk: int) -> None:
    """A portion of a run over a clinic's phrases, on the queue ``speech``."""
    phrasing.work(trial_pk, clock.now)


@shared_task(name="calls.wake_for_phrases", ignore_result=True)
def wake_for_phrases(**_kwargs: object) -> None:
    """Name again the runs that no worker has."""
    phrasing.look(clock.now())


#: The service is waited for within a limit; a worker that outlives it by so much is ended.
_TEARDOWN = 60


@shared_task(
    name="calls.transcribe",
    ignore_result=True,
    time_limit=settings.TRANSCRIPTION_LIMIT_SECONDS + _TEARDOWN,
)
def transcribe(transcript_pk: int) -> None:
    """One recording, on the queue ``speech``."""
    transcribing.transcribe(transcript_pk, clock.now)


@shared_task(name="calls.wake_for_transcripts", ignore_result=True)
def wake_for_transcripts(**_kwargs: object) -> None:
    """Name again what no worker has taken."""
    transcribing.wake_for_due(clock.now())


@shared_task(name="calls.erase_recordings", ignore_result=True)
def erase_recordings(**_kwargs: object) -> None:
    """What is past its time."""
    recorded.erase_recordings(clock.now())


@shared_task(name="calls.deliver_webhooks", ignore_result=True)
def deliver_webhooks(**_kwargs: object) -> None:
    """Send what waits for other systems, on the queue ``webhooks``."""
    delivering.deliver_due(clock.now)
