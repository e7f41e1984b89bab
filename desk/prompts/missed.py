"""Words that patients said and nobody had foreseen, brought to the choices by a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from calls import reported
from calls.conversation.wording import base as base_of
from calls.models import Recognition
from desk import reach
from desk.prompts.groups import meaning_of
from desk.wording import STEPS
from reminders.models import Clinic

ANY = "any"


@dataclass(frozen=True)
class Missed:
    """Words, and the answers that they may be added to."""

    words: str
    step: str
    #: The form's field that they were put into; empty while nobody has chosen one.
    field: str
    answers: list[tuple[str, str, bool]]


def missed(
    request: HttpRequest, clinic: Clinic, base: str, phrases: Mapping[str, Mapping[str, Any]]
) -> Missed | None:
    """What ``?heard=`` names by its row, so that no words stand in an address; None for
    nothing, for another clinic's or another language's words, and for words that were
    erased since."""
    pk = request.GET.get("heard", "")
    if not pk.isdecimal() or not request.user.has_perm("calls.view_callattempt"):
        return None
    rows = reach.within(reported.heard(), request.user, "attempt__clinic")
    row = rows.filter(reported.not_understood_words(), attempt__clinic=clinic, pk=int(pk))
    heard: Recognition | None = row.select_related("attempt").first()
    if heard is None or base_of(heard.attempt.language) != base:
        return None
    words = " ".join((heard.speech or heard.phrase).split()).lower().strip(" .!?")
    chosen = request.GET.get("as", "")
    places = [(step, label) for step in (heard.step, ANY) for label in phrases.get(step, {})]
    return Missed(
        words=words,
        step=STEPS.get(heard.step, heard.step),
        field=next((f"phrases-{s}-{la}" for s, la in places if f"{s}.{la}" == chosen), ""),
        answers=[
            (
                meaning_of(label),
                _address(clinic, base, pk, f"{step}.{label}"),
                f"{step}.{label}" == chosen,
            )
            for step, label in places
        ],
    )


def _address(clinic: Clinic, base: str, heard: str, chosen: str) -> str:
    query = urlencode({"language": base, "heard": heard, "as": chosen})
    return f"{reverse('admin:reminders_clinic_prompts', args=[clinic.pk])}?{query}#missed"
