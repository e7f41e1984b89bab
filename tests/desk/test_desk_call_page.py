"""One call on one page: by which right, what was said, how it was decided, who read it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls.conversation.state import State
from calls.gateway.cloudevents import _TRANSLATORS
from calls.models import CallAttempt
from desk.calls import evidence
from desk.calls.words import EVENTS
from reminders.models import AccessLog, Clinic, Patient
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import hear, make_call, make_event, page, phone

CALL = "calls_callattempt"
DAY = timedelta(days=1)
APPROVALS = {
    tag: {"by": by, "at": (TUESDAY - 30 * DAY).isoformat(), "fingerprint": mark * 64}
    for tag, by, mark in (("en-US", "Dana Reyes", "a"), ("es-US", "Ada Soto", "b"))
}


@pytest.fixture
def attempt(clinic: Clinic) -> CallAttempt:
    patient = make_patient("p1", phone(150), language="es-US")
    return make_call(
        make_appointment(clinic, patient),
        language="es-US",
        rule_set="general-2026",
        script={"approvals": APPROVALS},
    )


def say(attempt: CallAttempt, text: str, locale: str) -> None:
    attempt.actions.create(
        kind="ask",
        created_at=attempt.queued_at,
        state="done",
        payload={"prompts": [{"text": text, "locale": locale}]},
    )


def shown(client: Client, attempt: CallAttempt) -> str:
    return client.get(page(CALL, attempt)).content.decode()


def decided(attempt: CallAttempt, **state: Any) -> str:
    attempt.state = {**State().to_json(), "ended": True, **state}
    attempt.save()
    return " ".join(evidence.decided(CallAttempt.objects.get(pk=attempt.pk), TUESDAY))


# -- by which right


def history(patient: Patient, *changes: tuple[str, int]) -> None:
    """(legal basis, days before the call) of each edit, by dana."""
    dana = User.objects.create_user("dana-reyes")
    Patient.history.all().delete()
    for basis, days in changes:
        patient.legal_basis = basis
        patient._history_date = TUESDAY - days * DAY  # type: ignore[attr-defined]
        patient._history_user = dana  # type: ignore[attr-defined]
        patient.save()


def test_the_legal_basis_is_that_of_the_moment_with_since_when_and_by_whom(
    desk: Client, attempt: CallAttempt
) -> None:
    patient = Patient.objects.get()
    history(patient, ("none", 9), ("consent", 5), ("consent", 2), ("none", -1))
    [basis] = evidence.bases(attempt, TUESDAY)
    assert basis.text == "Consent, since Thu 12 Nov 14:00, entered by dana-reyes"
    assert "since Thu 12 Nov 14:00, entered by dana-reyes" in shown(desk, attempt)


def test_where_no_history_reaches_back_the_page_says_so(desk: Client, attempt: CallAttempt) -> None:
    history(Patient.objects.get(), ("consent", -1))
    assert "what it was then is not in the history" in shown(desk, attempt)


def test_the_texts_are_told_with_version_approver_and_when(
    desk: Client, attempt: CallAttempt
) -> None:
    text = shown(desk, attempt)
    assert "version aaaaaaaaaaaa, approved by Dana Reyes, Sun 18 Oct 15:00" in text
    assert "version bbbbbbbbbbbb, approved by Ada Soto" in text


# -- what was said


def test_every_language_that_was_spoken_is_told(desk: Client, attempt: CallAttempt) -> None:
    say(attempt, "¿Es usted Ana?", "es-US")
    say(attempt, "Is this Ana?", "en-US")
    say(attempt, "Please say yes.", "en-US")
    text = shown(desk, attempt)
    assert "Spanish (es-US), English (en-US)" in text
    assert "¿Es usted Ana?" in text


def test_before_a_word_was_said_the_language_is_the_one_it_would_begin_in(
    desk: Client, attempt: CallAttempt
) -> None:
    assert "<dd>Spanish (es-US)</dd>" in shown(desk, attempt)


# -- events in plain words


def test_every_event_has_its_raw_type_its_time_and_plain_words(
    desk: Client, attempt: CallAttempt
) -> None:
    make_event(attempt, type="Microsoft.Communication.ParticipantsUpdated", state="unknown")
    make_event(attempt, type="Microsoft.Communication.BrandNew", state="unknown")
    text = shown(desk, attempt)
    for words in (
        "ParticipantsUpdated",
        "Who is on the line has changed; nothing follows from it.",
        "BrandNew",
        "kept as it came",
        "Tue 17 Nov 14:00:00",
    ):
        assert words in text
    assert "unknown" not in text.lower()


def test_every_event_that_is_understood_has_words() -> None:
    assert set(_TRANSLATORS) <= set(EVENTS)


def test_an_event_that_came_late_says_when_it_was_received(
    desk: Client, attempt: CallAttempt
) -> None:
    make_event(attempt, received_at=TUESDAY + timedelta(seconds=40))
    assert "received Tue 17 Nov 14:00:40" in shown(desk, attempt)


# -- how it was decided


def test_an_answer_is_told_with_the_words_that_decided_it(attempt: CallAttempt) -> None:
    hear(attempt, "sí", step="right_party", label="Yes")
    hear(attempt, "confirmo", language="es-US")
    text = decided(attempt, done=[{"act": "confirmed", "visit": 0}])
    assert text == (
        "Confirmed. Asked “Confirm or cancel?”, heard “confirmo” → Confirm "
        "(Spanish, positive, 93% sure), Tue 17 Nov 14:00:00."
    )


def test_a_cancellation_is_told_with_its_read_back(attempt: CallAttempt) -> None:
    CallAttempt.objects.update(outcome="cancelled")
    attempt.refresh_from_db()
    hear(attempt, "cancel it", label="Cancel")
    hear(attempt, "yes", step="read_back", label="Yes")
    text = decided(attempt, done=[{"act": "cancelled", "visit": 0}])
    assert "heard “cancel it” → Cancel" in text
    assert "Asked “Really cancel?”, heard “yes” → Yes" in text


@pytest.mark.parametrize(
    ("outcome", "state", "words"),
    [
        ("opted_out", {"opted_out": True}, "beats everything else"),
        ("needs_review", {"contradicted": True}, "Voice and key said different things"),
        ("needs_review", {"cancel_pending": True}, "nothing is cancelled"),
        ("needs_review", {"unverified": True}, "Three times the wrong digits"),
        ("no_response", {"silences": 3}, "Said nothing: 3 times."),
        ("not_understood", {"not_understood": 2}, "Not understood: 2 times."),
        ("machine", {"machine": True}, "A machine took the call."),
        ("failed_provider", {"fault": True}, "Azure failed during the call."),
    ],
)
def test_what_was_no_answer_says_why_nothing_was_changed(
    attempt: CallAttempt, outcome: str, state: dict[str, Any], words: str
) -> None:
    CallAttempt.objects.update(outcome=outcome)
    attempt.refresh_from_db()
    assert words in decided(attempt, **state)


def test_how_the_line_ended_is_told_with_its_codes(attempt: CallAttempt) -> None:
    attempt.outcome, attempt.end_reason = "busy", "busy"
    attempt.end_code, attempt.end_sub_code = 486, 560486
    assert "The line ended: busy (486/560486)." in decided(attempt)


def test_a_call_under_way_is_not_decided_yet(desk: Client, attempt: CallAttempt) -> None:
    CallAttempt.objects.update(outcome="", status="connected", ended_at=None)
    assert "Not decided yet." in shown(desk, attempt)


# -- who read it, and the file


def test_who_read_the_page_stands_on_it(desk: Client, attempt: CallAttempt) -> None:
    assert "Nobody before you." in shown(desk, attempt)
    text = shown(desk, attempt)
    assert "Tue 17 Nov 14:00 · staff dana · Page" in text
    other = make_call(attempt.visits.get().appointment, TUESDAY - DAY)
    assert "Nobody before you." in shown(desk, other)


def test_the_file_tells_the_call_without_numbers_secrets_or_digits(
    desk: Client, attempt: CallAttempt
) -> None:
    hear(attempt, "confirmo", language="es-US")
    say(attempt, "¿Es usted Ana?", "es-US")
    make_event(
        attempt,
        {
            "data": {"operationContext": "identity.2", "dtmfResult": {"tones": ["zero", "four"]}},
            "from": {"rawId": f"4:{phone(150)}"},
            "callbackUri": f"https://ringwell.example/callbacks/{attempt.pk}/{attempt.secret}",
        },
    )
    response = desk.get(page(CALL, attempt, "dossier"))
    assert response["Content-Disposition"].startswith(f'attachment; filename="call-{attempt.pk}')
    text = response.content.decode()
    found = json.loads(text)
    assert found["call"]["number"] == "+1••••••0150"
    assert found["rule_set"] == "general-2026"
    assert found["texts"]["es-US"]["by"] == "Ada Soto"
    assert found["said"][0]["prompts"] == [{"language": "es-US", "text": "¿Es usted Ana?"}]
    assert found["heard"][0]["words"] == "“confirmo”"
    assert [len(event["sha256"]) for event in found["events"]] == [64, 64]
    for secret in (phone(150), attempt.secret, "zero"):
        assert secret not in text
    assert AccessLog.objects.get().kind == "export"


def test_the_file_is_a_permission_of_its_own(sign_in: Any, attempt: CallAttempt) -> None:
    client = sign_in("view_callattempt", "see_names")
    url = page(CALL, attempt, "dossier")
    assert client.get(url).status_code == 403
    assert url not in shown(client, attempt)


def test_who_may_read_no_names_finds_none_in_the_file(sign_in: Any, attempt: CallAttempt) -> None:
    client = sign_in("view_callattempt", "download_dossier")
    say(attempt, "Is this Ana?", "en-US")
    text = client.get(page(CALL, attempt, "dossier")).content.decode()
    assert "Ortiz" not in text
    assert "Is this Ana?" not in text


def test_the_page_takes_as_many_queries_for_a_long_call(desk: Client, attempt: CallAttempt) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(desk, attempt)
        return len(captured)

    hear(attempt)
    say(attempt, "Is this Ana?", "en-US")
    queries()
    few = queries()
    for _ in range(6):
        hear(attempt)
        say(attempt, "Is this Ana?", "en-US")
    assert queries() == few
