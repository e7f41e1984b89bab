"""What a call taught: every visit's answer, needs and wishes, languages and sentiment."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calls.models import CallAttempt, CallVisit
from reminders.models import Appointment, Clinic, Patient, WorkItem
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import (
    THURSDAY,
    hear,
    make_call,
    make_event,
    make_visits,
    page,
    phone,
    told,
)

CALL, VISIT = "calls_callattempt", "reminders_appointment"


def shown(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def spoke(attempt: CallAttempt, language: str) -> None:
    """The conversation ended in a language."""
    CallAttempt.objects.filter(pk=attempt.pk).update(state={"language": language})


def another_visit(attempt: CallAttempt, first: Appointment, outcome: str) -> Appointment:
    other = make_appointment(
        first.clinic,
        first.patient,
        external_id="a-second",
        starts_at=first.starts_at + timedelta(hours=2),
    )
    CallVisit.objects.create(
        attempt=attempt,
        appointment=other,
        outcome=outcome,
        is_open=False,
        patient=other.patient,
        visit_starts_at=other.starts_at,
        clinic=attempt.clinic,
        dialled_at=attempt.started_at,
        ordinal=1,
    )
    return other


def test_each_visit_of_a_call_has_its_own_outcome(desk: Client, clinic: Clinic) -> None:
    [first] = make_visits(clinic, 1)
    attempt = make_call(first, outcome="cancelled")
    attempt.visits.update(outcome="confirmed")
    other = another_visit(attempt, first, "cancelled")
    text = shown(desk, page(CALL, attempt)).partition("What was heard")[0]
    for visit, outcome in ((first, "Confirmed"), (other, "Cancelled")):
        assert outcome in text.partition(page(VISIT, visit))[2].partition("</p>")[0]


def test_what_the_patient_told_stands_in_the_story_in_plain_words(
    desk: Client, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    visit.note("told_reason", TUESDAY, actor="patient", text="my car broke down")
    visit.note("told_preference", TUESDAY, actor="patient", text="mornings")
    visit.note("told_need", TUESDAY, actor="patient", text="Wheelchair")
    text = shown(desk, page(VISIT, visit))
    for words in (
        "Told why: “my car broke down” by the patient",
        "Told what would suit: “mornings” by the patient",
        "Needs for the visit: a wheelchair by the patient",
    ):
        assert words in text


def test_digits_of_an_identity_are_shown_nowhere(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    attempt = make_call(visit, outcome="", status="connected", ended_at=None)
    row = hear(attempt, "", step="identity", label="", input_type="dtmf", tones=["zero", "four"])
    make_event(
        attempt,
        {
            "data": {
                "operationContext": "identity.2",
                "dtmfResult": {"tones": ["zero", "four", "zero", "seven"]},
                "speechResult": {"speech": "four July"},
            }
        },
        state="failed",
    )
    assert row.tones
    for url in (
        page(CALL, attempt),
        page(VISIT, visit),
        page(CALL, action="changelist"),
        "/admin/",
    ):
        text = shown(desk, url)
        for digits in ("key 0 4", "zero", "four July"):
            assert digits not in text, url
    assert "digits, not kept" in shown(desk, page(CALL, attempt))


@pytest.mark.parametrize("kind", list(WorkKind))
def test_every_kind_of_work_is_on_the_list_and_on_today_with_its_link(
    desk: Client, clinic: Clinic, kind: WorkKind
) -> None:
    [visit] = make_visits(clinic, 1)
    about = None if kind is WorkKind.PROVIDER_DOWN else visit
    WorkItem.open(about, kind, TUESDAY, detail="What was said")
    [chip] = desk.get("/admin/").context["work"]
    assert chip.query_string in shown(desk, "/admin/today/")
    rows = desk.get(chip.query_string).context["cl"].result_list
    assert [row.kind for row in rows] == [kind]
    if about:
        assert page(VISIT, visit) in shown(desk, chip.query_string)
        assert "What was said" in shown(desk, page(VISIT, visit))


@pytest.mark.parametrize("outcome", ["confirmed", "cancelled", "reschedule_requested"])
def test_the_language_they_answered_in_is_remembered_by_a_button(
    desk: Client, clinic: Clinic, outcome: str
) -> None:
    [visit] = make_visits(clinic, 1)
    attempt = make_call(visit, outcome=outcome)
    spoke(attempt, "es-US")
    for url in (page(CALL, attempt), page(VISIT, visit)):
        assert "Remember Spanish for Patient" in shown(desk, url)
    response = desk.post(page(CALL, attempt, "remember"), {"next": page(VISIT, visit)})
    assert response["Location"] == page(VISIT, visit)
    assert Patient.objects.get().language == "es-US"
    assert "called in Spanish from now on" in told(response)
    assert "Remember Spanish" not in shown(desk, page(CALL, attempt))
    assert "nothing to remember" in told(desk.post(page(CALL, attempt, "remember")))


@pytest.mark.parametrize(
    ("outcome", "language", "columns"),
    [
        ("confirmed", "en-GB", {}),
        ("no_response", "es-US", {}),
        ("wrong_number", "es-US", {}),
        ("confirmed", "es-US", {"status": "connected", "ended_at": None}),
    ],
)
def test_there_is_nothing_to_remember_of_other_calls(
    desk: Client, clinic: Clinic, outcome: str, language: str, columns: dict[str, object]
) -> None:
    [visit] = make_visits(clinic, 1)
    attempt = make_call(visit, outcome=outcome, **columns)
    spoke(attempt, language)
    for url in (page(CALL, attempt), page(VISIT, visit)):
        assert "Remember " not in shown(desk, url)


def test_only_who_may_change_patients_remembers(
    sign_in: Callable[..., Client], clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    attempt = make_call(visit)
    spoke(attempt, "es-US")
    client = sign_in("view_callattempt", "view_appointment")
    for url in (page(CALL, attempt), page(VISIT, visit)):
        assert "Remember" not in shown(client, url)
    assert client.post(page(CALL, attempt, "remember")).status_code == 403
    assert Patient.objects.get().language == ""


def test_a_fallback_to_another_language_is_told_on_the_call(desk: Client, clinic: Clinic) -> None:
    [visit] = make_visits(clinic, 1)
    attempt = make_call(visit, script={"wanted": "es-US"})
    text = shown(desk, page(CALL, attempt))
    assert "Spoken in English, since nobody has approved Spanish." in text


def test_somebody_displeased_shows_on_today_while_the_call_lasts(
    desk: Client, clinic: Clinic
) -> None:
    [visit] = make_visits(clinic, 1)
    attempt = make_call(visit, outcome="", status="connected", ended_at=None)
    hear(attempt, "cancel it already", label="Cancel", sentiment="negative")
    hear(attempt, "yes", step="read_back", label="Yes", sentiment="neutral")
    [line] = desk.get("/admin/today/").context["under_way"]
    assert (line.sentiment, line.sentiment_colour) == ("negative", "danger")
    assert [heard.words for heard in line.heard] == ["“yes”", "“cancel it already”"]
    text = shown(desk, "/admin/today/")
    assert "“cancel it already”" in text
    assert "preview" in text


def test_the_home_page_is_renewed_within_five_seconds() -> None:
    script = Path("static/desk/live.js").read_text()
    every = int(script.partition("EVERY = ")[2].partition(";")[0])
    assert every <= 4500


def test_the_page_of_a_call_takes_as_many_queries_for_several_visits(
    desk: Client, clinic: Clinic
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(desk, page(CALL, attempt))
        return len(captured)

    first = make_appointment(clinic, make_patient("p1", phone(150)), starts_at=THURSDAY)
    attempt = make_call(first)
    queries()  # Only the first request of a session writes down that it came.
    few = queries()
    another_visit(attempt, first, "confirmed")
    assert queries() == few
