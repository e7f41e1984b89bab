"""Phone numbers: who shares one, and what forbids calling it (R15)."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldBooleanSwitchWidget

from config import clock
from desk import opting, reach, seeing
from desk.base import Desk, admin_url, column
from desk.exports import lists
from desk.patients import TROUBLE_COLOURS, number_trouble
from desk.questions import Question
from reminders import phones, planning
from reminders.consenting import OlderThanOptOut, opt_in
from reminders.models import Patient, PhoneNumber, Suppression

#: The switch of the form -> the column that keeps since when.
FLAGS = {
    "quarantined": "wrong_number_at",
    "reassigned": "reassigned_at",
    "invalid": "invalid_at",
}


def _switch(label: Any, text: Any) -> forms.BooleanField:
    return forms.BooleanField(
        label=label, help_text=text, required=False, widget=UnfoldBooleanSwitchWidget
    )


class NumberForm(forms.ModelForm):  # type: ignore[type-arg]
    """Flags as switches; the row keeps since when each is set."""

    quarantined = _switch(
        gettext_lazy("Wrong number"), gettext_lazy("Somebody else answers here: not called.")
    )
    reassigned = _switch(
        gettext_lazy("Reassigned"),
        gettext_lazy("The number belongs to somebody else now: not called."),
    )
    invalid = _switch(
        gettext_lazy("No such number"),
        gettext_lazy("The telephone network knows no such number: not called."),
    )

    class Meta:
        model = PhoneNumber
        fields = ("kind", "facility_line")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for switch, column_name in FLAGS.items():
            since: datetime | None = getattr(self.instance, column_name)
            self.initial[switch] = since is not None
            if since and switch in self.fields:
                day = date_format(since, _("j M Y"))
                told = self.fields[switch].help_text
                self.fields[switch].help_text = f"{told} " + _("Since %(day)s.") % {"day": day}


class Blocked(Question):
    """Which numbers are not rung, and why."""

    title = gettext_lazy("Which numbers need a look?")
    parameter_name = "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every flag, and the doubtful ones."""
        return [
            ("quarantined", _("Wrong number")),
            ("reassigned", _("Reassigned")),
            ("invalid", _("No such number")),
            ("stopped", _("Asked for no calls")),
            ("facility", _("Room line of a facility")),
            ("doubtful", _("In no known range")),
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

    nothing_yet = gettext_lazy("No numbers yet. A number is entered with its patient.")
    form = NumberForm
    list_display = ("masked", "kind", "shared", "trouble")
    list_filter = (Blocked,)
    search_fields = ("patients__name",)
    search_help_text = gettext_lazy("Phone number, its last four digits, or a patient's name")
    number_path = ""
    exported = lists.NUMBERS
    change_form_outer_before_template = "desk/number/consent.html"
    ordering = ("-pk",)
    fields = ("shown", "kind", "facility_line", *FLAGS, "shared", "known", "stopped")
    readonly_fields = ("shown", "shared", "known", "stopped")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A number is entered with its patient."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhoneNumber]:
        """With how many patients share it, and whether it is opted out."""
        stopped = Suppression.objects.filter(keyed_hash=OuterRef("keyed_hash"))
        # A subquery of each row shown; a join would group the whole table.
        sharing = (
            reach.patients(request.user).filter(number=OuterRef("pk")).order_by().values("number")
        )
        people = Subquery(sharing.annotate(n=Count("pk")).values("n"))
        rows = super().get_queryset(request)
        rows = rows.annotate(people=Coalesce(people, 0), opted=Exists(stopped))
        return cast("QuerySet[PhoneNumber]", rows)

    def reachable(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """A number belongs to whoever its patients belong to."""
        return rows if reach.is_everywhere(user) else rows.filter(pk__in=reach.numbers(user))

    def searched_people(self, request: HttpRequest) -> QuerySet[Patient] | None:
        """The names of one's own patients: a shared number tells of nobody else."""
        everywhere = reach.is_everywhere(request.user)
        return None if everywhere else reach.patients(request.user)

    @column(gettext_lazy("Number"))
    def masked(self, row: PhoneNumber) -> str:
        """R16."""
        return phones.masked(row.e164)

    @column(gettext_lazy("Number"))
    def shown(self, row: PhoneNumber) -> str:
        """On its own page: whole for who may read it."""
        return seeing.whole_number(row, row.patients.values_list("pk", flat=True))

    @column(gettext_lazy("Patients"), order="people")
    def shared(self, row: PhoneNumber) -> int:
        """How many share it."""
        return int(row.people)  # type: ignore[attr-defined]

    @column(gettext_lazy("In the way"), colours=TROUBLE_COLOURS)
    def trouble(self, row: PhoneNumber) -> str:
        """Why it is not called."""
        return number_trouble(row, stopped=row.opted)  # type: ignore[attr-defined]

    @column(gettext_lazy("Digits"))
    def known(self, row: PhoneNumber) -> str:
        """A data-quality hint; it blocks nothing."""
        return (
            _("In no known range of its country: please check") if row.doubtful else _("Plausible")
        )

    @column(gettext_lazy("Opt-out"))
    def stopped(self, row: PhoneNumber) -> str:
        """Only a new consent lifts it."""
        return _("Asked for no calls") if row.opted else _("None")  # type: ignore[attr-defined]

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

    # -- opting back in

    def get_urls(self) -> Any:
        """Django's, and the button."""
        return [self.button("consent", self.consent), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the opt-out and the consents above the form."""
        if (number := kwargs.get("obj")) is not None:
            context |= opting.shown(number, request, clock.now())
        return super().render_change_form(request, context, *args, **kwargs)

    def consent(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Somebody agrees to calls again: who, how, when, and to what."""
        number: PhoneNumber = self.wanted(request, object_id, change=False)
        if not request.user.has_perm(opting.PERMISSION):
            raise PermissionDenied
        now, zone = clock.now(), opting.zone_of_house()
        sent = request.POST if request.method == "POST" else None
        form = opting.ConsentForm(now, zone, sent)
        if form.is_valid():
            try:
                opt_in(number, form.given(), now, by=request.user.get_username())
            except OlderThanOptOut as older:
                form.refuse(older.stopped_at)
            else:
                self.log_change(request, number, "New consent")
                self.message_user(request, _("This number may be called again."), messages.SUCCESS)
                return redirect(admin_url(number))
        title = _("A new consent")
        return self.page(
            request,
            number,
            "desk/number/opt_in.html",
            title=title,
            form=form,
            back=admin_url(number),
        )
