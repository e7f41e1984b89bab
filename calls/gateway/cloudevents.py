"""CloudEvent JSON -> typed events of our closed set.

Shapes after Microsoft's recordings of the real service: any field may be
absent, fractional seconds come with five to seven digits, a choice made by a
key has a label and no phrase, whatever ``recognitionType`` says.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from calls.conversation import events
from calls.gateway.codes import Result, line_end, miss

PREFIX = "Microsoft.Communication."
MOST_EVENTS = 100
#: Azure's events have five. Near a thousand Python gives up, here or at the next who reads it.
MOST_LEVELS = 50


class NotEvents(ValueError):
    """The body is not a JSON array of CloudEvents."""


@dataclass(frozen=True)
class Envelope:
    """What every CloudEvent has."""

    id: str
    type: str
    time: datetime | None
    body: Mapping[str, Any]


def envelopes(body: Any) -> list[Envelope]:
    """Check a parsed body.

    Raises:
        NotEvents: with a sentence naming what is wrong.
    """
    if not isinstance(body, list) or not body:
        raise NotEvents("The body is not a JSON array of events.")
    if len(body) > MOST_EVENTS:
        raise NotEvents(f"More than {MOST_EVENTS} events in one body.")
    if _is_deeper(body, MOST_LEVELS):
        raise NotEvents(f"The body is nested more than {MOST_LEVELS} levels deep.")
    return [_envelope(item) for item in body]


def _is_deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _envelope(item: Any) -> Envelope:
    if not isinstance(item, dict):
        raise NotEvents("An element is not a JSON object.")
    for name in ("id", "type"):
        value = item.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= 128 or "\x00" in value:
            raise NotEvents(f"“{name}” is not a text of 1 to 128 characters.")
    if not isinstance(item.get("data"), dict):
        raise NotEvents("“data” is not a JSON object.")
    return Envelope(id=item["id"], type=item["type"], time=_time(item.get("time")), body=item)


def _time(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def understand(body: Mapping[str, Any], at: datetime) -> events.Event:
    """The meaning of one stored event; ``at`` is when we received it."""
    kind = str(body["type"]).removeprefix(PREFIX)
    data = body["data"]
    result = _result(data)
    translate = _TRANSLATORS.get(kind)
    if translate is None:
        return events.Unrecognised(at=at, type=str(body["type"]))
    return translate(data, result, _common(data, result, at))


def _common(data: Mapping[str, Any], result: Result, at: datetime) -> dict[str, Any]:
    return {"at": at, "code": result.code, "sub_code": result.sub_code}


def _context(data: Mapping[str, Any]) -> str:
    value = data.get("operationContext")
    return value if isinstance(value, str) else ""


def _recognized(
    data: Mapping[str, Any], result: Result, common: dict[str, Any]
) -> events.Recognized:
    choice, speech = _part(data, "choiceResult"), _part(data, "speechResult")
    heard = choice or speech
    return events.Recognized(
        **common,
        context=_context(data),
        input_type=_text(data, "recognitionType"),
        label=_text(choice, "label"),
        phrase=_text(choice, "recognizedPhrase"),
        tones=_tones(data),
        speech=_text(speech, "speech"),
        confidence=_number(heard.get("confidence")),
        language=_text(heard, "languageIdentified"),
        sentiment=_text(_part(heard, "sentimentAnalysisResult"), "sentiment"),
    )


def _tones(data: Mapping[str, Any]) -> tuple[str, ...]:
    tones = _part(data, "dtmfResult").get("tones")
    return tuple(str(tone) for tone in tones if tone) if isinstance(tones, list) else ()


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value.replace("\x00", "") if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < 1e9 else None


def _integer(value: Any) -> int | None:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return value if is_integer and abs(value) < 2**31 else None


def _result(data: Mapping[str, Any]) -> Result:
    info = _part(data, "resultInformation")
    return Result(
        code=_integer(info.get("code")),
        sub_code=_integer(info.get("subCode")),
        sip=_integer(_part(info, "sipDetails").get("code")),
        q850=_integer(_part(info, "q850Details").get("code")),
    )


_Translator = Callable[[Mapping[str, Any], Result, dict[str, Any]], events.Event]

#: Azure's word -> ours. A recognize prompt has no PlayCompleted of its own.
_TRANSLATORS: Mapping[str, _Translator] = {
    "CallConnected": lambda d, r, c: events.Connected(**c),
    "CallDisconnected": lambda d, r, c: events.Ended(**c, end=line_end(r, create_failed=False)),
    "CreateCallFailed": lambda d, r, c: events.Ended(**c, end=line_end(r, create_failed=True)),
    "RecognizeCompleted": _recognized,
    "RecognizeFailed": lambda d, r, c: events.RecognizeFailed(
        **c, context=_context(d), miss=miss(r), tones=_tones(d)
    ),
    "RecognizeCanceled": lambda d, r, c: events.Cancelled(**c, context=_context(d)),
    "PlayStarted": lambda d, r, c: events.PromptStarted(**c, context=_context(d)),
    "PlayCompleted": lambda d, r, c: events.PromptDone(**c, context=_context(d)),
    "PlayFailed": lambda d, r, c: events.PromptDone(**c, context=_context(d), failed=True),
    "CallTransferAccepted": lambda d, r, c: events.TransferAccepted(**c, context=_context(d)),
    "CallTransferFailed": lambda d, r, c: events.TransferFailed(**c, context=_context(d)),
    "PlayCanceled": lambda d, r, c: events.Cancelled(**c, context=_context(d)),
}
