"""The play button beside a text: what stands in the field is spoken, saved or not."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.translation import gettext as _

from calls import voicing
from calls.voicing import Unheard
from config import clock
from desk import stored
from desk.prompts.aloud import HearForm
from desk.prompts.views import Room
from reminders.models import Clinic

#: Failed Dependency: nothing of ours is broken, so no 5xx, which would wake somebody.
FAILED_BESIDE_US = 424


def hear(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """One text as a WAV file, else ``{"error", "hint"}`` in plain words."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    room = Room(request, clinic)
    form = HearForm(room.wordings, room.profile, request.POST, may_change=room.may_change)
    if not form.is_valid():
        return _refused(_("This cannot be spoken: it is too long, or there is no such voice."), 400)
    try:
        by = request.user.get_username()
        spoken = voicing.hear(form.saying(), by=by, now=clock.now())
    except Unheard as why:
        return _refused(stored.read(str(why)), 429 if why.later else FAILED_BESIDE_US, why.hint)
    response = HttpResponse(spoken.wav, content_type="audio/wav")
    response["Cache-Control"] = "private, no-store"
    response["X-Spoken-Voice"] = spoken.voice
    response["X-Spoken-By-Stand-In"] = "1" if spoken.stand_in else "0"
    return response


def _refused(error: str, status: int, hint: str = "") -> HttpResponse:
    told = _("For who looks after Ringwell: %(hint)s") % {"hint": hint} if hint else ""
    return JsonResponse({"error": error, "hint": told}, status=status)
