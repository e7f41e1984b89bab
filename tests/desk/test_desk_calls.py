"""The calls: read-only, without secrets, and "Handle again"."""

from typing import Any

import pytest
from django.test import Client

from calls.models import CallAttempt, CallEvent
from reminders.models import Clinic
from tests.conftest import make_appointment, make_patient
from tests.desk.conftest import hear, make_call, make_event, page, phone, told

CALL = "calls_callattempt"


@pytest.fixture
def attempt(clinic: Clinic) -> CallAttempt:
    patient = make_patient("p1", phone(150), language="es-US")
    return make_call(make_appointment(clinic, patient), language="es-US")


def test_a_row_tells_what_was_heard_and_how_it_sounded(desk: Client, attempt: CallAttempt) -> None:
    hear(attempt, "sí", step="right_party", label="Yes", language="es-US", sentiment="neutral")
    hear(attempt, "confirmo", language="es-US")
    shown = desk.get(page(CALL, action="changelist")).content.decode()
    for words in ("“confirmo”", "Spanish", "positive", "Confirmed", "+1••••••0150", "14:00"):
        assert words in shown


def test_the_page_tells_the_whole_call(desk: Client, attempt: CallAttempt) -> None:
    hear(attempt, "confirmo", language="es-US")
    attempt.actions.create(
        kind="ask",
        created_at=attempt.queued_at,
        state="done",
        payload={
            "prompts": [{"text": "¿Habla Ana?"}],
            "listen": {"choices": [{"label": "Yes", "phrases": ["sí"], "tone": "one"}]},
        },
    )
    shown = desk.get(page(CALL, attempt)).content.decode()
    for words in ("“confirmo”", "93%", "¿Habla Ana?", "Listens for: Yes", "Tue 17 Nov 14:00:08"):
        assert words in shown


def test_keys_are_shown_as_they_stand_on_the_phone(desk: Client, attempt: CallAttempt) -> None:
    hear(attempt, "", tones=["one", "asterisk"], label="", input_type="dtmf")
    assert "key 1 *" in desk.get(page(CALL, attempt)).content.decode()


def test_events_are_pretty_cut_and_without_secret_or_number(
    desk: Client, attempt: CallAttempt
) -> None:
    make_event(
        attempt,
        {
            "targetParticipant": {"rawId": "4:+12125550150"},
            "callbackUri": f"https://ringwell.example/callbacks/{attempt.pk}/{attempt.secret}",
        },
    )
    make_event(attempt, {"long": "x" * 9000})
    shown = desk.get(page(CALL, attempt)).content.decode()
    assert "4:+1••••••0150" in shown
    assert attempt.secret not in shown
    assert "+12125550150" not in shown
    assert "… cut here" in shown
    assert "x" * 4001 not in shown


def test_words_of_a_patient_are_no_markup(desk: Client, attempt: CallAttempt) -> None:
    hear(attempt, "<script>alert(1)</script>")
    for url in (page(CALL, attempt), page(CALL, action="changelist"), "/admin/", "/admin/reports/"):
        assert "<script>alert(1)" not in desk.get(url).content.decode()


def test_nobody_adds_changes_or_deletes_a_call(desk: Client, attempt: CallAttempt) -> None:
    assert desk.get("/admin/calls/callattempt/add/").status_code == 403
    assert desk.get(page(CALL, attempt, "delete")).status_code == 403
    assert desk.post(page(CALL, attempt), {"outcome": "cancelled"}).status_code == 403
    assert desk.post(page(CALL, attempt, "delete"), {"post": "yes"}).status_code == 403
    attempt.refresh_from_db()
    assert attempt.outcome == "confirmed"


@pytest.mark.parametrize("model", ["appointment", "patient", "phonenumber", "clinic"])
def test_nobody_deletes_what_calls_were_about(
    desk: Client, attempt: CallAttempt, model: str
) -> None:
    visit = attempt.visits.get().appointment
    rows = {
        "appointment": visit,
        "patient": visit.patient,
        "phonenumber": attempt.number,
        "clinic": attempt.clinic,
    }
    url = page(f"reminders_{model}", rows[model], "delete")
    assert desk.post(url, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"outcome": "confirmed"}, True),
        ({"outcome": "cancelled"}, False),
        ({"status": "ended"}, True),
        ({"status": "open"}, False),
        ({"language": "es-US"}, True),
        ({"language": "en-US"}, False),
        ({"sentiment": "positive"}, True),
        ({"sentiment": "negative"}, False),
        ({"when": "today"}, True),
        ({"when": "yesterday"}, False),
        ({"events": "open"}, False),
        ({"q": "0150"}, True),
        ({"q": "ortiz"}, True),
        ({"q": "nobody"}, False),
    ],
)
def test_the_questions_pick_the_right_calls(
    desk: Client, attempt: CallAttempt, query: dict[str, str], found: bool
) -> None:
    hear(attempt, "sí", step="right_party", language="es-US")
    hear(attempt, "confirmo", language="es-US")
    rows = desk.get(page(CALL, action="changelist"), query).context["cl"].result_list
    assert list(rows) == ([attempt] if found else [])


def test_a_call_is_found_by_its_id(desk: Client, attempt: CallAttempt) -> None:
    rows = desk.get(page(CALL, action="changelist"), {"q": str(attempt.pk)}).context["cl"]
    assert list(rows.result_list) == [attempt]


def participants_updated(attempt: CallAttempt, **columns: Any) -> CallEvent:
    """An event as Azure sends it, of a type that changes nothing."""
    kind = "Microsoft.Communication.ParticipantsUpdated"
    body = {
        "id": "7d7f3f6e-1111-4a4a-9a9a-000000000001",
        "source": "calling/callConnections/abc",
        "type": kind,
        "specversion": "1.0",
        "time": "2026-11-17T19:00:01.5+00:00",
        "data": {"callConnectionId": "abc", "participants": []},
    }
    return make_event(attempt, body, **({"type": kind, "state": "failed"} | columns))


def test_handle_again_takes_in_what_had_failed(desk: Client, attempt: CallAttempt) -> None:
    event = participants_updated(attempt, error="KeyError", tries=5)
    response = desk.post(page(CALL, attempt, "handle_again"))
    event.refresh_from_db()
    assert event.state in ("handled", "unknown")
    assert event.error == ""
    assert "Handled again: 1 event." in told(response)


def test_handle_again_leaves_alone_what_was_handled(desk: Client, attempt: CallAttempt) -> None:
    event = participants_updated(attempt, state="handled", tries=1)
    response = desk.post(page(CALL, attempt, "handle_again"))
    event.refresh_from_db()
    assert event.tries == 1
    assert "nothing left to handle" in told(response)


def test_what_fails_again_is_reported_and_stops_no_other(
    desk: Client, attempt: CallAttempt
) -> None:
    make_event(attempt, {"type": "Microsoft.Communication.CallConnected"}, state="failed")
    participants_updated(attempt, state="stored")
    response = desk.post(
        page(CALL, action="changelist"),
        {"action": "handle_selected_again", "_selected_action": [str(attempt.pk)]},
    )
    assert "1 event" in told(response)
    assert CallEvent.objects.filter(state__in=["handled", "unknown"]).exists()


def test_the_button_stands_only_where_something_is_left(desk: Client, attempt: CallAttempt) -> None:
    assert "Handle again" not in desk.get(page(CALL, attempt)).content.decode()
    participants_updated(attempt)
    assert "Handle again" in desk.get(page(CALL, attempt)).content.decode()


def test_following_a_link_handles_nothing(desk: Client, attempt: CallAttempt) -> None:
    assert desk.get(page(CALL, attempt, "handle_again")).status_code == 405
