"""Recorded prompts: checked when they come, handed out to Azure.

Azure plays WAV, mono, 16 kHz, 16 bit PCM, from an address it can reach; so this
one lies beside the callbacks. It needs no secret: a recording has nothing of a
patient in it, and its name is the hash of its sound.
"""

import hashlib
import io
import wave
from datetime import datetime

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from calls.models import Recording
from reminders.models import Clinic

LARGEST = 2_000_000
LONGEST_SECONDS = 60
RATE, WIDTH = 16_000, 2


def check(content: bytes) -> float:
    """The length in seconds of a recording that Azure can play.

    Raises:
        ValidationError: saying what is wrong with it, and how it must be.
    """
    if len(content) > LARGEST:
        raise ValidationError(
            _("The file is larger than %(most)s MB.") % {"most": LARGEST // 1_000_000}
        )
    try:
        with wave.open(io.BytesIO(content)) as sound:
            channels, width, rate = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
            frames = sound.getnframes()
            read = len(sound.readframes(frames))
    except (wave.Error, EOFError, ValueError, ZeroDivisionError):
        raise ValidationError(_("This is no WAV file with PCM sound.")) from None
    if (channels, width, rate) != (1, WIDTH, RATE):
        raise ValidationError(
            _(
                "Azure plays mono, 16 bit, 16,000 Hz; this file has %(channels)s channel(s), "
                "%(bits)s bit, %(rate)s Hz."
            )
            % {"channels": channels, "bits": 8 * width, "rate": f"{rate:,}"}
        )
    if frames == 0 or read != frames * WIDTH:
        raise ValidationError(_("The file is empty or cut off."))
    if frames / RATE > LONGEST_SECONDS:
        raise ValidationError(
            _("The recording is longer than %(most)s seconds.") % {"most": LONGEST_SECONDS}
        )
    return float(frames / RATE)


def keep(clinic: Clinic, content: bytes, *, name: str, by: str, now: datetime) -> Recording:
    """Store a recording once; the same sound twice is the same recording.

    Raises:
        ValidationError: Azure could not play it.
    """
    seconds = check(content)
    made, _ = Recording.objects.get_or_create(
        sha256=hashlib.sha256(content).hexdigest(),
        defaults={
            "clinic": clinic,
            "content": content,
            "seconds": seconds,
            "name": name[:200],
            "uploaded_by": by,
            "uploaded_at": now,
        },
    )
    return made


@require_safe
def recording(request: HttpRequest, sha256: str) -> HttpResponse:
    """One recording; its content never changes, so it may be kept for ever."""
    found = Recording.objects.filter(sha256=sha256).first()
    if found is None:
        raise Http404("There is no such recording.")
    response = HttpResponse(bytes(found.content), content_type="audio/wav")
    response["ETag"] = quote_etag(sha256)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
