"""Whatever is sent: never a 5xx, and a refusal saves nothing."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.conversation.profile import BY_NAME
from calls.models import CallProfile
from reminders.models import (
    Appointment,
    AppointmentEvent,
    Clinic,
    Decision,
    Patient,
    PhoneNumber,
    Practitioner,
    VisitType,
)
from tests.api.conftest import CLINIC, PATIENT, VISIT, Rest

ROWS = (
    Clinic,
    Patient,
    PhoneNumber,
    Practitioner,
    Appointment,
    AppointmentEvent,
    Decision,
    CallProfile,
    VisitType,
)
FIELDS = {
    "clinics/maple/": [
        *CLINIC,
        "spoken_name",
        "opt_out_phone",
        "caller_id",
        "hours",
        "closures",
        "rule_set",
        "right_party_question",
        "sentiment",
        "reprompts",
        "initial_silence_seconds",
        "ring_seconds",
        "call_profile",
        "paused",
    ],
    "patients/p-1/": [
        *PATIENT,
        "spoken_name",
        "language",
        "time_zone",
        "birth_date",
        "call_pin",
        "deceased",
    ],
    "appointments/a-1/": [
        *VISIT,
        "minutes",
        "practitioner",
        "type",
        "status",
        "answer",
        "calls",
    ],
}
BODIES = {"clinics/maple/": CLINIC, "patients/p-1/": PATIENT, "appointments/a-1/": VISIT}

# Surrogates too: JSON's escapes can carry half a character.
texts = st.one_of(
    st.text(st.characters(codec=None), max_size=40),
    st.sampled_from(
        [
            "maple",
            "p-1",
            "+12125550142",
            "en",
            "x-private",
            "zh-Hant-TW",
            "UTC",
            "2026-11-20T15:00Z",
            "2026-W47-5T15:00Z",
            "scheduled",
            "09:00",
            "24:00",
            "2026-12-25",
        ]
    ),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(["MO", "SU", "voices", "en-US", *BY_NAME]), texts),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("address", FIELDS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_body_of_json_is_a_fault_of_ours(
    rest: Rest, address: str, new: bool, data: st.DataObject
) -> None:
    for prepared, body in BODIES.items():
        rest.put(prepared, body)
    if new:
        address = address.replace("-1/", f"-{Appointment.objects.count()}x/")
    base = data.draw(st.sampled_from([{}, BODIES.get(address, VISIT)]))
    names = st.one_of(st.sampled_from(FIELDS.get(address, [*VISIT, "minutes"])), texts)
    body = base | data.draw(st.dictionaries(names, values, max_size=4))
    send_and_look(rest, address, json.dumps(body))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.one_of(st.binary(max_size=60), values.map(lambda value: json.dumps(value).encode())))
def test_no_body_at_all_is_a_fault_of_ours(rest: Rest, body: bytes) -> None:
    for address in FIELDS:
        send_and_look(rest, address, body)


def send_and_look(rest: Rest, address: str, body: str | bytes) -> None:
    before = everything()
    answer = rest.send(address, body)
    assert answer.status_code in (200, 201, 400), answer.content
    if answer.status_code == 400:
        assert answer.json()
        assert everything() == before
    else:
        assert rest.send(address, body).json() == answer.json()
        assert rest.get(address).json() == answer.json()


def everything() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in ROWS]


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    query=st.dictionaries(
        st.one_of(
            st.sampled_from(
                ["clinic", "status", "starts_after", "starts_before", "cursor", "page_size"]
            ),
            st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
        ),
        st.text(st.characters(codec="utf-8"), max_size=30),
        max_size=3,
    )
)
def test_no_question_to_a_list_is_a_fault_of_ours(rest: Rest, query: dict[str, str]) -> None:
    for address in ("clinics/", "patients/", "appointments/"):
        answer = rest.get(f"{address}?{urlencode(query)}")
        assert answer.status_code in (200, 400)
