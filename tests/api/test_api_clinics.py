"""Clinics over REST."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.models import ApiToken
from calls.conversation.profile import SETTINGS
from calls.models import CallProfile
from reminders import planning
from reminders.models import Appointment, Clinic, Decision
from reminders.policy.vocabulary import Reason
from tests.api.conftest import CLINIC, Rest
from tests.conftest import approve

#: Those that are columns of the profile.
BOUNDED = [
    setting
    for setting in SETTINGS
    if setting.low is not None and setting.name != "choices_silence_seconds"
]
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA"]
DEFAULTS = {
    "spoken_name": None,
    "opt_out_phone": None,
    "caller_id": None,
    "hours": {day: [["09:00", "20:00"]] for day in WEEKDAYS},
    "closures": [],
    "rule_set": "general-2026",
    "right_party_question": True,
    "sentiment": True,
    "reprompts": 2,
    "initial_silence_seconds": 10,
    "ring_seconds": 30,
    "call_profile": {
        "identity_level": 0,
        "offer_reschedule": True,
        "offer_staff": True,
        "transfer_number": None,
        "ask_reason": False,
        "ask_needs": False,
        "voicemail": False,
        "listen_first": False,
        "keypad_only": False,
        "interrupt_prompt": True,
        "interrupt_media": True,
        "speech_silence_seconds": 10,
        "keys_silence_seconds": 10,
        "end_silence_seconds": 1.0,
        "inter_tone_seconds": 4,
        "pin_digits": 4,
        "stop_tones": ["pound"],
        "speech_model": None,
        "voices": {},
        "voice_endpoint": None,
    },
}
OTHERS = {
    "spoken_name": "Maple Street",
    "opt_out_phone": "+12125550101",
    "caller_id": "+12125550102",
    "hours": {"TU": [["08:00", "12:00"], ["13:00", "24:00"]]},
    "closures": ["2026-12-25"],
    "rule_set": "US-FCC26-67",
    "right_party_question": False,
    "sentiment": False,
    "reprompts": 0,
    "initial_silence_seconds": 3,
    "ring_seconds": 60,
    "call_profile": {
        "identity_level": 2,
        "offer_reschedule": False,
        "offer_staff": False,
        "transfer_number": "+12125550103",
        "ask_reason": True,
        "ask_needs": True,
        "voicemail": True,
        "listen_first": True,
        "keypad_only": True,
        "interrupt_prompt": False,
        "interrupt_media": False,
        "speech_silence_seconds": 20,
        "keys_silence_seconds": 300,
        "end_silence_seconds": 0.1,
        "inter_tone_seconds": 60,
        "pin_digits": 8,
        "stop_tones": ["asterisk", "pound"],
        "speech_model": "endpoint-1",
        "voices": {"es-US": "es-US-PalomaNeural"},
        "voice_endpoint": "endpoint-2",
    },
}


def test_a_clinic_is_made_with_its_defaults(rest: Rest) -> None:
    answer = rest.put("clinics/maple/", CLINIC)
    shown = {"slug": "maple", "paused": False, "approved_languages": []}
    assert answer.status_code == 201
    assert answer.json() == shown | CLINIC | DEFAULTS
    assert rest.get("clinics/maple/").json() == answer.json()


def test_every_optional_field_can_be_set_left_out_and_cleared(rest: Rest) -> None:
    rest.put("clinics/maple/", CLINIC)
    changed = rest.put("clinics/maple/", OTHERS)
    assert changed.status_code == 200
    assert OTHERS.items() <= changed.json().items()
    left_out = rest.put("clinics/maple/", {"name": "Maple"})
    assert left_out.json() == changed.json() | {"name": "Maple"}
    cleared = rest.put("clinics/maple/", dict.fromkeys(OTHERS))
    assert DEFAULTS.items() <= cleared.json().items()


@pytest.mark.parametrize("field", CLINIC)
def test_what_is_required_is_neither_missing_when_new_nor_null(rest: Rest, field: str) -> None:
    missing = {name: value for name, value in CLINIC.items() if name != field}
    assert list(rest.put("clinics/maple/", missing).json()) == [field]
    rest.put("clinics/maple/", CLINIC)
    answer = rest.put("clinics/maple/", {field: None})
    assert (answer.status_code, list(answer.json())) == (400, [field])


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", 7),
        ("name", "x" * 201),
        ("phone", "5550100"),
        ("phone", "+1"),
        ("phone", "+999999999999"),
        ("phone", "+49123456789012345"),
        ("phone", "+١٢١٢٥٥٥٠١٠٠"),
        ("phone", 12125550100),
        ("opt_out_phone", "none"),
        ("caller_id", ""),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", 5),
        ("languages", []),
        ("languages", "en-US"),
        ("languages", ["en-US", "en-us"]),
        ("languages", ["klingonese"]),
        ("languages", ["en-US", None]),
        ("languages", ["en"] * 11),
        ("hours", []),
        ("hours", {"XX": []}),
        ("hours", {"MO": "09:00"}),
        ("hours", {"MO": [["09:00"]]}),
        ("hours", {"MO": ["ab"]}),
        ("hours", {"MO": [["20:00", "09:00"]]}),
        ("hours", {"MO": [["9:00", "20:00"]]}),
        ("hours", {"MO": [["09:00+01:00", "20:00+01:00"]]}),
        ("hours", {"MO": [["24:00", "24:00"]]}),
        ("hours", {"MO": [["09:00", "25:00"]]}),
        ("hours", {"MO": [["09:00", "12:00"], ["11:00", "13:00"]]}),
        ("hours", {"MO": [["09:00", "09:30"]] * 13}),
        ("closures", "2026-12-25"),
        ("closures", ["2026-02-30"]),
        ("closures", ["20261225"]),
        ("closures", [7]),
        ("closures", ["2026-12-25"] * 501),
        ("rule_set", "general-1999"),
        ("right_party_question", "yes"),
        ("right_party_question", 1),
        ("sentiment", "true"),
        ("reprompts", 5),
        ("reprompts", -1),
        ("reprompts", True),
        ("reprompts", "2"),
        ("reprompts", 1.5),
        ("initial_silence_seconds", 2),
        ("initial_silence_seconds", 21),
        ("ring_seconds", 19),
        ("ring_seconds", 61),
        ("ring_seconds", 10**30),
    ],
)
def test_a_bad_value_is_told_by_its_field_and_nothing_is_saved(
    rest: Rest, field: str, bad: Any
) -> None:
    answer = rest.put("clinics/maple/", CLINIC | {field: bad})
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert all(isinstance(message, str) for message in answer.json()[field])
    assert not Clinic.objects.exists()


def test_numbers_and_languages_are_kept_in_one_spelling(rest: Rest) -> None:
    answer = rest.put(
        "clinics/maple/", CLINIC | {"phone": "+1 (212) 555-0100", "languages": ["EN-us", "es"]}
    ).json()
    assert answer["phone"] == "+12125550100"
    assert answer["languages"] == ["en-US", "es"]


def test_the_same_body_twice_changes_nothing(rest: Rest) -> None:
    body = CLINIC | OTHERS
    first = rest.put("clinics/maple/", body)
    second = rest.put("clinics/maple/", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Clinic.history.count() == 1
    prefix = ApiToken.objects.get().prefix
    assert Clinic.history.get().history_change_reason == f"api practice system {prefix}"


def test_it_tells_which_languages_are_approved_and_whether_calls_are_paused(
    rest: Rest, now: datetime
) -> None:
    rest.put("clinics/maple/", CLINIC)
    clinic = Clinic.objects.get()
    approve(clinic, "es")
    clinic.pause(now)
    shown = rest.get("clinics/maple/").json()
    assert shown["approved_languages"] == ["es-US"]
    assert shown["paused"] is True


def test_other_hours_plan_the_coming_visits_anew(sent: Callable[..., Any], rest: Rest) -> None:
    before = sent()["next_call_at"]
    rest.put("clinics/maple/", {"hours": {"TH": [["10:00", "11:00"]]}})
    after = rest.get("appointments/a-1/").json()
    assert after["next_call_at"] != before
    assert after["next_call_at"] == "2026-11-19T15:00:00Z"


def test_what_moves_no_call_plans_nothing(sent: Callable[..., Any], rest: Rest) -> None:
    sent()
    decisions, planned = Decision.objects.count(), Appointment.objects.get().next_call_at
    rest.put("clinics/maple/", {"name": "Maple", "ring_seconds": 40, "caller_id": "+12125550199"})
    assert Decision.objects.count() == decisions
    assert Appointment.objects.get().next_call_at == planned


def profile_of(rest: Rest) -> Any:
    return rest.get("clinics/maple/").json()["call_profile"]


def test_of_the_call_profile_too_what_is_left_out_stays(rest: Rest) -> None:
    rest.put("clinics/maple/", CLINIC)
    rest.put("clinics/maple/", {"call_profile": {"pin_digits": 6, "ask_needs": True}})
    answer = rest.put("clinics/maple/", {"call_profile": {"pin_digits": 5}})
    assert answer.status_code == 200
    assert profile_of(rest) == DEFAULTS["call_profile"] | {"pin_digits": 5, "ask_needs": True}
    rest.put("clinics/maple/", {"call_profile": {"pin_digits": None}})
    assert profile_of(rest) == DEFAULTS["call_profile"] | {"ask_needs": True}


def test_a_clinic_with_the_defaults_has_no_profile_of_its_own(rest: Rest) -> None:
    rest.put("clinics/maple/", CLINIC | {"call_profile": DEFAULTS["call_profile"]})
    assert not CallProfile.objects.exists()
    assert profile_of(rest) == DEFAULTS["call_profile"]


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        *((setting.name, setting.low - 1) for setting in BOUNDED),
        *((setting.name, setting.high + 1) for setting in BOUNDED),
        *((setting.name, str(setting.low)) for setting in BOUNDED),
        ("identity_level", 3),
        ("identity_level", True),
        ("pin_digits", 4.5),
        ("end_silence_seconds", True),
        ("end_silence_seconds", 10**400),
        ("interrupt_prompt", 1),
        ("transfer_number", "reception"),
        ("stop_tones", ["one"]),
        ("stop_tones", "pound"),
        ("stop_tones", ["pound", "pound"]),
        ("voices", []),
        ("voices", {"xx-XX": "voice"}),
        ("voices", {"en-US": ""}),
        ("voices", {"en-US": 7}),
        ("voices", {"en\x00": "voice"}),
        ("speech_model", "x" * 101),
        ("no_such_thing", 1),
        ("clinic", "maple"),
    ],
)
def test_a_bad_value_of_the_profile_is_told_by_its_field_and_nothing_is_saved(
    rest: Rest, field: str, bad: Any
) -> None:
    rest.put("clinics/maple/", CLINIC)
    body = {"name": "Elm", "call_profile": {"ask_needs": True, field: bad}}
    answer = rest.put("clinics/maple/", body)
    assert (answer.status_code, list(answer.json())) == (400, [f"call_profile.{field}"])
    assert Clinic.objects.get().name == CLINIC["name"]
    assert not CallProfile.objects.exists()


@pytest.mark.parametrize("bad", [7, "x", [], True])
def test_a_profile_that_is_no_object_is_refused(rest: Rest, bad: Any) -> None:
    answer = rest.put("clinics/maple/", CLINIC | {"call_profile": bad})
    assert (answer.status_code, list(answer.json())) == (400, ["call_profile"])


def test_a_voice_is_kept_under_the_locale_that_is_spoken(rest: Rest) -> None:
    rest.put("clinics/maple/", CLINIC | {"call_profile": {"voices": {"es": "es-US-PalomaNeural"}}})
    assert profile_of(rest)["voices"] == {"es-US": "es-US-PalomaNeural"}


def test_another_identity_check_plans_the_coming_visits_anew(
    sent: Callable[..., Any], rest: Rest, now: datetime
) -> None:
    sent()
    planning.hold(Appointment.objects.get(), Reason.PAUSED, now, detail="No PIN for calls.")
    rest.put("clinics/maple/", {"call_profile": {"pin_digits": 5}})
    assert Appointment.objects.get().next_call_reason == "paused"
    rest.put("clinics/maple/", {"call_profile": {"identity_level": 1}})
    assert Appointment.objects.get().next_call_reason == "touch"


def test_a_list_of_clinics_takes_few_queries(rest: Rest) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert rest.get("clinics/").status_code == 200
        return len(captured)

    rest.put("clinics/maple/", CLINIC | {"call_profile": {"ask_needs": True}})
    few = queries()
    for n in range(5):
        rest.put(f"clinics/elm{n}/", CLINIC)
    assert queries() == few
