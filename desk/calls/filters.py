"""The questions one asks of a list of calls."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calls.models import CallAttempt, CallEvent, Recognition
from calls.models.event import EventState
from config import clock
from desk import reach, stored
from desk.local import clinic_zones, on_days
from desk.questions import Question
from desk.wording import CALL_STATUS, OUTCOMES, language_and_place

Calls = QuerySet[CallAttempt]
#: Azure's own words; it may send others, which the page of a call shows as they are.
SENTIMENTS = ("positive", "neutral", "negative", "mixed")
DAYS: dict[str, tuple[int | None, int | None]] = {
    "today": (0, 1),
    "yesterday": (-1, 0),
    "week": (-6, 1),
}


class WhenCalled(Question):
    """Days of the clinic."""

    title = gettext_lazy("When?")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The last days."""
        return [("today", _("Today")), ("yesterday", _("Yesterday")), ("week", _("Last 7 days"))]

    def queryset(self, request: HttpRequest, queryset: Calls) -> Calls:
        """By when it was queued, which every call was."""
        days = DAYS.get(self.value() or "")
        if days is None:
            return queryset
        return queryset.filter(on_days("queued_at", *days, clock.now(), clinic_zones()))


class HowEnded(Question):
    """The outcome."""

    title = gettext_lazy("How did it end?")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Strongest first, as the vocabulary has them."""
        return [(str(outcome), words) for outcome, words in OUTCOMES.items() if outcome]

    def queryset(self, request: HttpRequest, queryset: Calls) -> Calls:
        """By outcome."""
        return queryset.filter(outcome=self.value()) if self.value() else queryset


class IsItOver(Question):
    """The status of the line."""

    title = gettext_lazy("Is it over?")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every status, and all that are not over."""
        return [("open", _("Under way")), *CALL_STATUS.items()]

    def queryset(self, request: HttpRequest, queryset: Calls) -> Calls:
        """By status."""
        if self.value() == "open":
            return queryset.exclude(status="ended")
        return queryset.filter(status=self.value()) if self.value() else queryset


class InWhichLanguage(Question):
    """What the patient spoke, as Azure heard it."""

    title = gettext_lazy("In which language did they answer?")
    parameter_name = "language"
    costly = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The languages of the clinics: no other is listened for."""
        spoken = reach.clinics(request.user).order_by().values_list("languages", flat=True)
        tags = sorted({tag for tags in spoken for tag in tags})
        return [(tag, language_and_place(tag)) for tag in tags]

    def queryset(self, request: HttpRequest, queryset: Calls) -> Calls:
        """By any answer of the call."""
        if not self.value():
            return queryset
        heard = Recognition.objects.filter(attempt=OuterRef("pk"), language=self.value())
        return queryset.filter(Exists(heard))


class HowDidTheySound(Question):
    """The sentiment of any answer."""

    title = gettext_lazy("How did they sound?")
    parameter_name = "sentiment"
    costly = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Azure's words."""
        return [(word, stored.read(word).capitalize()) for word in SENTIMENTS]

    def queryset(self, request: HttpRequest, queryset: Calls) -> Calls:
        """By any answer of the call."""
        if not self.value():
            return queryset
        heard = Recognition.objects.filter(attempt=OuterRef("pk"), sentiment=self.value())
        return queryset.filter(Exists(heard))


class WasItUnderstood(Question):
    """Did Ringwell make sense of all that Azure sent?"""

    title = gettext_lazy("Did Ringwell understand Azure?")
    parameter_name = "events"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Where "Handle again" may help."""
        return [("open", _("No: events left to handle"))]

    def queryset(self, request: HttpRequest, queryset: Calls) -> Calls:
        """By events that were stored and not taken in."""
        if self.value() != "open":
            return queryset
        left = CallEvent.objects.filter(UNHANDLED, attempt=OuterRef("pk"))
        return queryset.filter(Exists(left))


class WasItARehearsal(Question):
    """Calls by which staff tried the texts out."""

    title = gettext_lazy("Was it a rehearsal?")
    parameter_name = "rehearsal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Real calls, or the others."""
        return [("no", _("No")), ("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: Calls) -> Calls:
        """By whether there was a patient."""
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(rehearsal=self.value() == "yes")


#: Stored and never taken in, or failed when tried.
UNHANDLED = Q(state__in=[EventState.STORED, EventState.FAILED])
