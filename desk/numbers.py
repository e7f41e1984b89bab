"""Phone numbers: who shares one, and what forbids calling it (R15)."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.widgets import UnfoldBooleanSwitchWidget

from config import clock
from desk.base import Desk, column
from desk.patients import TROUBLE_COLOURS, number_trouble
from desk.questions import Question
from reminders import phones, planning
from reminders.models import Patient, PhoneNumber, Suppression

#: The switch of the form -> the column that keeps since when.
FLAGS = {
    "quarantined": "wrong_number_at",
    "reassigned": "reassigned_at",
    "invalid": "invalid_at",
}


def _switch(label: str, text: str) -> forms.BooleanField:
    return forms.BooleanField(
        label=label, help_text=text, required=False, widget=UnfoldBooleanSwitchWidget
    )


class NumberForm(forms.ModelForm):  # type: ignore[type-arg]
    """Flags as switches; the row keeps since when each is set."""

    quarantined = _switch("Wrong number", "Somebody else answers here: not called.")
    reassigned = _switch("Reassigned", "The number belongs to somebody else now: not called.")
    invalid = _switch("No such number", "The telephone network knows no such number: not called.")

    class Meta:
        model = PhoneNumber
        fields = ("kind", "facility_line")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for switch, column_name in FLAGS.items():
            since: datetime | None = getattr(self.instance, column_name)
            self.initial[switch] = since is not None
            if since and switch in self.fields:
                self.fields[switch].help_text += f" Since {since:%d %b %Y}."


class Blocked(Question):
    """Which numbers are not rung, and why."""

    title = "Which numbers need a look?"
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every flag, and the doubtful ones."""
        return [
            ("quarantined", "Wrong number"),
            ("reassigned", "Reassigned"),
            ("invalid", "No such number"),
            ("stopped", "Asked for no calls"),
            ("facility", "Room line of a facility"),
            ("doubtful", "In no known range"),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[PhoneNumber]
    ) -> QuerySet[PhoneNumber]:
        """By flag."""
        chosen = self.value()
        if chosen in FLAGS:
            return queryset.filter(**{f"{FLAGS[chosen]}__isnull": False})
        flags = {
            "stopped": Q(opted=True),
            "facility": Q(facility_line=True),
            "doubtful": Q(doubtful=True),
        }
        return queryset.filter(flags.get(chosen or "", Q()))


@admin.register(PhoneNumber)
class PhoneNumberAdmin(Desk):
    """Numbers come with patients; here is what is known of them."""

    form = NumberForm
    list_display = ("masked", "kind", "shared", "trouble")
    list_filter = (Blocked,)
    # Django shows a search box only for a list with search fields; what is
    # typed there is matched as a number, see Desk.get_search_results.
    search_fields = ("patients__name",)
    search_help_text = "Phone number, its last four digits, or a patient's name"
    number_path = ""
    ordering = ("-pk",)
    fields = ("masked", "kind", "facility_line", *FLAGS, "shared", "known", "stopped")
    readonly_fields = ("masked", "shared", "known", "stopped")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A number is entered with its patient."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhoneNumber]:
        """With how many patients share it, and whether it is opted out."""
        stopped = Suppression.objects.filter(keyed_hash=OuterRef("keyed_hash"))
        # A subquery of each row shown; a join would group the whole table.
        sharing = Patient.objects.filter(number=OuterRef("pk")).order_by().values("number")
        people = Subquery(sharing.annotate(n=Count("pk")).values("n"))
        rows = super().get_queryset(request)
        rows = rows.annotate(people=Coalesce(people, 0), opted=Exists(stopped))
        return cast("QuerySet[PhoneNumber]", rows)

    @column("Number")
    def masked(self, row: PhoneNumber) -> str:
        """R16."""
        return phones.masked(row.e164)

    @column("Patients", order="people")
    def shared(self, row: PhoneNumber) -> int:
        """How many share it."""
        return int(row.people)  # type: ignore[attr-defined]

    @column("In the way", colours=TROUBLE_COLOURS)
    def trouble(self, row: PhoneNumber) -> str:
        """Why it is not called."""
        return number_trouble(row, stopped=row.opted)  # type: ignore[attr-defined]

    @column("Digits")
    def known(self, row: PhoneNumber) -> str:
        """A data-quality hint; it blocks nothing."""
        return "In no known range of its country: please check" if row.doubtful else "Plausible"

    @column("Opt-out")
    def stopped(self, row: PhoneNumber) -> str:
        """Only a new consent lifts it."""
        return "Asked for no calls" if row.opted else "None"  # type: ignore[attr-defined]

    def save_model(
        self,
        request: HttpRequest,
        obj: PhoneNumber,
        form: Any,
        change: bool,
    ) -> None:
        """Set or lift flags, and plan every visit that this number is rung for."""
        now = clock.now()
        for switch, column_name in FLAGS.items():
            if switch in form.changed_data:
                setattr(obj, column_name, now if form.cleaned_data[switch] else None)
        obj.save()
        planning.number_changed(obj, now)
