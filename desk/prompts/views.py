"""The page of one language of a clinic, and what is done there."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from calls import recordings, rehearsing, scripting, voicing
from calls.conversation import linting, wording
from calls.conversation.wording import Pack
from calls.models import CallProfile
from config import clock
from desk import reach
from desk.base import admin_url
from desk.prompts.aloud import hear_words, known_lengths
from desk.prompts.form import PromptsForm, example_values
from desk.prompts.missed import missed
from desk.prompts.trial import TrialForm
from desk.prompts.versions import (
    Changes,
    Stale,
    Wordings,
    approve,
    errors_of,
    language_title,
    save,
)
from desk.wording import language_and_place
from reminders.models import Clinic

APPROVE = "calls.add_promptapproval"
CALL = "calls.add_callattempt"
CHANGE = "reminders.change_clinic"


@dataclass(frozen=True)
class Tab:
    """One language of the clinic, to be chosen."""

    base: str
    name: str
    link: str
    state: str
    is_current: bool
    is_draft: bool


def address(clinic: Clinic, base: str = "", name: str = "prompts") -> str:
    """The page, or one of its buttons, for a language."""
    url = reverse(f"admin:reminders_clinic_{name}", args=[clinic.pk])
    return f"{url}?{urlencode({'language': base})}" if base else url


def index(request: HttpRequest) -> HttpResponse:
    """From the menu: to the only clinic, or to a choice among them."""
    if not request.user.has_perm("reminders.view_clinic") and not request.user.has_perm(CHANGE):
        raise PermissionDenied
    clinics = list(reach.clinics(request.user).prefetch_related("approvals", "wordings"))
    if len(clinics) == 1:
        return redirect(address(clinics[0]))
    context = admin.site.each_context(request) | {
        "title": _("Prompts"),
        "clinics": [(clinic, _tabs(clinic, "")) for clinic in clinics],
    }
    return TemplateResponse(request, "desk/prompts/index.html", context)


def _bases(clinic: Clinic) -> list[str]:
    """The clinic's languages that there are texts for, each once, in its order."""
    return list(
        dict.fromkeys(
            base for tag in clinic.languages if (base := wording.base(tag)) in wording.packs()
        )
    )


def _state(clinic: Clinic, base: str, spoken: dict[str, scripting.Spoken], newest: Pack) -> str:
    if base not in spoken:
        return _("Not approved")
    waits = spoken[base].pack.fingerprint != newest.fingerprint
    return _("A newer version waits") if waits else _("Approved")


def _tabs(clinic: Clinic, current: str) -> list[Tab]:
    spoken, versions = scripting.spoken(clinic), scripting.versions(clinic)
    return [
        Tab(
            base=base,
            name=language_title(base),
            link=address(clinic, base),
            state=_state(clinic, base, spoken, versions[base][0]),
            is_current=base == current,
            is_draft=not wording.packs()[base].reviewed,
        )
        for base in _bases(clinic)
    ]


class Room:
    """One request about one language of one clinic."""

    def __init__(self, request: HttpRequest, clinic: Clinic) -> None:
        self.request, self.clinic = request, clinic
        self.bases = bases = _bases(clinic)
        if not bases:
            raise Http404(_("There are no texts in any language of this clinic."))
        self.base = request.GET.get("language") or bases[0]
        if self.base not in bases:
            raise Http404(_("There are no texts in this language."))
        self.wordings = Wordings(clinic, self.base)
        self.profile = CallProfile.of(clinic)
        self.may_change = request.user.has_perm(CHANGE)
        self.name = language_title(self.base)

    @property
    def here(self) -> str:
        """This page."""
        return address(self.clinic, self.base)

    def tell(self, text: str, level: int = messages.SUCCESS) -> None:
        """A message on the next page."""
        messages.add_message(self.request, level, text)

    def form(self, *sent: Any) -> PromptsForm:
        """The form, empty or as sent."""
        return PromptsForm(self.wordings, self.profile, *sent, may_change=self.may_change)

    def show(self, form: PromptsForm, trial: TrialForm | None = None) -> HttpResponse:
        """The page."""
        newest, history = self.wordings.pack, self.wordings.history()
        spoken = next((version for version in history if version.is_spoken), None)
        faults = errors_of(self.clinic, self.base, newest)
        form.heard = known_lengths(self.wordings, self.profile)
        to_add = missed(self.request, self.clinic, self.base, newest.phrases)
        if to_add and to_add.field and not form.is_bound:
            form.offer(to_add.field, to_add.words)
        context = admin.site.each_context(self.request) | {
            "title": _("Prompts of %(clinic)s") % {"clinic": self.clinic},
            "opts": Clinic._meta,
            "original": self.clinic,
            "clinic": self.clinic,
            "zone": self.clinic.zone,
            "base": self.base,
            "language": self.name,
            "tabs": _tabs(self.clinic, self.base),
            "unknown": [tag for tag in self.clinic.languages if _has_no_texts(tag)],
            "form": form,
            "missed": to_add,
            "sections": form.sections(),
            "values": example_values(newest),
            "path": list(linting.PATH),
            "seconds": linting.path_seconds(newest),
            "most_seconds": linting.MOST_SECONDS,
            "most_characters": linting.MOST_CHARACTERS,
            "spoken": spoken,
            "newest": history[0],
            "waits": spoken is None or spoken.fingerprint != history[0].fingerprint,
            "faults": faults,
            "history": history,
            "is_draft": not newest.reviewed,
            "may_change": self.may_change,
            "may_approve": self.request.user.has_perm(APPROVE),
            "links": {
                name: address(self.clinic, self.base, f"prompts_{name}")
                for name in ("approve", "restore", "call", "hear", "phrases")
            },
            "tags": [(tag, language_and_place(tag)) for tag in self.wordings.tags],
            "speaker": voicing.service(),
            "hear_words": hear_words(),
            "trial": trial or TrialForm(self.wordings.tags),
            "may_call": self.request.user.has_perm(CALL),
            "digits": rehearsing.digits_asked(self.clinic),
        }
        return TemplateResponse(self.request, "desk/prompts/page.html", context)

    def save(self) -> HttpResponse:
        """Store what differs as a new version, or say at each field what is wrong."""
        if not self.may_change:
            raise PermissionDenied
        form = self.form(self.request.POST, self.request.FILES)
        if form.is_valid():
            form.blame(errors_of(self.clinic, self.base, self._as_heard(form)))
        if form.is_valid():
            try:
                made = self._store(form)
            except Stale as stale:
                form.add_error(None, str(stale))
            else:
                self._report(made)
                return redirect(self.here)
        return self.show(form)

    def _as_heard(self, form: PromptsForm) -> Pack:
        return form.changes().onto(self.wordings.shipped)

    @transaction.atomic
    def _store(self, form: PromptsForm) -> tuple[bool, bool]:
        now, by = clock.now(), self.request.user.get_username()
        kept = {
            key: recordings.keep(self.clinic, content, name=name, by=by, now=now)
            for key, name, content in form.uploads()
        }
        seen = form.cleaned_data["version"]
        new = save(self.wordings, form.changes(kept), seen=seen, by=by, now=now)
        voices = form.voices()
        other_voice = voices != self.profile.voices
        if other_voice:
            self.profile.voices = voices
            self.profile.save()
        return new, other_voice

    def _report(self, made: tuple[bool, bool]) -> None:
        new, other_voice = made
        if new:
            self.tell(_("Saved as a new version. It is spoken once somebody has approved it."))
        if other_voice:
            self.tell(_("The voice is changed from the next call on."))
        if not new and not other_voice:
            self.tell(_("Nothing was changed, so nothing is saved."), messages.INFO)

    def approve(self) -> HttpResponse:
        """This person lets the version they have read be spoken."""
        if not self.request.user.has_perm(APPROVE):
            raise PermissionDenied
        sent = self.request.POST
        if errors_of(self.clinic, self.base, self.wordings.pack):
            self.tell(_("Mend what is wrong with these texts first."), messages.ERROR)
        elif not self.wordings.shipped.reviewed and sent.get("draft") != "on":
            words = _("This is a draft translation: tick that somebody who speaks it has read it.")
            self.tell(words, messages.ERROR)
        else:
            self._approve(sent.get("fingerprint", ""))
        return redirect(self.here)

    def _approve(self, fingerprint: str) -> None:
        by, now = self.request.user.get_username(), clock.now()
        try:
            new = approve(self.clinic, self.base, fingerprint=fingerprint, by=by, now=now)
        except Stale as stale:
            self.tell(str(stale), messages.ERROR)
        else:
            if new:
                words = _("%(language)s is approved; the next call speaks these words.")
                self.tell(words % {"language": self.name})
            else:
                self.tell(_("This version was approved already."), messages.INFO)

    def restore(self) -> HttpResponse:
        """An older version, or the shipped texts, as the newest once more."""
        if not self.may_change:
            raise PermissionDenied
        wanted = self.request.POST.get("restore", "")
        row = next((row for row in self.wordings.rows if str(row.pk) == wanted), None)
        if row is None and wanted != "0":
            raise Http404(_("There is no such version."))
        try:
            new = save(
                self.wordings,
                Changes.of(row),
                seen=self.wordings.newest_pk,
                by=self.request.user.get_username(),
                now=clock.now(),
            )
        except Stale as stale:
            self.tell(str(stale), messages.ERROR)
        else:
            if new:
                self.tell(_("It is the newest version once more."))
            else:
                self.tell(_("This is the newest version already."), messages.INFO)
        return redirect(self.here)

    def call(self) -> HttpResponse:
        """A rehearsal of the newest texts on a telephone of theirs."""
        if not self.request.user.has_perm(CALL):
            raise PermissionDenied
        trial = TrialForm(self.wordings.tags, self.request.POST)
        if trial.is_valid():
            attempt = trial.call(self.clinic, self.request.user.get_username())
            if attempt is not None:
                self.tell(_("Your telephone rings within seconds."))
                return redirect(admin_url(attempt))
        return self.show(self.form(), trial)


def _has_no_texts(tag: str) -> bool:
    return wording.base(tag) not in wording.packs()


def prompts(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """Show, or save."""
    room = Room(request, clinic)
    return room.save() if request.method == "POST" else room.show(room.form())


def approve_prompts(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """The button."""
    return Room(request, clinic).approve() if request.method == "POST" else _by_post()


def restore_prompts(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """The buttons of the history."""
    return Room(request, clinic).restore() if request.method == "POST" else _by_post()


def call_prompts(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """The test call."""
    return Room(request, clinic).call() if request.method == "POST" else _by_post()


def _by_post() -> HttpResponse:
    return HttpResponseNotAllowed(["POST"])
