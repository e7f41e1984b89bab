"""Azure's codes in our words, and its JSON in our events."""

from datetime import UTC, datetime
from typing import Any

import pytest

from calls.conversation import events
from calls.conversation.events import Miss
from calls.conversation.vocabulary import LineEnd
from calls.gateway.cloudevents import NotEvents, envelopes, understand
from calls.gateway.codes import Result, line_end, miss

T = datetime(2026, 11, 17, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("result", "create_failed", "expected"),
    [
        (Result(486, 560486), True, LineEnd.BUSY),
        (Result(500, 560503, sip=486, q850=17), True, LineEnd.BUSY),
        (Result(480, 560480), True, LineEnd.NO_ANSWER),
        (Result(487, 560487), False, LineEnd.NO_ANSWER),
        (Result(603, 560603), True, LineEnd.DECLINED),
        (Result(200, 5002), True, LineEnd.DECLINED),
        (Result(200, 5003), False, LineEnd.DECLINED),
        (Result(404, 560404), True, LineEnd.INVALID_NUMBER),
        (Result(484, 560484), True, LineEnd.INVALID_NUMBER),
        (Result(403, 560403), True, LineEnd.FAILED),
        (Result(500, 560500), True, LineEnd.FAILED),
        (Result(500, 9999), True, LineEnd.FAILED),
        (Result(), True, LineEnd.FAILED),
        (Result(200, 7000), False, LineEnd.OVER),
        (Result(0, 560000, q850=16), False, LineEnd.OVER),
        (Result(), False, LineEnd.OVER),
    ],
)
def test_the_end_of_a_line(result: Result, create_failed: bool, expected: LineEnd) -> None:
    assert line_end(result, create_failed=create_failed) is expected


@pytest.mark.parametrize(
    ("sub_code", "expected"),
    [
        (8510, Miss.SILENCE),
        (8547, Miss.NOT_UNDERSTOOD),
        (8563, Miss.NOT_UNDERSTOOD),
        (8534, Miss.NOT_UNDERSTOOD),
        (8532, Miss.NOT_UNDERSTOOD),
        (8511, Miss.FAULT),
        (8564, Miss.FAULT),
        (8565, Miss.FAULT),
        (9999, Miss.FAULT),
        (None, Miss.FAULT),
        (4711, Miss.FAULT),
    ],
)
def test_a_failed_recognition(sub_code: int | None, expected: Miss) -> None:
    assert miss(Result(400, sub_code)) is expected


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"id": "1", "type": f"Microsoft.Communication.{kind}", "data": data}


def test_a_choice_by_key_has_a_label_and_no_phrase() -> None:
    body = event(
        "RecognizeCompleted",
        operationContext="menu.2",
        recognitionType="dtmf",
        choiceResult={"label": "Confirm", "recognizedPhrase": None},
        resultInformation={"code": 200, "subCode": 8533},
    )
    heard = understand(body, T)
    assert isinstance(heard, events.Recognized)
    assert (heard.label, heard.phrase, heard.input_type) == ("Confirm", "", "dtmf")


def test_sentiment_and_language_sit_inside_the_choice() -> None:
    body = event(
        "RecognizeCompleted",
        recognitionType="choices",
        choiceResult={
            "label": "Confirm",
            "recognizedPhrase": "confirmo",
            "confidence": 0.93,
            "languageIdentified": "es-ES",
            "sentimentAnalysisResult": {"sentiment": "positive"},
        },
    )
    heard = understand(body, T)
    assert isinstance(heard, events.Recognized)
    assert (heard.language, heard.sentiment, heard.confidence) == ("es-ES", "positive", 0.93)


@pytest.mark.parametrize("empty", [None, "text", 7, []])
def test_parts_of_the_wrong_shape_are_as_good_as_absent(empty: Any) -> None:
    body = event(
        "RecognizeCompleted",
        choiceResult=empty,
        dtmfResult=empty,
        speechResult=empty,
        resultInformation=empty,
        operationContext=empty if not isinstance(empty, str) else None,
    )
    heard = understand(body, T)
    assert isinstance(heard, events.Recognized)
    assert (heard.label, heard.context, heard.code) == ("", "", None)


def test_an_unknown_type_is_kept_and_never_guessed_at() -> None:
    assert understand(event("HoldAudioStarted"), T) == events.Unrecognised(
        at=T, type="Microsoft.Communication.HoldAudioStarted"
    )


@pytest.mark.parametrize(
    "stamp", ["2025-07-17T05:24:24.5097484+00:00", "2025-07-17T05:24:24.50974Z"]
)
def test_fractions_of_five_to_seven_digits_are_read(stamp: str) -> None:
    (envelope,) = envelopes([event("CallConnected") | {"time": stamp}])
    assert envelope.time is not None
    assert envelope.time.replace(microsecond=0) == datetime(2025, 7, 17, 5, 24, 24, tzinfo=UTC)


@pytest.mark.parametrize("stamp", [None, 7, "yesterday", "0001-01-01T00:00:00+23:00"])
def test_a_time_that_is_none_does_no_harm(stamp: Any) -> None:
    (envelope,) = envelopes([event("CallConnected") | {"time": stamp}])
    assert envelope.time is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        [7],
        [{}],
        [{"id": "1", "type": "x"}],
        [{"id": "", "type": "x", "data": {}}],
        [{"id": 1, "type": "x", "data": {}}],
        [{"id": "1", "type": None, "data": {}}],
        [{"id": "1" * 129, "type": "x", "data": {}}],
        [{"id": "1", "type": "x", "data": []}],
        [event("CallConnected")] * 101,
    ],
)
def test_what_is_no_array_of_events_is_refused(body: Any) -> None:
    with pytest.raises(NotEvents):
        envelopes(body)
