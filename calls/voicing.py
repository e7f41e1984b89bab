"""What patients will hear, for staff to hear before: a text in its real voice, kept once spoken.

Only texts that are filled in with invented values come here, never a patient's. A text that was
spoken before costs nothing; a new one waits a few seconds for the speech service at most, and
only so many at once, since the threads that wait here also take Azure's callbacks.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from calls.conversation import linting, wording
from calls.conversation.actions import PromptKind
from calls.conversation.wording import Pack
from calls.gateway.speech import SpeechError, SpeechGateway, speech
from calls.gateway.speech.audio import read_wav
from calls.models import CallProfile, Recording, SpokenText

log = structlog.get_logger(__name__)

#: Seconds that one text may take to be spoken.
LIMIT_SECONDS = 8.0
#: Texts that a process lets be spoken at one time, and seconds that the next one waits.
AT_ONCE, PATIENCE_SECONDS = 2, 1.0
#: New texts that one person may have spoken in a minute.
MOST_A_MINUTE = 30
#: What is kept: rows, bytes, and time since anybody pressed play.
MOST_ROWS, MOST_BYTES, KEPT = 1000, 200_000_000, timedelta(days=60)
_A_MINUTE, _A_DAY = timedelta(minutes=1), timedelta(days=1)
_free = threading.BoundedSemaphore(AT_ONCE)

#: By the code of a SpeechError; whoever looks after Ringwell reads its hint beside it.
_PLAINLY = {
    "AuthenticationFailure": "The speech service refuses our key.",
    "BadRequest": "The speech service does not take this: is there a voice of that name?",
    "ConnectionFailure": "The speech service cannot be reached.",
    "Forbidden": "The speech service does not let us in.",
    "NotInstalled": "The speech service cannot be used on this machine.",
    "ServiceTimeout": "The speech service does not answer.",
    "ServiceUnavailable": "The speech service is too busy.",
    "TimeLimit": f"The speech service did not answer within {LIMIT_SECONDS:g} seconds.",
    "TooManyRequests": "The speech service is asked too much just now.",
}


class Unheard(Exception):
    """Why nothing is heard: the message for staff, ``hint`` for who looks after Ringwell.

    ``later`` is true where we are too busy ourselves: pressing again in a moment helps.
    """

    def __init__(self, message: str, hint: str = "", *, later: bool = False) -> None:
        super().__init__(message)
        self.hint, self.later = hint, later


@dataclass(frozen=True, kw_only=True)
class Saying:
    """What is to be heard, and in which voice: a text, SSML, or a recording by its SHA-256."""

    kind: PromptKind
    source: str
    locale: str
    voice: str
    #: A custom neural voice's deployment; empty for Azure's own voices.
    voice_endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A WAV file, mono, 16 kHz, 16 bit, and who spoke it."""

    wav: bytes
    seconds: float
    #: Empty for a recording.
    voice: str = ""
    service: str = ""
    #: True: a stand-in's sound, which is no sign of how Azure's voice sounds.
    stand_in: bool = False


@dataclass(frozen=True, kw_only=True)
class Service:
    """Who speaks, or in plain words why nobody does."""

    name: str = ""
    stand_in: bool = False
    problem: str = ""


def service() -> Service:
    """Who would speak now; asks nobody."""
    try:
        azure = speech()
    except (SpeechError, ValueError) as error:
        return Service(problem=str(error))
    return Service(name=azure.connection.name, stand_in=azure.connection.stand_in)


def voice_of(pack: Pack, tag: str, profile: CallProfile) -> str:
    """The voice of a tag in a call of this clinic."""
    return profile.voices.get(pack.locale_for(tag)) or pack.voice_for(tag)


def saying(pack: Pack, key: str, tag: str, profile: CallProfile, voice: str) -> Saying:
    """One text of a pack as an invented patient hears it.

    Raises:
        Unheard: it cannot be filled in.
    """
    sound = pack.sounds.get(key, {})
    kind = PromptKind(sound.get("kind", PromptKind.TEXT))
    match kind:
        case PromptKind.FILE:
            source = sound.get("source", "")
        case PromptKind.SSML:
            source = _filled_ssml(pack, sound.get("source", ""))
        case PromptKind.TEXT:
            source = " ".join((linting.sample(pack, key) or "").split())
    if not source:
        raise Unheard("This text cannot be spoken: look at its braces.")
    return Saying(
        kind=kind,
        source=source,
        locale=pack.locale_for(tag),
        voice=voice,
        voice_endpoint=profile.voice_endpoint,
    )


def _filled_ssml(pack: Pack, document: str) -> str:
    try:
        return wording.fill_ssml(document, linting.sample_values(pack))
    except (LookupError, ValueError, AttributeError):
        return ""


def hear(wanted: Saying, *, by: str, now: datetime) -> Spoken:
    """The sound of it: the recording, what was kept, or the speech service's answer.

    Raises:
        Unheard: saying in plain words why not.
    """
    if wanted.kind is PromptKind.FILE:
        return _recorded(wanted.source)
    azure = _azure()
    found = SpokenText.objects.filter(pk=_hash(wanted, azure)).first()
    if found is None:
        found = _speak(wanted, azure, by, now)
    elif now - found.used_at > _A_DAY:
        SpokenText.objects.filter(pk=found.pk).update(used_at=now)
    return Spoken(
        wav=bytes(found.content),
        seconds=found.seconds,
        voice=wanted.voice,
        service=azure.connection.name,
        stand_in=azure.connection.stand_in,
    )


def lengths(wanted: Mapping[str, Saying]) -> dict[str, float]:
    """Seconds of those that were heard before; asks nobody."""
    try:
        azure = speech()
    except (SpeechError, ValueError):
        hashes = {}
    else:
        hashes = {key: _hash(one, azure) for key, one in wanted.items()}
    files = {key: one.source for key, one in wanted.items() if one.kind is PromptKind.FILE}
    return _seconds(SpokenText, hashes) | _seconds(Recording, files)


def _seconds(model: type[SpokenText | Recording], keys: Mapping[str, str]) -> dict[str, float]:
    if not keys:
        return {}
    rows = model._default_manager.filter(pk__in=set(keys.values()))
    found = dict(rows.values_list("pk", "seconds"))
    return {key: found[pk] for key, pk in keys.items() if pk in found}


def _azure() -> SpeechGateway:
    try:
        return speech()
    except SpeechError as error:
        raise Unheard(_PLAINLY.get(error.code, str(error)), str(error)) from None
    except ValueError as error:
        raise Unheard("No speech service is set up.", str(error)) from None


def _recorded(sha256: str) -> Spoken:
    found = Recording.objects.filter(pk=sha256).first()
    if found is None:
        raise Unheard("This recording is not there any more.")
    return Spoken(wav=bytes(found.content), seconds=found.seconds)


def _speak(wanted: Saying, azure: SpeechGateway, by: str, now: datetime) -> SpokenText:
    lately = SpokenText.objects.filter(made_by=by, made_at__gt=now - _A_MINUTE)
    if lately.count() >= MOST_A_MINUTE:
        raise Unheard(
            f"You had {MOST_A_MINUTE} new texts spoken within a minute: wait a little.", later=True
        )
    if not _free.acquire(timeout=PATIENCE_SECONDS):
        raise Unheard("Other texts are being spoken just now: press again.", later=True)
    try:
        wav = _synthesized(wanted, azure)
    finally:
        _free.release()
    return _keep(wanted, azure, wav, by, now)


def _synthesized(wanted: Saying, azure: SpeechGateway) -> bytes:
    is_ssml = wanted.kind is PromptKind.SSML
    try:
        return azure.synthesize(
            None if is_ssml else wanted.source,
            wanted.source if is_ssml else None,
            voice=wanted.voice,
            locale=wanted.locale,
            voice_endpoint=wanted.voice_endpoint,
            limit_seconds=LIMIT_SECONDS,
        )
    except SpeechError as error:
        log.warning("text not spoken", action="voice", code=error.code, locale=wanted.locale)
        plainly = _PLAINLY.get(error.code, "The speech service failed.")
        raise Unheard(plainly, error.hint or str(error)) from None
    except ValueError as error:
        raise Unheard(f"This cannot be spoken ({error}).") from None


def _keep(wanted: Saying, azure: SpeechGateway, wav: bytes, by: str, now: datetime) -> SpokenText:
    found, _ = SpokenText.objects.get_or_create(
        sha256=_hash(wanted, azure),
        defaults={
            "content": wav,
            "size": len(wav),
            "seconds": read_wav(wav, "audio").seconds,
            "voice": wanted.voice,
            "locale": wanted.locale,
            "made_by": by[:150],
            "made_at": now,
            "used_at": now,
        },
    )
    prune(now)
    return found


def prune(now: datetime) -> None:
    """Let go of what nobody played for long, and of the rest what goes beyond the bounds."""
    SpokenText.objects.filter(used_at__lt=now - KEPT).delete()
    rows = SpokenText.objects.order_by("-used_at", "-made_at").values_list("pk", "size")
    total, beyond = 0, []
    for place, (pk, size) in enumerate(rows):
        total += size
        if place >= MOST_ROWS or total > MOST_BYTES:
            beyond.append(pk)
    if beyond:
        SpokenText.objects.filter(pk__in=beyond).delete()


def _hash(wanted: Saying, azure: SpeechGateway) -> str:
    parts = [
        azure.connection.name,
        wanted.kind,
        wanted.voice,
        wanted.voice_endpoint,
        wanted.locale,
        wanted.source,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
