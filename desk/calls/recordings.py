"""Recordings on the page of a call: uploaded, heard, read, erased, each by its own permission."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from calls import recorded, transcribing
from calls.models import CallAttempt, Listen, StaffRecording, Transcript
from config import clock
from desk.base import admin_url
from desk.calls.page import Row, as_seen
from desk.local import told
from desk.wording import language_and_place, language_name

if TYPE_CHECKING:
    from desk.base import Desk

    Base = Desk
else:
    Base = object

READ = "calls.view_staffrecording"
UPLOAD = "calls.add_staffrecording"
LISTEN = "calls.listen_staffrecording"
ERASE = "calls.erase_staffrecording"
#: Waiting longer, somebody should look whether a worker is there.
SLOW = timedelta(minutes=15)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One recording, as its panel tells it."""

    pk: UUID
    title: str
    facts: list[tuple[str, str]]
    state: str
    colour: str
    hint: str
    rows: list[Row]
    meaning: str
    disagrees: bool
    listens: list[str]
    player: str
    can_listen: bool
    can_erase: bool
    can_retry: bool


class Upload(forms.Form):
    """One file, as far as its name and size go."""

    sound = forms.FileField()

    def clean_sound(self) -> bytes:
        """Its content; what is far too large is not read."""
        given = self.cleaned_data["sound"]
        if given.size > recorded.LARGEST:
            raise ValidationError(
                _("The file is larger than %(most)d MB.") % {"most": recorded.LARGEST // 1_000_000}
            )
        return bytes(given.read())


@dataclass(frozen=True)
class Panel:
    """The recordings of one call, for one person."""

    attempt: CallAttempt
    request: HttpRequest
    now: datetime

    def _may(self, permission: str) -> bool:
        return bool(self.request.user.has_perm(permission))

    def context(self) -> dict[str, Any]:
        """For the template; nothing for those who may neither read nor upload."""
        if not self._may(READ) and not self._may(UPLOAD):
            return {}
        return {
            "recordings": self.shown() if self._may(READ) else [],
            "can_read_recordings": self._may(READ),
            "can_upload": self._may(UPLOAD) and not self.attempt.is_open,
            "most_minutes": recorded.LONGEST_SECONDS // 60,
            "most_megabytes": recorded.LARGEST // 1_000_000,
        }

    def shown(self) -> list[Shown]:
        """Oldest first, without their sound."""
        rows = (
            self.attempt.staff_recordings.defer("content")
            .select_related("transcript")
            .prefetch_related("transcript__segments", "listens")
        )
        return [self._shown(row) for row in rows]

    def _shown(self, row: StaffRecording) -> Shown:
        transcript, here = row.transcript, row.erased_at is None
        state, colour, hint = _state(row, transcript, self.now)
        listens = list(row.listens.all())
        labels = ", ".join(transcript.labels)
        return Shown(
            pk=row.pk,
            title=_("Recording of %(seconds)d s") % {"seconds": round(row.seconds)},
            facts=self._facts(row, transcript),
            state=state,
            colour=colour,
            hint=hint,
            rows=[self._row(segment) for segment in transcript.segments.all()],
            meaning=labels,
            disagrees=transcript.disagrees,
            listens=[f"{listen.by}, {self._when(listen.at)}" for listen in listens],
            player=self._player(listens) if here else "",
            can_listen=here and self._may(LISTEN),
            can_erase=here and self._may(ERASE),
            can_retry=here and transcript.status == "failed" and self._may(UPLOAD),
        )

    def _when(self, at: datetime) -> str:
        return told(at, self.attempt.clinic.zone, self.now)

    def _player(self, listens: list[Listen]) -> str:
        """The address of the sound, while this person's last press of play is good."""
        since, name = self.now - recorded.LISTEN_FOR, self.request.user.get_username()
        mine = [listen for listen in listens if listen.by == name and listen.at > since]
        if not mine or not self._may(LISTEN):
            return ""
        return reverse("admin:calls_recording_sound", args=[self.attempt.pk, mine[-1].pk])

    def _facts(self, row: StaffRecording, transcript: Transcript) -> list[tuple[str, str]]:
        facts = {
            _("Uploaded"): f"{self._when(row.uploaded_at)}, {row.uploaded_by}",
            _("Erased by itself"): "" if row.erased_at else self._when(row.expires_at),
            _("Erased"): self._erased(row),
            _("Sound"): row.shape,
            _("File’s hash"): row.sha256[:16],
            _("Understood by"): transcript.service,
            _("Candidate languages"): ", ".join(map(language_name, transcript.languages)),
            _("Expected phrases"): str(transcript.phrases or ""),
            _("Model"): transcript.model or (_("the service’s own") if transcript.service else ""),
            _("SDK"): transcript.sdk_version,
            _("Hash of the samples"): transcript.audio_sha256[:16],
        }
        return [(name, text) for name, text in facts.items() if text]

    def _erased(self, row: StaffRecording) -> str:
        if row.erased_at is None:
            return ""
        return f"{self._when(row.erased_at)}, {row.erased_by or _('its time was over')}"

    def _row(self, segment: Any) -> Row:
        confidence = "" if segment.confidence is None else f"{segment.confidence:.0%}"
        language = language_and_place(segment.language)
        if segment.language_confidence:
            language += f", {segment.language_confidence.lower()}"
        cells = (
            f"{int(segment.offset) // 60}:{segment.offset % 60:04.1f}",
            f"{segment.duration:.1f} s",
            f"“{as_seen(segment.text, self.attempt)}”",
            language,
            confidence,
        )
        return Row(cells=cells)


def _state(
    recording: StaffRecording, transcript: Transcript, now: datetime
) -> tuple[str, str, str]:
    """A word, its colour, and what to do about it."""
    if recording.erased_at is not None:
        return _("Erased"), "", ""
    hint = f"{transcript.hint} ({transcript.code})" if transcript.code else ""
    match transcript.status:
        case "queued" if now - transcript.due_at > SLOW:
            lost = _("Nobody has taken it up: is there a worker for the queue “speech”?")
            return _("Waiting"), "warning", lost
        case "queued":
            return _("Waiting"), "info", hint and _("To be tried again. %s") % hint
        case "running":
            return _("Being transcribed"), "info", _("Reload this page in a minute.")
        case "failed":
            return _("Not transcribed"), "danger", hint
    return _("Transcribed"), "success", hint


class Recordings(Base):
    """The buttons, for the admin of calls."""

    def recording_urls(self) -> list[URLPattern]:
        """Upload; then for each recording listen, again and erase; and the sound itself."""
        view = self.admin_site.admin_view
        one = "<uuid:object_id>/recordings/<uuid:recording_id>"
        return [
            path(
                "<uuid:object_id>/recordings/",
                view(self.upload_recording),
                name="calls_recording_upload",
            ),
            path(f"{one}/listen/", view(self.listen), name="calls_recording_listen"),
            path(f"{one}/again/", view(self.again), name="calls_recording_again"),
            path(f"{one}/erase/", view(self.erase_recording), name="calls_recording_erase"),
            path(
                "<uuid:object_id>/sounds/<uuid:listen_id>.wav",
                view(self.sound),
                name="calls_recording_sound",
            ),
        ]

    def _call(self, request: HttpRequest, object_id: UUID, permission: str) -> CallAttempt:
        attempt: CallAttempt = self.wanted(request, str(object_id), change=False)
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return attempt

    def _recording(
        self, request: HttpRequest, object_id: UUID, recording_id: UUID, permission: str
    ) -> StaffRecording:
        attempt = self._call(request, object_id, permission)
        found = attempt.staff_recordings.defer("content").filter(pk=recording_id).first()
        if found is None:
            raise Http404
        return found

    def _back(self, call_pk: UUID, anchor: str = "") -> HttpResponse:
        """To the call; to its top, where a message is to be read."""
        return redirect(f"{admin_url('calls_callattempt', 'change', call_pk)}{anchor}")

    def upload_recording(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Take a file in, or say what is wrong with it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        attempt = self._call(request, object_id, UPLOAD)
        form = Upload(request.POST, request.FILES)
        try:
            if not form.is_valid():
                raise ValidationError([str(e) for found in form.errors.values() for e in found])
            by = request.user.get_username()
            recorded.keep(attempt, form.cleaned_data["sound"], by=by, now=clock.now())
        except ValidationError as error:
            wrong = _("Recording: %s") % " ".join(error.messages)
            self.message_user(request, wrong, messages.ERROR)
        else:
            done = _("The recording is kept, and is being transcribed. It changes no answer.")
            self.message_user(request, done, messages.SUCCESS)
        return self._back(attempt.pk)

    def listen(self, request: HttpRequest, object_id: UUID, recording_id: UUID) -> HttpResponse:
        """Write down who listens; the page then has the player."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self._recording(request, object_id, recording_id, LISTEN)
        by = request.user.get_username()
        if recorded.listen(row, by=by, now=clock.now()) is None:
            self.message_user(request, _("This recording is erased."), messages.INFO)
            return self._back(object_id)
        return self._back(object_id, "#recordings")

    def again(self, request: HttpRequest, object_id: UUID, recording_id: UUID) -> HttpResponse:
        """Once more what has failed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self._recording(request, object_id, recording_id, UPLOAD)
        if transcribing.ask_again(row, clock.now()):
            self.message_user(request, _("It is tried again."), messages.SUCCESS)
        else:
            self.message_user(request, _("There is nothing to try again."), messages.INFO)
        return self._back(object_id)

    def erase_recording(
        self, request: HttpRequest, object_id: UUID, recording_id: UUID
    ) -> HttpResponse:
        """Sound and words, after a question."""
        row = self._recording(request, object_id, recording_id, ERASE)
        if request.method != "POST":
            return self.page(
                request,
                row.attempt,
                "desk/confirm.html",
                question=_("Erase this recording?"),
                consequence=_(
                    "The sound and its words are gone for good. Who uploaded it, who listened and "
                    "its hash stay. Copies in backups go when the backups do."
                ),
                verb=_("Erase"),
                stay=_("Keep it"),
                back=f"{admin_url(row.attempt)}#recordings",
            )
        if recorded.erase(row, by=request.user.get_username(), now=clock.now()):
            self.message_user(request, _("Sound and words are erased."), messages.SUCCESS)
        else:
            self.message_user(request, _("It was erased already."), messages.INFO)
        return self._back(object_id)

    def sound(self, request: HttpRequest, object_id: UUID, listen_id: UUID) -> HttpResponse:
        """The WAV file, for whoever has just pressed play; in pieces, where asked for."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        attempt = self._call(request, object_id, LISTEN)
        by = request.user.get_username()
        content = recorded.sound(attempt, listen_id, by=by, now=clock.now())
        if content is None:
            raise Http404
        return piece(content, request.headers.get("Range", ""))


def piece(content: bytes, wanted: str) -> HttpResponse:
    """All of a sound, or the one range asked for (RFC 9110); never kept by a browser or proxy."""
    size, found = len(content), _RANGE.fullmatch(wanted.strip())
    first, last = 0, size - 1
    if found and any(found.groups()):
        start, end = found.groups()
        first = int(start) if start else max(0, size - int(end))
        last = min(int(end), size - 1) if start and end else size - 1
        if first > last or first >= size:
            response = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
            return response
    else:
        found = None
    response = HttpResponse(
        content[first : last + 1], content_type="audio/wav", status=206 if found else 200
    )
    if found:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = 'inline; filename="recording.wav"'
    return response
