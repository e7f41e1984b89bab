"""Administrators say which systems are told, and see how each message went."""

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from calls.webhooks import delivering
from desk.models import StaffProfile
from reminders.models import Appointment, Clinic, WebhookEndpoint, WebhookMessage, WebhookTry
from reminders.models.webhook import HookEvent
from tests.calls.receiving import answering, listening, make_endpoint
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import errors, fill_in, page, told

HOOK = {"name": "Practice system", "url": "https://clinic.example/hook", "is_on": "on"}
ADD = "/admin/reminders/webhookendpoint/add/"


@pytest.fixture
def visit(clinic: Clinic, now: object) -> Appointment:
    return make_appointment(clinic, make_patient(name="Zenobia Quillfeather"), external_id="a1")


def given_up(visit: Appointment) -> WebhookMessage:
    """A message for an endpoint that said it is gone."""
    with listening(answering(410)) as url:
        make_endpoint(url)
        WebhookMessage.write(HookEvent.CALL_ENDED, visit, TUESDAY)
        delivering.deliver_due(lambda: TUESDAY)
    return WebhookMessage.objects.get()


def test_the_secret_is_shown_once_and_kept_in_no_session(desk: Client) -> None:
    shown = desk.post(ADD, HOOK | {"on_answered": "on"})
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret.startswith("whsec_")
    assert endpoint.secret in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    pages = (page("reminders_webhookendpoint", endpoint), ADD.removesuffix("add/"))
    for url in (*pages, page("reminders_webhookendpoint", endpoint, "history")):
        assert endpoint.secret not in desk.get(url).content.decode()
    assert not [s for s in Session.objects.all() if endpoint.secret in str(s.get_decoded())]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "http://clinic.example/hook"}, "url"),
        ({"url": "https://user:word@clinic.example/"}, "url"),
        ({"on_answered": ""}, "on_answered"),
    ],
)
def test_what_cannot_be_sent_to_is_not_saved(
    desk: Client, wrong: dict[str, str], field: str
) -> None:
    assert list(errors(desk.post(ADD, HOOK | {"on_answered": "on"} | wrong))) == [field]
    assert not WebhookEndpoint.objects.exists()


def test_the_log_tells_each_try_and_nobodys_name(desk: Client, visit: Appointment) -> None:
    message = given_up(visit)
    for url in (
        page("reminders_webhookmessage", action="changelist"),
        page("reminders_webhookmessage", message),
    ):
        shown = desk.get(url).content.decode()
        assert "HTTP 410" in shown
        assert "Given up" in shown
        assert "Quillfeather" not in shown


def test_states_keep_their_colours_in_spanish(desk: Client, visit: Appointment) -> None:
    message = given_up(visit)
    # A request leaves its language to the thread: this takes it back.
    with translation.override("es"):
        for row, words in ((message, "Given up"), (message.endpoint, "Gone: switched off")):
            url = page(f"reminders_{row._meta.model_name}", action="changelist")
            shown = desk.get(url, headers={"Accept-Language": "es"}).content.decode()
            translation.activate("es")
            assert re.search(rf"bg-red-100[^>]*>\s*{gettext(words)}\s*<", shown)


def test_a_failing_webhook_stands_on_today_until_it_is_mended(
    desk: Client, visit: Appointment
) -> None:
    given_up(visit)
    endpoint = WebhookEndpoint.objects.get()
    [text] = [strip.text for strip in strips(desk) if "webhook" in strip.text]
    assert "gone" in text
    fill_in(desk, page("reminders_webhookendpoint", endpoint), is_on="on")
    assert not [strip for strip in strips(desk) if "webhook" in strip.text]


def strips(client: Client) -> list[object]:
    shown: list[object] = client.get("/admin/").context["strips"]
    return shown


def test_a_message_is_sent_again_by_a_button(desk: Client, visit: Appointment) -> None:
    message = given_up(visit)
    button = page("reminders_webhookmessage", message, "send_again")
    with listening(answering(204)) as url:
        WebhookEndpoint.objects.update(url=url, is_on=True)
        assert "within seconds" in told(desk.post(button))
        assert "already" in told(desk.post(button))
        delivering.deliver_due(lambda: TUESDAY)
    assert list(WebhookTry.objects.values_list("status", flat=True)) == [410, 204]
    message.refresh_from_db()
    assert message.state == "delivered"


def test_who_may_only_read_sends_nothing(
    sign_in: Callable[..., Client], visit: Appointment
) -> None:
    message = given_up(visit)
    auditor = sign_in("view_webhookmessage")
    assert auditor.get(page("reminders_webhookmessage", message)).status_code == 200
    auditor.post(page("reminders_webhookmessage", message, "send_again"))
    message.refresh_from_db()
    assert message.state == "given_up"


def test_who_works_at_some_clinics_makes_and_sees_none(
    sign_in: Callable[..., Client], visit: Appointment
) -> None:
    message = given_up(visit)
    client = sign_in(
        *(f"{may}_webhookendpoint" for may in ("view", "add", "change")), "view_webhookmessage"
    )
    StaffProfile.objects.update(everywhere=False)
    assert client.get(ADD).status_code == 403
    for row in (message, message.endpoint):
        url = page(f"reminders_{row._meta.model_name}", row)
        assert client.get(url)["Location"] == "/admin/"
