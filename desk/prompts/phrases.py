"""The phrase test: which phrases of a language a recogniser understands, and which collide."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget

from calls import phrasing, voicing
from calls.conversation.trying import Verdict
from calls.conversation.vocabulary import CHOICE_STEPS, Step
from calls.models import PhraseResult, PhraseTrial
from config import clock
from desk import stored
from desk.prompts.groups import meaning_of
from desk.prompts.versions import language_title
from desk.prompts.views import Room, address
from desk.wording import STEPS, language_and_place
from reminders.models import Clinic

COLOURS = {
    Verdict.WAITING: "",
    Verdict.UNDERSTOOD: "success",
    Verdict.COLLIDES: "danger",
    Verdict.MISTAKEN: "danger",
    Verdict.NOT_UNDERSTOOD: "warning",
    Verdict.FAILED: "warning",
}


class PhrasesForm(forms.Form):
    """In which of the clinic's tags of this language, and which question."""

    tag = forms.ChoiceField(widget=UnfoldAdminSelectWidget())
    step = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget())

    def __init__(self, tags: Iterable[str], data: Any = None) -> None:
        super().__init__(data)
        questions = [(step.value, STEPS[step]) for step in CHOICE_STEPS]
        self._choose("tag", _("Voice of"), [(tag, language_and_place(tag)) for tag in tags])
        self._choose("step", _("Question"), [("", _("All that the calls ask")), *questions])

    def _choose(self, name: str, label: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.label, field.choices = label, choices


@dataclass(frozen=True)
class Row:
    """One phrase as the page tells it."""

    result: PhraseResult
    title: str
    verdict: str
    colour: str
    others: str


@dataclass(frozen=True)
class Answer:
    """The phrases of one answer."""

    title: str
    rows: list[Row]

    @property
    def understood(self) -> int:
        """How many of them."""
        return sum(row.result.verdict == Verdict.UNDERSTOOD for row in self.rows)


@dataclass(frozen=True)
class Run:
    """One run with its results, told."""

    trial: PhraseTrial
    answers: list[Answer]
    is_outdated: bool

    @property
    def rows(self) -> list[Row]:
        """All phrases."""
        return [row for answer in self.answers for row in answer.rows]

    def _count(self, *verdicts: Verdict) -> int:
        return sum(row.result.verdict in verdicts for row in self.rows)

    @property
    def tried(self) -> int:
        """Phrases that have come back, one way or another."""
        return len(self.rows) - self._count(Verdict.WAITING)

    @property
    def understood(self) -> int:
        """Phrases that are heard as what they should mean."""
        return self._count(Verdict.UNDERSTOOD)

    @property
    def failed(self) -> int:
        """Phrases of which nothing is known, since the service failed."""
        return self._count(Verdict.FAILED)

    @property
    def problems(self) -> list[Row]:
        """What a person should look at, in the order of the answers."""
        fine = (Verdict.UNDERSTOOD, Verdict.WAITING)
        tried = (row for row in self.rows if row.result.verdict not in fine)
        return [row for row in tried if row.result.code != phrasing.NOT_ASKED]

    @property
    def not_asked(self) -> list[Row]:
        """What was left out after failures."""
        return [row for row in self.rows if row.result.code == phrasing.NOT_ASKED]

    @property
    def question(self) -> str:
        """Which question was tried; empty for all."""
        return STEPS[self.trial.step] if self.trial.step else ""

    @property
    def place(self) -> str:
        """The language and its country."""
        return language_and_place(self.trial.locale)


def _verdicts() -> dict[str, str]:
    return {
        Verdict.WAITING: _("waits"),
        Verdict.UNDERSTOOD: _("understood"),
        Verdict.COLLIDES: _("means two things"),
        Verdict.MISTAKEN: _("means something else"),
        Verdict.NOT_UNDERSTOOD: _("not understood"),
        Verdict.FAILED: _("service failed"),
    }


def _title(label: str) -> str:
    return meaning_of(label)


def _row(result: PhraseResult, verdicts: dict[str, str]) -> Row:
    return Row(
        result=result,
        title=_title(result.label),
        verdict=verdicts[result.verdict],
        colour=COLOURS[Verdict(result.verdict)],
        others=", ".join(map(_title, result.others)),
    )


def _told(trial: PhraseTrial, fingerprint: str) -> Run:
    verdicts = _verdicts()
    answers = [
        Answer(_title(label), [_row(result, verdicts) for result in results])
        for label, results in phrasing.by_answer(list(trial.results.all())).items()
    ]
    return Run(trial, answers, is_outdated=trial.fingerprint != fingerprint)


class TryingRoom(Room):
    """One request about the phrases of one language of one clinic."""

    @property
    def page(self) -> str:
        """This page."""
        return address(self.clinic, self.base, "prompts_phrases")

    def runs(self) -> list[PhraseTrial]:
        """Those that are kept of this language, the newest first, with their counts."""
        counted = PhraseTrial.objects.filter(clinic=self.clinic, language=self.base).annotate(
            count=Count("results"),
            understood=Count("results", filter=Q(results__verdict=Verdict.UNDERSTOOD)),
        )
        return list(counted.defer("script").order_by("-pk"))

    def shown(self, runs: list[PhraseTrial]) -> Run | None:
        """The run that was asked for, else the newest."""
        wanted = self.request.GET.get("run", "")
        if wanted and wanted not in {str(run.pk) for run in runs}:
            raise Http404(_("There is no such run."))
        trial = next((run for run in runs if wanted in ("", str(run.pk))), None)
        return _told(trial, self.wordings.pack.fingerprint) if trial else None

    def latest(self) -> list[dict[str, Any]]:
        """The newest run of each of the clinic's languages."""
        found: dict[str, PhraseTrial] = {}
        trials = (
            PhraseTrial.objects.filter(clinic=self.clinic)
            .defer("script")
            .annotate(
                count=Count("results"),
                understood=Count("results", filter=Q(results__verdict=Verdict.UNDERSTOOD)),
            )
        )
        for trial in trials.order_by("pk"):
            found[trial.language] = trial
        return [
            {
                "name": language_title(base),
                "link": address(self.clinic, base, "prompts_phrases"),
                "trial": found.get(base),
                "is_current": base == self.base,
            }
            for base in self.bases
        ]

    def show_runs(self, form: PhrasesForm) -> HttpResponse:
        """The page, or the part of it that renews itself."""
        runs = self.runs()
        run = self.shown(runs)
        part = f"{self.page}&{urlencode({'part': 1} | ({'run': run.trial.pk} if run else {}))}"
        context = admin.site.each_context(self.request) | {
            "title": _("Phrases of %(clinic)s") % {"clinic": self.clinic},
            "opts": Clinic._meta,
            "original": self.clinic,
            "clinic": self.clinic,
            "language": self.name,
            "latest": self.latest(),
            "form": form,
            "run": run,
            "runs": runs,
            "speaker": voicing.service(),
            "may_change": self.may_change,
            "is_busy": any(each.is_open for each in runs),
            "part": part,
            "links": {
                "prompts": self.here,
                "page": self.page,
                "stop": address(self.clinic, self.base, "prompts_phrases_stop"),
            },
        }
        only = "part" in self.request.GET
        template = "desk/prompts/run.html" if only else "desk/prompts/phrases.html"
        return TemplateResponse(self.request, template, context)

    def start(self) -> HttpResponse:
        """Queue a run."""
        if not self.may_change:
            raise PermissionDenied
        form = PhrasesForm(self.wordings.tags, self.request.POST)
        if form.is_valid():
            step = form.cleaned_data["step"]
            try:
                phrasing.start(
                    self.clinic,
                    form.cleaned_data["tag"],
                    Step(step) if step else None,
                    by=self.request.user.get_username(),
                    now=clock.now(),
                )
            except phrasing.Refused as refused:
                form.add_error(None, stored.read(str(refused)))
            else:
                return redirect(self.page)
        return self.show_runs(form)


def phrases(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """Show, or start."""
    room = TryingRoom(request, clinic)
    if request.method == "POST":
        return room.start()
    return room.show_runs(PhrasesForm(room.wordings.tags))


def stop_phrases(request: HttpRequest, clinic: Clinic) -> HttpResponse:
    """The button: what is not tried yet is left."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    room = TryingRoom(request, clinic)
    if not room.may_change:
        raise PermissionDenied
    for trial in room.runs():
        if phrasing.stop(trial, clock.now()):
            room.tell(_("Stopped. What was tried until then is kept."), messages.INFO)
    return redirect(room.page)
