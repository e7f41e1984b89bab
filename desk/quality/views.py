"""The page of data quality: every kind with its count, the rows of one of them."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from config import clock
from desk.quality.kinds import KINDS

#: Rows shown of a kind; who has more begins with these.
MOST = 100
#: Counted no further: more is a job for the system that the data comes from.
MOST_COUNTED = 10_000


def quality(request: HttpRequest) -> HttpResponse:
    """What a person may see of it; each kind is one query, however many rows it has."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET"])
    kinds = [kind for kind in KINDS if request.user.has_perm(kind.permission)]
    if not kinds:
        raise PermissionDenied
    now = clock.now()
    counts = {
        kind.name: kind.find(request.user, now)
        .order_by()
        .prefetch_related(None)
        .values("pk")[:MOST_COUNTED]
        .count()
        for kind in kinds
    }
    asked = request.GET.get("kind", "")
    chosen = next((kind for kind in kinds if kind.name == asked), None)
    chosen = chosen or next((kind for kind in kinds if counts[kind.name]), None)
    rows = list(chosen.find(request.user, now)[:MOST]) if chosen else []
    context = {
        "title": _("Data quality"),
        "kinds": [(kind, counts[kind.name]) for kind in kinds],
        "chosen": chosen,
        "rows": [chosen.show(row, request, now) for row in rows] if chosen else [],
        "count": counts[chosen.name] if chosen else 0,
        "most": MOST,
        "most_counted": MOST_COUNTED,
    }
    page = admin.site.each_context(request) | context
    return TemplateResponse(request, "desk/quality/quality.html", page)
