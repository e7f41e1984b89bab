"""Bodies that are none, too large, or of another kind: a clear refusal, nothing saved."""

import json
from io import BytesIO
from typing import Any

import pytest

from api.parsing import BoundedJSONParser, PayloadTooLarge
from reminders.models import Appointment, Clinic, Patient, PhoneNumber
from tests.api.conftest import CLINIC, PATIENT, Rest

ADDRESSES = ["clinics/x/", "patients/x/", "appointments/x/"]


def nothing_is_saved() -> bool:
    return not any(m.objects.exists() for m in (Appointment, Clinic, Patient, PhoneNumber))


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        '{"name": ',
        "[]",
        "null",
        "7",
        '"name"',
        '{"name": NaN}',
        '{"name": Infinity}',
        '{"minutes": 1e999}',
        '{"name": "a", "name": "b"}',
        b'{"name": "\xff"}',
        "[" * 100_000,
        '{"a":' * 60_000 + "1" + "}" * 60_000,
        f'{{"hours": {"[" * 30}{"]" * 30}}}',
        f'{{"minutes": {"9" * 5000}}}',
    ],
    ids=lambda body: str(body)[:24],
)
def test_what_is_no_object_of_json_is_told_so_under_detail(
    rest: Rest, address: str, body: str | bytes
) -> None:
    answer = rest.send(address, body)
    assert answer.status_code == 400, answer.content
    assert list(answer.json()) == ["detail"]
    assert isinstance(answer.json()["detail"], str)
    assert nothing_is_saved()


@pytest.mark.parametrize("address", ADDRESSES)
def test_two_megabytes_are_too_much(rest: Rest, address: str) -> None:
    answer = rest.send(address, json.dumps({"name": "x" * 2_000_000}))
    assert answer.status_code == 413
    assert list(answer.json()) == ["detail"]
    assert nothing_is_saved()


def test_no_more_than_the_limit_is_read_where_no_length_was_announced() -> None:
    stream = BytesIO(b" " * 3_000_000)
    with pytest.raises(PayloadTooLarge):
        BoundedJSONParser().parse(stream)
    assert stream.tell() == 1_048_577


def test_one_megabyte_is_read(rest: Rest) -> None:
    body = json.dumps(CLINIC)
    answer = rest.send("clinics/x/", body + " " * (1_048_576 - len(body)))
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "x"],
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_another_content_type_is_415(rest: Rest, address: str, content_type: str) -> None:
    answer = rest.send(address, json.dumps(CLINIC), content_type=content_type)
    assert answer.status_code == 415
    assert list(answer.json()) == ["detail"]
    assert nothing_is_saved()


def test_a_charset_beside_the_content_type_is_no_matter(rest: Rest) -> None:
    answer = rest.send("clinics/x/", json.dumps(CLINIC), "application/json; charset=utf-8")
    assert answer.status_code == 201


def test_every_fault_is_named_at_once(rest: Rest) -> None:
    answer = rest.put("clinics/x/", {"name": 7, "phone": "none", "colour": "red", "slug": "x"})
    assert answer.status_code == 400
    assert {name: type(text) for name, text in answer.json().items()} == dict.fromkeys(
        ["name", "phone", "time_zone", "languages", "colour", "slug"], list
    )
    assert "no such field" in answer.json()["colour"][0]
    assert "read-only" in answer.json()["slug"][0]
    assert nothing_is_saved()


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\udfff!"])
@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("clinics/x/", CLINIC, "name"),
        ("clinics/x/", CLINIC, "phone"),
        ("clinics/x/", CLINIC, "time_zone"),
        ("clinics/x/", CLINIC, "rule_set"),
        ("patients/x/", PATIENT, "name"),
        ("patients/x/", PATIENT, "language"),
        ("patients/x/", PATIENT, "legal_basis"),
        ("appointments/x/", {}, "patient"),
        ("appointments/x/", {}, "practitioner"),
        ("appointments/x/", {}, "starts_at"),
        ("appointments/x/", {}, "status"),
    ],
)
def test_text_that_no_database_holds_is_a_fault_of_its_field(
    rest: Rest, address: str, body: dict[str, Any], field: str, text: str
) -> None:
    answer = rest.put(address, body | {field: text})
    assert answer.status_code == 400
    assert field in answer.json()
    assert nothing_is_saved()


def test_so_is_a_name_of_a_field(rest: Rest) -> None:
    answer = rest.put("clinics/x/", CLINIC | {"\ud800": 1, "x" * 5000: 2})
    assert answer.status_code == 400
    assert len(answer.content) < 2000


@pytest.mark.parametrize("bad", ["a b", "ä", "a" * 65, "a%2Fb", "%00", "a%0A"])
@pytest.mark.parametrize(
    ("address", "key"),
    [("clinics", "slug"), ("patients", "external_id"), ("appointments", "external_id")],
)
def test_an_id_that_nothing_can_have_is_refused_in_the_path(
    rest: Rest, address: str, key: str, bad: str
) -> None:
    assert rest.get(f"{address}/{bad}/").status_code == 404
    answer = rest.put(f"{address}/{bad}/", {})
    if "%2F" in bad:  # another address altogether
        assert answer.status_code == 404
    else:
        assert answer.status_code == 400
        assert list(answer.json()) == [key]


@pytest.mark.parametrize("method", ["post", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize("address", ["clinics/", "patients/x/", "appointments/x/"])
def test_other_methods_are_405(rest: Rest, method: str, address: str) -> None:
    answer = getattr(rest.client, method)(f"/api/v1/{address}", **rest.headers)
    assert answer.status_code == 405
    assert "GET" in answer["Allow"]
    assert method.upper() not in answer["Allow"]


@pytest.mark.parametrize("address", ["", "nowhere/", "clinics/a/b/", "clinics", "clinics/maple"])
def test_another_address_is_404_in_json(rest: Rest, address: str) -> None:
    for answer in (rest.get(address), rest.put(address, {}), rest.post(address)):
        assert answer.status_code == 404
        assert list(answer.json()) == ["detail"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_is_unknown_is_404(rest: Rest, address: str) -> None:
    answer = rest.get(address)
    assert answer.status_code == 404
    assert "“x”" in answer.json()["detail"]


@pytest.mark.parametrize("accept", ["text/html", "image/png", "nonsense"])
def test_the_answer_is_json_whatever_is_accepted(rest: Rest, accept: str) -> None:
    answer = rest.client.get("/api/v1/clinics/?", **rest.headers, HTTP_ACCEPT=accept)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
