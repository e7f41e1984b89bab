"""The door for calendars, which cannot sign in: the secret in the address is the key."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import conditional_page, require_safe

from config import clock
from desk.feeds import calendar
from reminders.models import CalendarFeed


@require_safe
@conditional_page
def feed(request: HttpRequest, practitioner_id: int, token: str) -> HttpResponse:
    """The calendar; 304 where nothing has changed; 404 for a wrong secret as for none."""
    found, now = CalendarFeed.find(practitioner_id, token), clock.now()
    if found is None:
        raise Http404
    found.was_read(now)
    visits = calendar.visits_of(found.practitioner, now)
    # No Last-Modified: a visit that another practitioner took over leaves no time behind. What
    # has not changed is known by the ETag of the bytes.
    return HttpResponse(
        calendar.written(found, visits, calendar.last_changes(visits, found.made_at)),
        content_type="text/calendar; charset=utf-8",
        headers={"Cache-Control": "private, no-cache"},
    )
