"""The questions one asks of a list of visits."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import clock
from desk import reach
from desk.local import clinic_zones, on_days
from desk.questions import DefaultedQuestion, Question
from desk.wording import ANSWERS, WHY, open_statuses, status_label
from reminders.models import Appointment, Practitioner
from reminders.policy.vocabulary import Answer, AppointmentStatus, Reason

#: Days of the clinic, today being 0: [first, after).
DAYS: dict[str, tuple[int | None, int | None]] = {
    "coming": (0, None),
    "today": (0, 1),
    "tomorrow": (1, 2),
    "week": (0, 7),
    "past": (None, 0),
}


class When(DefaultedQuestion):
    """The front desk looks ahead; a search looks everywhere."""

    title = gettext_lazy("When?")
    parameter_name = "when"
    default = "coming"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """From today on, unless something else is asked for."""
        return [
            ("coming", _("From today on")),
            ("today", _("Today")),
            ("tomorrow", _("Tomorrow")),
            ("week", _("Next 7 days")),
            ("past", _("Past")),
            ("all", _("Any time")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> QuerySet[Appointment]:
        """By the days of each clinic's own zone."""
        days = DAYS.get(self.value())
        if days is None:
            return queryset
        return queryset.filter(on_days("starts_at", *days, clock.now(), clinic_zones()))


class HasAnswered(Question):
    """The question of the day."""

    title = gettext_lazy("Who has not answered?")
    parameter_name = "answered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Not yet, or what they said."""
        return [
            ("no", _("Not answered yet")),
            *(
                (str(a), _("Answered: %(answer)s") % {"answer": ANSWERS[a].lower()})
                for a in Answer
                if a
            ),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> QuerySet[Appointment]:
        """Without an answer means: of a visit that is still to be answered for."""
        if self.value() == "no":
            return queryset.filter(answer="", status=AppointmentStatus.SCHEDULED)
        return queryset.filter(answer=self.value()) if self.value() else queryset


class WillBeCalled(Question):
    """Is anything going to happen by itself?"""

    title = gettext_lazy("Will be called?")
    parameter_name = "called"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Yes, no, or waiting."""
        return [
            ("yes", _("Yes")),
            ("today", _("Today")),
            ("due", _("Is due and waits")),
            ("no", _("No")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> QuerySet[Appointment]:
        """By the plan."""
        match self.value():
            case "yes":
                return queryset.filter(next_call_at__isnull=False)
            case "today":
                return queryset.filter(
                    on_days("next_call_at", None, 1, clock.now(), clinic_zones())
                )
            case "due":
                return queryset.filter(next_call_at__lte=clock.now())
            case "no":
                return queryset.filter(next_call_at=None)
        return queryset


class WhyNot(Question):
    """The reason of each visit that is not called, or waits."""

    title = gettext_lazy("Why not called?")
    parameter_name = "why"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Everything but the plain reminder."""
        plain = (Reason.TOUCH, Reason.RETRY, Reason.CALL_NOW)
        return [(str(reason), WHY[reason]) for reason in Reason if reason not in plain]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> QuerySet[Appointment]:
        """By the reason of the plan."""
        return queryset.filter(next_call_reason=self.value()) if self.value() else queryset


class Status(Question):
    """The visit itself."""

    title = gettext_lazy("What became of the visit?")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every status."""
        words = [(str(status), status_label(status)) for status in AppointmentStatus]
        return [("open", _("Scheduled or confirmed")), *words]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> QuerySet[Appointment]:
        """By status."""
        if self.value() == "open":
            return queryset.filter(status__in=open_statuses())
        return queryset.filter(status=self.value()) if self.value() else queryset


class WithWhom(Question):
    """The practitioners of the chosen clinic, or of all while they are few."""

    title = gettext_lazy("With whom?")
    parameter_name = "practitioner"
    MOST = 60

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """By name."""
        people = reach.within(Practitioner.objects.order_by("name"), request.user)
        clinic = request.GET.get("clinic", "")
        if clinic.isdecimal():
            people = people.filter(clinic=int(clinic))
        return [(str(pk), name) for pk, name in people.values_list("pk", "name")[: self.MOST]]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Appointment]
    ) -> QuerySet[Appointment]:
        """By practitioner; what is no number is nobody."""
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(practitioner=int(value)) if value.isdecimal() else queryset.none()
