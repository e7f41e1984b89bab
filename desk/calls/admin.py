"""The list of calls and the page of one. Facts: nobody edits them."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from calls import acting, hearing
from calls.models import CallAttempt, CallEvent, CallVisit, Recognition
from config import clock
from desk import seeing, stored
from desk.base import Desk, admin_url, back_to, column
from desk.calls import evidence
from desk.calls.asked import CallBegunIn, OnWhichDays, WasItTaken
from desk.calls.dossier import PERMISSION, dossier
from desk.calls.filters import (
    UNHANDLED,
    HowDidTheySound,
    HowEnded,
    InWhichLanguage,
    IsItOver,
    WasItARehearsal,
    WasItUnderstood,
    WhenCalled,
)
from desk.calls.page import CallPage
from desk.calls.recordings import Panel, Recordings
from desk.exports import lists
from desk.heard import patients_of, telling, told_in
from desk.local import told
from desk.paging import CostlierPaginator
from desk.prompts.views import address
from desk.questions import WhichClinic
from desk.remembering import offer_of, remember
from desk.vocabulary import Colours
from desk.wording import (
    CALL_STATUS,
    CALL_STATUS_COLOURS,
    OUTCOME_COLOURS,
    OUTCOMES,
    SENTIMENT_COLOURS,
    language_name,
)
from reminders import phones

#: What a person may do who may look after calls, though nobody may edit one.
HANDLE = "calls.change_callattempt"
REMEMBER = "reminders.change_patient"


def handle_again(attempts: QuerySet[CallAttempt]) -> tuple[int, int]:
    """Take in what was stored and never understood: (handled, failed again)."""
    now, handled, failed = clock.now(), 0, 0
    left = CallEvent.objects.filter(UNHANDLED, attempt__in=attempts).order_by("pk")
    for event in list(left.select_related("attempt")):
        try:
            hearing.hear(event, now)
        except Exception:
            # Logged and kept with the event by hearing; the others still count.
            failed += 1
        else:
            handled += 1
            acting.act(event.attempt_id, now)
    return handled, failed


def _heading(attempt: CallAttempt) -> str:
    if attempt.is_open:
        return CALL_STATUS[attempt.status]
    return _("Rehearsal") if attempt.rehearsal else _("Call")


#: What came of a call, or where its line is.
BECAME_COLOURS = Colours(OUTCOME_COLOURS | CALL_STATUS_COLOURS)


@admin.register(CallAttempt)
class CallAttemptAdmin(Recordings, Desk):
    """What rang, how it ended, and what was heard."""

    nothing_yet = gettext_lazy(
        "No call yet. Ringwell calls by itself when it is time; each visit tells when that is."
    )
    list_display = (
        "started",
        "patient",
        "clinic",
        "became",
        "phrase",
        "spoken",
        "sentiment",
    )
    list_display_links = ("started", "patient")
    list_select_related = ("number", "clinic")
    list_filter = (
        WhenCalled,
        HowEnded,
        IsItOver,
        WhichClinic,
        InWhichLanguage,
        HowDidTheySound,
        WasItUnderstood,
        WasItARehearsal,
        OnWhichDays,
        CallBegunIn,
        WasItTaken,
    )
    chips = WhenCalled
    search_fields = ("visits__appointment__patient__name", "call_connection_id__startswith")
    search_help_text = gettext_lazy("Patient, call id, phone number or its last four digits")
    number_path = "number"
    exported = lists.CALLS
    ordering = ("-queued_at", "-pk")
    costly_paginator = CostlierPaginator
    actions = ("handle_selected_again",)
    change_form_outer_before_template = "desk/call/top.html"
    change_form_outer_after_template = "desk/call/page.html"
    # -- nobody edits

    def heading(self, request: HttpRequest, row: CallAttempt) -> str:
        """``call 1f0c93ab``, as in logs, in the reader's language."""
        return _("call %(id)s") % {"id": str(row.pk)[:8]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Calls are made by calling."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A call is a fact."""
        return False

    def has_handle_permission(self, request: HttpRequest) -> bool:
        """Taking in events again is no edit, and not for everybody."""
        return bool(request.user.has_perm(HANDLE))

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallAttempt]:
        """With what each row tells, in a constant number of queries."""
        rows = super().get_queryset(request).select_related("number", "clinic")
        about = CallVisit.objects.select_related("appointment__patient", "appointment__clinic")
        rows = rows.prefetch_related("recognitions", Prefetch("visits", about))
        return cast("QuerySet[CallAttempt]", rows)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the call's own id too."""
        try:
            return queryset.filter(Q(pk=UUID(search_term.strip()))), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    # -- columns

    @column(gettext_lazy("Started"), order="queued_at")
    def started(self, row: CallAttempt) -> str:
        """When it was dialled, on the clinic's wall."""
        return told(row.started_at or row.queued_at, row.clinic.zone, clock.now())

    @column(gettext_lazy("Patient"))
    def patient(self, row: CallAttempt) -> str:
        """Whose visits it was about, and the number, masked (R16)."""
        masked = phones.masked(row.number.e164)
        return format_html("{}<br><small>{}</small>", patients_of(row), masked)

    @column(gettext_lazy("Outcome"), order="outcome", colours=BECAME_COLOURS)
    def became(self, row: CallAttempt) -> str:
        """What came of it; while nothing has, where the line is."""
        return OUTCOMES[row.outcome] or CALL_STATUS[row.status]

    def _telling(self, row: CallAttempt) -> Recognition | None:
        return telling(row.recognitions.all())

    @column(gettext_lazy("Heard"))
    def phrase(self, row: CallAttempt) -> str:
        """The answer that says most."""
        return told_in(row.recognitions.all())[:60] or "–"

    @column(gettext_lazy("Language"))
    def spoken(self, row: CallAttempt) -> str:
        """What they spoke; before that, what they are spoken to in."""
        heard = self._telling(row)
        return language_name(heard.language if heard and heard.language else row.language) or "–"

    @column(gettext_lazy("Sentiment (Azure, preview)"), colours=SENTIMENT_COLOURS)
    def sentiment(self, row: CallAttempt) -> str:
        """How they sounded, in Azure's word: a preview feature."""
        heard = self._telling(row)
        return stored.read(heard.sentiment) if heard else ""

    # -- the page and its button

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """No form: the page is all ours, see CallPage. It tells what Django's would
        tell, without the secret, and in the clinic's time."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With what was heard, said and received."""
        if (attempt := kwargs.get("obj")) is not None:
            page = CallPage(attempt, clock.now())
            self._keep_look(request, attempt)
            context |= {
                "attempt": attempt,
                "outcome": OUTCOMES[attempt.outcome] or _("No outcome yet"),
                "colour": OUTCOME_COLOURS.get(OUTCOMES[attempt.outcome], ""),
                "heading": f"{_heading(attempt)}, {self.started(attempt)}",
                "visits": page.visits(),
                "fallback": page.fallback(),
                "prompts": address(attempt.clinic),
                "offer": offer_of(attempt) if request.user.has_perm(REMEMBER) else None,
                "facts": page.facts(),
                "heard": page.heard(),
                "said": page.said(),
                "events": page.events(),
                "decided": evidence.decided(attempt, page.now),
                "lookers": evidence.lookers(attempt, page.now),
                "may_download": request.user.has_perm(PERMISSION),
                "can_handle": self.has_handle_permission(request)
                and attempt.events.filter(UNHANDLED).exists(),
                "zone": attempt.clinic.time_zone,
            }
            context |= Panel(attempt, request, clock.now()).context()
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def get_urls(self) -> list[URLPattern]:
        """Django's, and the buttons."""
        own = [
            self.button("handle-again", self.handle_one_again),
            self.button("remember", self.remember),
            *self.recording_urls(),
            self.button("dossier", self.dossier),
        ]
        return own + cast("list[URLPattern]", super().get_urls())

    def remember(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The language that the patient answered in is theirs from now on."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(REMEMBER):
            raise PermissionDenied
        attempt = self.wanted(request, object_id, change=False)
        if (offer := offer_of(attempt)) is None:
            self.message_user(request, _("There is nothing to remember any more."), messages.INFO)
        else:
            remember(offer)
            done = _("%(name)s is called in %(language)s from now on.") % {
                "name": seeing.name(offer.patient, request),
                "language": offer.language,
            }
            self.message_user(request, done, messages.SUCCESS)
        return back_to(request, admin_url(attempt))

    def dossier(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The call as a file; who downloaded it is kept."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        attempt = self.wanted(request, object_id, change=False)
        self._keep_look(request, attempt)
        response = JsonResponse(
            dossier(CallPage(attempt, clock.now())),
            json_dumps_params={"indent": 2, "ensure_ascii": False},
        )
        response["Content-Disposition"] = f'attachment; filename="call-{attempt.pk}.json"'
        return response

    def _keep_look(self, request: HttpRequest, attempt: CallAttempt) -> None:
        patients = {visit.appointment.patient_id for visit in attempt.visits.all()}
        seeing.record(request, evidence.page_name(attempt), patients)

    def handle_one_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The events of one call."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        attempt = self.wanted(request, object_id, change=False)
        if not self.has_handle_permission(request):
            raise PermissionDenied
        self._report(request, *handle_again(CallAttempt.objects.filter(pk=attempt.pk)))
        return redirect(admin_url(attempt))

    @admin.action(description=gettext_lazy("Handle again"), permissions=["handle"])
    def handle_selected_again(self, request: HttpRequest, chosen: QuerySet[CallAttempt]) -> None:
        """The events of the chosen calls; what was handled stays as it is."""
        self._report(request, *handle_again(CallAttempt.objects.filter(pk__in=chosen.values("pk"))))

    def _report(self, request: HttpRequest, handled: int, failed: int) -> None:
        if not handled and not failed:
            self.message_user(request, _("There was nothing left to handle."), messages.INFO)
        if handled:
            words = ngettext(
                "Handled again: %(count)s event.", "Handled again: %(count)s events.", handled
            )
            self.message_user(request, words % {"count": handled}, messages.SUCCESS)
        if failed:
            words = ngettext(
                "Still not understood: %(count)s event.",
                "Still not understood: %(count)s events.",
                failed,
            )
            self.message_user(request, words % {"count": failed}, messages.ERROR)
