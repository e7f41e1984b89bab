"""What the buttons of the work list do; who was second is told so."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import clock
from desk.wording import WORK
from desk.worklist.forms import DoneForm, GiveForm, NoteForm
from reminders.models import WorkItem
from reminders.models.workitem import Undo


def _who(request: HttpRequest) -> str:
    return str(request.user.get_username())


def _tell_how_it_is(request: HttpRequest, item: WorkItem) -> None:
    """Somebody was faster: say who has it, or did it."""
    now_is = WorkItem.objects.select_related("owner").get(pk=item.pk)
    if now_is.done_at is not None:
        told = _("Somebody did this already: %(who)s.") % {"who": now_is.done_by}
    elif now_is.owner is not None:
        told = _("%(who)s has taken this meanwhile.") % {"who": now_is.owner.get_username()}
    else:
        told = _("Nobody has this any more.")
    messages.warning(request, told)


def take(request: HttpRequest, item: WorkItem) -> None:
    """It is mine, where nobody was faster."""
    if item.take(request.user, clock.now()):
        messages.success(request, _("Yours: %(what)s.") % {"what": WORK[item.kind]})
    else:
        _tell_how_it_is(request, item)


def give(request: HttpRequest, item: WorkItem) -> GiveForm | None:
    """To whom the form says; the form where it makes no sense."""
    form = GiveForm(request.POST)
    if not form.is_valid():
        return form
    to, was = form.cleaned_data["to"], form.cleaned_data["was"]
    if not item.give(to, clock.now(), by=_who(request), was=was):
        _tell_how_it_is(request, item)
    elif to:
        messages.success(request, _("Given to %(who)s.") % {"who": to.get_username()})
    else:
        messages.success(request, _("It is nobody's now."))
    return None


def done(request: HttpRequest, item: WorkItem) -> DoneForm | None:
    """It is done, with what came of it; the form where it makes no sense."""
    form = DoneForm(item.kind, request.POST)
    if not form.is_valid():
        return form
    said = form.cleaned_data
    if item.finish(clock.now(), by=_who(request), result=said["result"], text=said["text"]):
        messages.success(
            request,
            _("Done: %(what)s. It can be taken back for a day, under Done.")
            % {"what": WORK[item.kind]},
        )
    else:
        _tell_how_it_is(request, item)
    return None


_UNDONE: dict[Undo, Any] = {
    Undo.UNDONE: (messages.SUCCESS, gettext_lazy("It stands on the list again.")),
    Undo.TOO_LATE: (messages.WARNING, gettext_lazy("This cannot be taken back any more.")),
    Undo.STANDS_AGAIN: (
        messages.WARNING,
        gettext_lazy("The same stands on the list already, for a new reason."),
    ),
}


def undo(request: HttpRequest, item: WorkItem) -> None:
    """Done was wrong."""
    level, text = _UNDONE[item.undo(clock.now(), by=_who(request))]
    messages.add_message(request, level, text)


def note(request: HttpRequest, item: WorkItem) -> NoteForm | None:
    """A line for who comes next; the form where it says nothing."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return form
    item.write_note(form.cleaned_data["text"], clock.now(), by=_who(request))
    messages.success(request, _("The note is kept."))
    return None
