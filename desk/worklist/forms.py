"""What one says when something is done, noted, or given to somebody."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from reminders.models.workitem import WorkKind, WorkResult

RESULTS: dict[str, Any] = {
    WorkResult.SPOKE: _("Spoke to them"),
    WorkResult.CONFIRMED: _("They are coming"),
    WorkResult.CANCELLED: _("They are not coming"),
    WorkResult.MOVED: _("Another time was agreed"),
    WorkResult.SLOT_GIVEN: _("The slot was given away"),
    WorkResult.MENDED: _("Number or data mended"),
    WorkResult.NOT_REACHED: _("Could not reach them"),
    WorkResult.NOTHING: _("Nothing needed doing"),
}
_PATIENT = (
    WorkResult.SPOKE,
    WorkResult.CONFIRMED,
    WorkResult.CANCELLED,
    WorkResult.MOVED,
    WorkResult.NOT_REACHED,
)
#: What can come of a kind; of the others, what can come of ringing the patient.
_OF_KIND: dict[str, tuple[WorkResult, ...]] = {
    WorkKind.SLOT_FREE: (WorkResult.SLOT_GIVEN, WorkResult.MOVED),
    WorkKind.WRONG_NUMBER: (WorkResult.MENDED, WorkResult.NOT_REACHED),
    WorkKind.INVALID_NUMBER: (WorkResult.MENDED, WorkResult.NOT_REACHED),
    WorkKind.IDENTITY: (WorkResult.MENDED, *_PATIENT),
    WorkKind.BAD_DATA: (WorkResult.MENDED,),
    WorkKind.PROVIDER_DOWN: (WorkResult.MENDED,),
    WorkKind.DECEASED: (WorkResult.CANCELLED, WorkResult.MENDED, WorkResult.NOT_REACHED),
}


def results_of(kind: str) -> list[tuple[str, Any]]:
    """What can come of this kind of work."""
    words = (*_OF_KIND.get(kind, _PATIENT), WorkResult.NOTHING)
    return [(str(result), RESULTS[result]) for result in words]


class DoneForm(forms.Form):
    """What came of it."""

    result = forms.ChoiceField(
        label=_("What came of it?"), widget=UnfoldAdminSelectWidget, required=False
    )
    text = forms.CharField(
        label=_("Anything to add?"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        max_length=1000,
        required=False,
    )

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        result = self.fields["result"]
        assert isinstance(result, forms.ChoiceField)
        result.choices = [("", _("Choose…")), *results_of(kind)]


class NoteForm(forms.Form):
    """For who comes next."""

    text = forms.CharField(
        label=_("Note"), widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}), max_length=1000
    )


def hands() -> QuerySet[Any]:
    """Who can be given work: staff who may change it."""
    may = Permission.objects.filter(
        codename="change_workitem", content_type__app_label="reminders"
    ).values("pk")
    can = Q(is_superuser=True) | Q(user_permissions__in=may) | Q(groups__permissions__in=may)
    users = get_user_model().objects.filter(is_active=True, is_staff=True)
    return users.filter(can).distinct().order_by("username")


class GiveForm(forms.Form):
    """To whom; ``was`` is whose it was when the page was opened."""

    to: Any = forms.ModelChoiceField(
        label=_("Give it to"),
        queryset=None,
        required=False,
        empty_label=_("Nobody"),
        widget=UnfoldAdminSelectWidget,
    )
    was = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.queryset = hands()
