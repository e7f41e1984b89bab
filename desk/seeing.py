"""Names and numbers as a person of staff may see them, and the record of who saw them (R16).

Without the permission ``see_names`` a name is told by its initials. Whoever has
it reads names in full, and each look is kept: one row for each page, download
or part of a page, written when it has been answered.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import PurePath
from typing import Any, cast

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from config import clock
from desk import viewer
from reminders import phones
from reminders.models import AccessLog, Patient, PhoneNumber
from reminders.models.access import AccessKind

SEE_NAMES = "reminders.see_names"
SEE_NUMBERS = "reminders.see_numbers"
#: Pages that a browser reads again by itself, every few seconds: staying on
#: one is one look, as long as nobody new appears.
READ_AGAIN = {
    "admin:today",
    "admin:calendar_feed",
    "admin:schedule_check",
    "admin:schedule_patients",
}
LOOK = timedelta(minutes=15)


def may_see_names(request: HttpRequest | None) -> bool:
    """Whether the person behind a request reads names in full."""
    return request is not None and request.user.has_perm(SEE_NAMES)


def name(patient: Patient, request: HttpRequest | None = None) -> str:
    """The patient's name as this person may see it. A sight in full is recorded."""
    request = request or viewer.request()
    if request is None or not may_see_names(request):
        return patient.masked_name
    _seen(request).add(patient.pk)
    return patient.name


def voice_name(patient: Patient, request: HttpRequest | None = None) -> str:
    """What the patient is called on the phone, under the same rule."""
    full = name(patient, request)
    return patient.voice_name if full == patient.name else full


def number(number: PhoneNumber, request: HttpRequest | None = None) -> str:
    """Masked: lists and exports never show a whole number."""
    return phones.masked(number.e164)


def whole_number(
    number: PhoneNumber, patients: Iterable[int], request: HttpRequest | None = None
) -> str:
    """On the number's own page, or its patient's: whole for whoever may read it."""
    request = request or viewer.request()
    if request is None or not request.user.has_perm(SEE_NUMBERS):
        return phones.masked(number.e164)
    _seen(request).update(patients)
    request.saw_numbers = True  # type: ignore[attr-defined]
    return number.e164


def words(text: str, patients: Iterable[Patient], request: HttpRequest | None = None) -> str:
    """Something said in a call; the names in it are told as this person may see them."""
    people = list(patients)
    request = request or viewer.request()
    if may_see_names(request):
        for patient in people:
            name(patient, request)
        return text
    parts = {part for row in people for part in (*row.name.split(), *row.spoken_name.split())}
    for part in sorted(parts, key=len, reverse=True):
        whole_word = rf"(?<!\w){re.escape(part)}(?!\w)"
        text = re.sub(whole_word, f"{part[0]}••", text, flags=re.IGNORECASE)
    return text


def file_name(name: str, request: HttpRequest | None = None) -> str:
    """What somebody called a file, which may be a patient's name; else its kind alone."""
    if may_see_names(request or viewer.request()):
        return name
    return f"•••{PurePath(name).suffix}"


def record(request: HttpRequest, what: str, patients: Iterable[int]) -> None:
    """Keep who saw which patients by name, and where: ``what`` names the page or export.

    Whoever shows names through :func:`name` need not call this; it is for pages
    that read names by other ways.
    """
    if not may_see_names(request):
        return
    _seen(request).update(patients)
    request.looked_at = what  # type: ignore[attr-defined]


def _seen(request: HttpRequest) -> set[int]:
    seen: set[int] | None = getattr(request, "seen_patients", None)
    if seen is None:
        seen = request.seen_patients = set()  # type: ignore[attr-defined]
    return seen


class RecordSights:
    """Middleware: who is looking, while it is answered; what they saw, once it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and write down what was shown."""
        with viewer.answering(request):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            # Its rows are read while it is being sent.
            content = cast("Iterator[bytes]", response.streaming_content)
            response.streaming_content = _recorded(request, response, content)
        elif response.status_code < 400:
            _write(request, response)
        return response


def _recorded(
    request: HttpRequest, response: StreamingHttpResponse, content: Iterator[Any]
) -> Iterator[Any]:
    try:
        yield from content
    finally:
        _write(request, response)


def _write(request: HttpRequest, response: HttpResponseBase) -> None:
    seen: set[int] | None = getattr(request, "seen_patients", None)
    if not seen:
        return
    is_file = response.has_header("Content-Disposition")
    match = request.resolver_match
    page = getattr(request, "looked_at", "") or (match.view_name if match else "")
    actor, now = f"staff {request.user.get_username()}", clock.now()
    if page in READ_AGAIN:
        seen -= AccessLog.seen_since(now - LOOK, actor, page)
    AccessLog.keep(
        actor,
        AccessKind.EXPORT if is_file else AccessKind.PAGE,
        page,
        seen,
        now,
        numbers=getattr(request, "saw_numbers", False),
    )
