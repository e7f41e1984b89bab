"""One call, end to end: due row, real SDK, real callbacks, outcome."""

from datetime import datetime

import pytest

from calls import placing
from tests.conftest import Azure, make_appointment, make_clinic, make_patient, the_call


@pytest.mark.parametrize(
    ("persona", "outcome", "status"),
    [
        ("confirm_by_voice", "confirmed", "confirmed"),
        ("confirm_by_key", "confirmed", "confirmed"),
        ("cancel_with_read_back", "cancelled", "cancelled"),
        ("cancel_changes_mind", "confirmed", "confirmed"),
        ("cancel_hangs_up_at_read_back", "needs_review", "scheduled"),
        ("silence", "no_response", "scheduled"),
        ("mumble", "not_understood", "scheduled"),
        ("hello_over_opening", "confirmed", "confirmed"),
        ("spanish", "confirmed", "confirmed"),
        ("spanish_cancel", "cancelled", "cancelled"),
        ("hang_up_mid_prompt", "hung_up", "scheduled"),
        ("busy", "busy", "scheduled"),
        ("ring_out", "no_answer", "scheduled"),
        ("decline", "declined", "scheduled"),
        ("bad_number", "invalid_number", "scheduled"),
        ("ai_failure", "failed_provider", "scheduled"),
        ("stop", "opted_out", "scheduled"),
        ("stop_by_key", "opted_out", "scheduled"),
        ("wrong_person", "wrong_number", "scheduled"),
        ("repeat_then_confirm", "confirmed", "confirmed"),
        ("slow_answer", "confirmed", "confirmed"),
    ],
)
def test_a_call_ends_with_what_the_patient_did(
    azure: Azure, now: datetime, persona: str, outcome: str, status: str
) -> None:
    clinic = make_clinic()
    patient = make_patient(phone="+12125550142")
    appointment = make_appointment(clinic, patient)
    azure.simulator.set_persona("+12125550142", persona)

    tally = placing.place_due(now)
    azure.settle()

    call = the_call()
    appointment.refresh_from_db()
    assert str(tally) == "planned=1 placed=1 skipped=0 waiting=0"
    assert (call.status, call.outcome) == ("ended", outcome)
    assert appointment.status == status
    assert azure.rings == ["+12125550142"]
