from datetime import UTC, datetime, timedelta, timezone

from simulator import events
from simulator.events import CallRef

AT = datetime(2026, 9, 1, 14, 5, 7, 123456, tzinfo=UTC)
CALL = CallRef("call-1", operation_context="attempt")


def test_it_builds_the_same_event_from_the_same_arguments():
    assert events.call_connected(CALL, AT) == events.call_connected(CALL, AT)
    later = AT + timedelta(microseconds=1)
    assert events.call_connected(CALL, AT)["id"] != events.call_connected(CALL, later)["id"]
    assert events.call_connected(CALL, AT, event_id="5f")["id"] == "5f"


def test_it_leaves_out_what_is_not_there():
    event = events.recognized_choice(CALL, AT, label="Yes", phrase="yes", confidence=0.9)
    assert "operationContext" not in event["data"]
    assert set(event["data"]["choiceResult"]) == {"label", "recognizedPhrase", "confidence"}


def test_it_gives_media_events_their_own_context():
    event = events.play_started(CALL, AT, context="menu-1")
    assert event["data"]["operationContext"] == "menu-1"
    assert events.call_disconnected(CALL, AT)["data"]["operationContext"] == "attempt"


def test_it_prints_times_in_utc_with_five_to_seven_digits():
    assert events.stamp(AT, digits=5) == "2026-09-01T14:05:07.12345+00:00"
    assert events.stamp(AT, digits=7).startswith("2026-09-01T14:05:07.123456")
    madrid = AT.astimezone(timezone(timedelta(hours=2)))
    assert events.stamp(madrid, digits=6) == "2026-09-01T14:05:07.123456+00:00"


def test_it_says_what_the_carrier_said():
    data = events.create_call_failed(CALL, AT, result=events.BUSY)["data"]["resultInformation"]
    assert data == {
        "code": 486,
        "subCode": 560486,
        "message": "The callee is busy. DiagCode: 486#560486.@",
        "sipDetails": {"code": 486, "message": "Busy Here"},
        "q850Details": {"code": 17, "message": "User busy"},
    }


def test_it_ends_a_conversation_with_the_code_that_was_seen_live():
    data = events.call_disconnected(CALL, AT)["data"]["resultInformation"]
    assert (data["code"], data["subCode"]) == (200, 7000)
    assert data["message"].endswith("DiagCode: 0#7000.@")
