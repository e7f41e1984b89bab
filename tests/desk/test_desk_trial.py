"""“Call me with these texts”: checked at the number, marked everywhere, counted nowhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from calls.conversation import wording
from calls.models import CallAttempt, CallProfile, ClinicWording
from reminders.models import Clinic, PhoneNumber
from tests.conftest import TUESDAY
from tests.desk.conftest import hear, make_call, make_visits, page, phone, told

CLINIC, CALL = "reminders_clinic", "calls_callattempt"
MINE = phone(199)


def url(clinic: Clinic, base: str = "en") -> str:
    return f"{page(CLINIC, clinic, 'prompts_call')}?language={base}"


def ask(
    client: Client, clinic: Clinic, number: str = MINE, tag: str = "en-US", base: str = "en"
) -> HttpResponse:
    return client.post(url(clinic, base), {"call-phone": number, "call-tag": tag})


def rehearsal(clinic: Clinic, **columns: Any) -> CallAttempt:
    """One that is over."""
    [visit] = make_visits(clinic, 1)
    attempt = make_call(visit, rehearsal=True, **columns)
    attempt.visits.all().delete()
    return attempt


def test_a_test_call_is_queued_and_leads_to_its_page(desk: Client, clinic: Clinic) -> None:
    response = ask(desk, clinic, "+1 (212) 555-0199", "es-US", "es")
    attempt = CallAttempt.objects.get()
    assert response["Location"] == page(CALL, attempt)
    assert "rings within seconds" in told(response)
    assert (attempt.rehearsal, attempt.number.e164, attempt.language) == (True, MINE, "es-US")
    shown = desk.get(page(CALL, attempt)).content.decode()
    assert "A rehearsal with an invented patient" in shown
    assert "asked for by dana" in shown
    assert MINE not in shown


@pytest.mark.parametrize("number", ["", "555-0199", "+1212", "hello"])
def test_a_number_that_is_none_is_an_error_of_its_field(
    desk: Client, clinic: Clinic, number: str
) -> None:
    response = ask(desk, clinic, number)
    assert response.status_code == 200
    assert response.context["trial"].errors["phone"]
    assert not CallAttempt.objects.exists()
    assert not PhoneNumber.objects.exists()


def test_only_languages_of_the_page_are_offered(desk: Client, clinic: Clinic) -> None:
    assert ask(desk, clinic, tag="fr-FR").context["trial"].errors["tag"]


def test_a_refusal_is_told_at_the_number(desk: Client, clinic: Clinic) -> None:
    PhoneNumber.obtain(MINE).suppress(TUESDAY, source="letter")
    response = ask(desk, clinic)
    assert "asked us to stop calling" in str(response.context["trial"].errors["phone"])
    assert MINE in response.content.decode()
    assert not CallAttempt.objects.exists()


def test_the_page_says_what_is_spoken_and_what_follows(desk: Client, clinic: Clinic) -> None:
    shown = desk.get(page(CLINIC, clinic, "prompts")).content.decode()
    assert "changes no appointment" in shown
    assert "not approved yet" not in shown
    ClinicWording.objects.create(
        clinic=clinic, language="en", texts={"thanks": "Bye."}, made_by="dana", made_at=TUESDAY
    )
    CallProfile.objects.create(clinic=clinic, identity_level=2, pin_digits=6)
    shown = desk.get(page(CLINIC, clinic, "prompts")).content.decode()
    assert "not approved yet" in shown
    assert "key in <strong>123456</strong>" in shown


def test_a_rehearsal_is_in_no_report_and_no_figure_of_today(desk: Client, clinic: Clinic) -> None:
    attempt = rehearsal(clinic)
    hear(attempt, "confirm it")
    figures = {f.name: f.count for f in desk.get("/admin/").context["figures"]}
    assert (figures["Calls today"], figures["Confirmed"]) == (0, 0)
    report = desk.get("/admin/reports/").context
    assert report["is_empty"]
    assert "confirm it" not in desk.get("/admin/reports/phrases.csv").content.decode()
    listed = desk.get(page(CALL, action="changelist"))
    assert "Rehearsal" in listed.content.decode()
    for asked, count in (("yes", 1), ("no", 0)):
        rows = desk.get(page(CALL, action="changelist"), {"rehearsal": asked}).context["cl"]
        assert len(rows.result_list) == count


def test_test_calls_are_a_permission_of_their_own(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    client = sign_in("view_clinic", "change_clinic")
    assert "Call me</button>" not in client.get(page(CLINIC, clinic, "prompts")).content.decode()
    assert ask(client, clinic).status_code == 403
    assert client.get(url(clinic)).status_code == 405
    assert not CallAttempt.objects.exists()


def test_an_unapproved_draft_may_be_tried(desk: Client, clinic: Clinic) -> None:
    Clinic.objects.update(languages=["en-US", "fr-FR"])
    assert not wording.packs()["fr"].reviewed
    ask(desk, clinic, tag="fr-FR", base="fr")
    assert CallAttempt.objects.get().script["languages"][0] == "fr-FR"
