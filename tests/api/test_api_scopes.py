"""What a token may do, and whose rows it reaches: all else is refused, or is not there."""

from collections.abc import Callable
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from api.models import ApiToken
from api.scopes import READ, Scope
from reminders.models import AccessLog, Appointment, Clinic, Patient
from tests.api.conftest import CLINIC, PATIENT, VISIT, Rest
from tests.api.test_api_calls import record_call
from tests.conftest import TUESDAY, make_appointment, make_clinic, make_patient

Sent = Callable[..., Any]

#: A request for each door, by the scope that opens it.
DOORS: list[tuple[Scope, str, str, Any]] = [
    (Scope.CLINICS_READ, "get", "clinics/", None),
    (Scope.CLINICS_READ, "get", "clinics/maple/", None),
    (Scope.CLINICS_WRITE, "put", "clinics/maple/", CLINIC),
    (Scope.PATIENTS_READ, "get", "patients/", None),
    (Scope.PATIENTS_READ, "get", "patients/p-1/", None),
    (Scope.PATIENTS_WRITE, "put", "patients/p-1/", PATIENT),
    (Scope.APPOINTMENTS_READ, "get", "appointments/", None),
    (Scope.APPOINTMENTS_READ, "get", "appointments/a-1/", None),
    (Scope.APPOINTMENTS_WRITE, "put", "appointments/a-1/", VISIT),
    (Scope.CALLS_WRITE, "post", "appointments/a-1/call-now/", None),
]


def ask(rest: Rest, method: str, path: str, body: Any) -> Any:
    return rest.put(path, body) if method == "put" else getattr(rest, method)(path)


def with_scopes(*may: Scope) -> Rest:
    return Rest(ApiToken.issue("some", TUESDAY, may=may))


def at(*clinics: Clinic, name: str = "maple system") -> Rest:
    return Rest(ApiToken.issue(name, TUESDAY, at=clinics))


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door[1]} {door[2]}")
def test_a_door_opens_to_its_scope_and_to_no_other(
    sent: Sent, door: tuple[Scope, str, str, Any]
) -> None:
    sent()
    scope, *request = door
    # Who may write a row is answered with it.
    opening = {scope, Scope(scope.replace(":read", ":write"))}
    lacking = ask(with_scopes(*set(Scope) - opening), *request)
    assert lacking.status_code == 403
    assert lacking.json() == {"detail": f"This token does not have the scope {scope}."}
    ApiToken.objects.filter(name="some").delete()
    for one in sorted(opening):
        assert ask(with_scopes(one), *request).status_code in (200, 409)
        ApiToken.objects.filter(name="some").delete()


def test_what_came_of_calls_is_shown_to_whom_it_is_given(sent: Sent, now: datetime) -> None:
    sent()
    record_call(now)
    reader = with_scopes(Scope.APPOINTMENTS_READ)
    for told in (
        reader.get("appointments/a-1/").json(),
        reader.get("appointments/").json()["results"][0],
    ):
        assert "calls" not in told
        assert told["answer"] == ""
    assert not AccessLog.objects.filter(actor="api some").exists()


def test_words_that_were_heard_are_a_look_at_the_patient(
    sent: Sent, rest: Rest, now: datetime
) -> None:
    sent()
    rest.get("appointments/a-1/")
    rest.get("appointments/")
    looks = AccessLog.objects.filter(page__startswith="api:appointment")
    assert not looks.exists()
    record_call(now)
    rest.get("appointments/a-1/")
    rest.get("appointments/")
    rest.put("appointments/a-1/", VISIT)
    seen = looks.order_by("pk").values_list("page", "kind", "numbers", "seen__patient__external_id")
    one, page = ("api:appointment", "api", False, "p-1"), ("api:appointments", "api", False, "p-1")
    assert list(seen) == [one, page, one]


def test_a_page_of_a_hundred_people_is_one_look(rest: Rest, django_assert_num_queries: Any) -> None:
    for n in range(100):
        make_patient(f"p{n}", f"+1212555{100 + n:04}")
    rest.get("clinics/")
    # The token, the page, the look and whom it saw; with a savepoint.
    with django_assert_num_queries(6):
        rest.get("patients/?page_size=100")
    assert AccessLog.objects.get().seen.count() == 100


# -- clinics


@pytest.fixture
def two(db: None, now: datetime) -> tuple[Clinic, Clinic]:
    """Maple with p-1 and a-1, Oak with p-2 and a-2; nobody was entered by a token."""
    maple, oak = make_clinic(), make_clinic("oak", name="Oak Clinic")
    for clinic, key, phone in ((maple, "1", "+12125550142"), (oak, "2", "+12125550143")):
        make_appointment(clinic, make_patient(f"p-{key}", phone), external_id=f"a-{key}")
    return maple, oak


def test_a_token_of_a_clinic_sees_its_rows_alone(two: tuple[Clinic, Clinic]) -> None:
    rest = at(two[0])
    lists = {path: rest.get(path).json()["results"] for path in ("clinics/", "patients/")}
    assert [row["slug"] for row in lists["clinics/"]] == ["maple"]
    assert [row["external_id"] for row in lists["patients/"]] == ["p-1"]
    assert [row["external_id"] for row in rest.get("appointments/").json()["results"]] == ["a-1"]
    assert rest.get("appointments/", clinic="oak").json()["results"] == []
    for path in ("clinics/maple/", "patients/p-1/", "appointments/a-1/"):
        assert rest.get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "clinics/oak/", None),
        ("put", "clinics/oak/", CLINIC),
        ("get", "patients/p-2/", None),
        ("put", "patients/p-2/", PATIENT),
        ("get", "appointments/a-2/", None),
        ("put", "appointments/a-2/", VISIT | {"patient": "p-1"}),
        ("post", "appointments/a-2/call-now/", None),
    ],
)
def test_what_lies_beyond_is_answered_as_what_does_not_exist(
    two: tuple[Clinic, Clinic], method: str, path: str, body: Any
) -> None:
    beyond = ask(at(two[0]), method, path, body)
    nowhere = Rest(ApiToken.issue("all", TUESDAY)).get(path.replace("call-now/", ""))
    assert beyond.status_code == 404
    assert nowhere.status_code == 200
    key = path.split("/")[1]
    assert beyond.json()["detail"].endswith(f"“{key}”.")
    assert not AccessLog.objects.filter(actor="api maple system").exists()
    assert Patient.objects.get(external_id="p-2").number.e164 == "+12125550143"


@pytest.mark.parametrize(("field", "beyond"), [("clinic", "oak"), ("patient", "p-2")])
@pytest.mark.parametrize("path", ["appointments/a-1/", "appointments/new/"])
def test_a_visit_refers_to_nothing_beyond(
    two: tuple[Clinic, Clinic], path: str, field: str, beyond: str
) -> None:
    answer = at(two[0]).put(path, VISIT | {field: beyond})
    assert answer.status_code == 400
    assert answer.json() == {field: [f"There is no {field} “{beyond}”."]}
    assert Appointment.objects.get(external_id="a-1").clinic == two[0]


def test_a_token_of_a_clinic_makes_no_clinic(two: tuple[Clinic, Clinic]) -> None:
    assert at(two[0]).put("clinics/elm/", CLINIC).status_code == 404
    assert not Clinic.objects.filter(slug="elm").exists()


def test_who_was_entered_is_found_until_a_visit_elsewhere(two: tuple[Clinic, Clinic]) -> None:
    rest, other = at(two[0]), at(two[0], name="another system")
    assert rest.put("patients/p-3/", PATIENT).status_code == 201
    assert rest.get("patients/p-3/").status_code == 200
    assert other.get("patients/p-3/").status_code == 404
    assert rest.put("appointments/a-3/", VISIT | {"patient": "p-3"}).status_code == 201
    assert other.get("patients/p-3/").status_code == 200
    Appointment.objects.filter(external_id="a-3").update(clinic=two[1])
    assert rest.get("patients/p-3/").status_code == 404


def test_a_name_that_is_used_again_does_not_inherit_whom_the_former_token_entered(
    two: tuple[Clinic, Clinic],
) -> None:
    assert at(two[0]).put("patients/p-3/", PATIENT).status_code == 201
    call_command("revoke_api_token", "maple system", stdout=StringIO())
    later = at(two[1])
    assert later.get("patients/p-3/").status_code == 404
    assert later.put("patients/p-3/", {"name": "Another"}).status_code == 404
    assert [row["external_id"] for row in later.get("patients/").json()["results"]] == ["p-2"]
    answer = later.put("appointments/a-3/", VISIT | {"clinic": "oak", "patient": "p-3"})
    assert answer.json() == {"patient": ["There is no patient “p-3”."]}


def test_a_patient_of_when_the_history_knew_a_name_alone_waits_for_a_visit(
    two: tuple[Clinic, Clinic],
) -> None:
    rest = at(two[0])
    assert rest.put("patients/p-3/", PATIENT).status_code == 201
    Patient.history.update(history_change_reason="api maple system")
    assert rest.get("patients/p-3/").status_code == 404
    make_appointment(two[0], Patient.objects.get(external_id="p-3"), external_id="a-3")
    assert rest.get("patients/p-3/").status_code == 200


def test_a_token_whose_clinic_is_gone_reaches_none(two: tuple[Clinic, Clinic]) -> None:
    rest = at(two[0])
    ApiToken.objects.get().clinics.clear()
    assert rest.get("appointments/").json()["results"] == []
    assert rest.get("clinics/").json()["results"] == []


# -- the command


def made(*words: str) -> ApiToken:
    call_command("create_api_token", "some", *words, stdout=StringIO())
    return ApiToken.objects.get()


def test_the_command_gives_scopes_and_clinics(two: tuple[Clinic, Clinic]) -> None:
    token = made("--scope", "patients:read", "--scope", "calls:write", "--clinic", "oak")
    assert token.scopes == ["calls:write", "patients:read"]
    assert (token.everywhere, list(token.clinics.all())) == (False, [two[1]])
    assert (token.made_by, token.revoked_by) == ("shell", "")
    call_command("revoke_api_token", "some", stdout=StringIO())
    token.refresh_from_db()
    assert token.revoked_by == "shell"


def test_without_a_word_a_token_may_do_everything_everywhere(db: None) -> None:
    token = made()
    assert (token.scopes, token.everywhere) == (sorted(Scope), True)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--scope", "patients:all"], "scope"),
        (["--clinic", "elm"], "--clinic.*elm"),
        (["--read-only", "--scope", "calls:read"], "--read-only"),
    ],
)
def test_words_that_cannot_be_meant_are_named(db: None, words: list[str], named: str) -> None:
    with pytest.raises(CommandError, match=named):
        made(*words)
    assert not ApiToken.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_token_of_before_keeps_what_it_could_do() -> None:
    before, after = ("api", "0002_token_scope_and_expiry"), ("api", "0003_what_a_token_may_do")
    executor = MigrationExecutor(connection)
    newest = [key for key in executor.loader.graph.leaf_nodes() if key[0] == "api"]
    old = executor.migrate([before]).apps.get_model("api", "ApiToken").objects
    for name, may_write in (("writes", True), ("reads", False)):
        old.create(name=name, prefix=name, secret_hash="x", created_at=TUESDAY, may_write=may_write)
    try:
        executor = MigrationExecutor(connection)
        new = executor.migrate([after]).apps.get_model("api", "ApiToken").objects
        told = {token.name: (token.scopes, token.everywhere) for token in new.all()}
        assert told == {"writes": (sorted(Scope), True), "reads": (sorted(READ), True)}
        new.create(name="limited", prefix="l", secret_hash="x", created_at=TUESDAY, scopes=["x"])
        executor = MigrationExecutor(connection)
        back = executor.migrate([before]).apps.get_model("api", "ApiToken").objects
        kept = {token.name: (token.may_write, bool(token.revoked_at)) for token in back.all()}
        assert kept == {"writes": (True, False), "reads": (False, False), "limited": (False, True)}
    finally:
        MigrationExecutor(connection).migrate(newest)
