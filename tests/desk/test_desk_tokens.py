"""Tokens of the API in the admin: made by administrators, shown once, revoked, never changed."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.test import Client

from api.admin import TokenForm
from api.models import ApiToken
from api.scopes import READ
from desk.models import StaffProfile
from reminders.models import Clinic
from tests.conftest import TUESDAY, make_clinic
from tests.desk.conftest import errors, fill_in, page

TOKEN = "api_apitoken"
ADD = {"name": "lab system", "scopes": ["patients:read", "calls:write"], "days": "90"}


def staff(role: str, *clinics: Clinic) -> Client:
    """Somebody of these clinics, or of all."""
    user = User.objects.create_user("ada", password="x", is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    StaffProfile.objects.create(user=user, everywhere=not clinics).clinics.set(clinics)
    client = Client()
    client.force_login(user)
    return client


def make(client: Client, **changes: Any) -> Any:
    """Send the form, some fields changed."""
    return fill_in(client, page(TOKEN, action="add"), **(ADD | changes))


def test_a_token_is_made_and_its_text_is_on_that_one_page(
    db: None, now: datetime, clinic: Clinic
) -> None:
    client = staff("administrator")
    answer = make(client, clinics=[clinic.pk])
    token = ApiToken.objects.get()
    text = answer.context["secret"]
    assert text in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert (token.scopes, list(token.clinics.all())) == (ADD["scopes"], [clinic])
    assert (token.made_by, token.created_at) == ("staff ada", now)
    assert token.expires_at == now + timedelta(days=90)
    opened = Client().get("/api/v1/patients/", HTTP_AUTHORIZATION=f"Bearer {text}")
    assert opened.status_code == 200
    secret = text.rpartition(f"rw_{token.prefix}_")[2]
    for url in (
        page(TOKEN, action="changelist"),
        page(TOKEN, token),
        page(TOKEN, token, "history"),
    ):
        shown = client.get(url).content.decode()
        assert secret not in shown
        assert token.secret_hash not in shown
        assert "lab system" in shown
    kept = [repr(session.get_decoded()) for session in Session.objects.all()]
    kept += [repr(vars(row)) for row in (token, *LogEntry.objects.all())]
    assert not [row for row in kept if secret in row]


def test_the_page_tells_what_it_may_who_made_it_and_when_it_was_used(
    db: None, now: datetime, clinic: Clinic
) -> None:
    client = staff("administrator")
    text = ApiToken.issue("wall", TUESDAY, may=READ, at=[clinic])
    Client().get("/api/v1/clinics/", HTTP_AUTHORIZATION=f"Bearer {text}")
    shown = client.get(page(TOKEN, ApiToken.objects.get())).content.decode()
    for told in (
        "read everything",
        clinic.name,
        "Never",
        "Tue 17 Nov 14:00 EST",
        "shell",
        "Active",
    ):
        assert told in shown


def test_revoking_asks_first_ends_it_at_once_and_keeps_who_did(
    db: None, now: datetime, clinic: Clinic
) -> None:
    client = staff("administrator")
    text = make(client, everywhere="on").context["secret"]
    token = ApiToken.objects.get()
    ask = page(TOKEN, token, "revoke")
    assert ask in client.get(page(TOKEN, token)).content.decode()
    assert client.get(ask).status_code == 200
    assert ApiToken.objects.get().revoked_at is None
    for _ in range(2):
        assert client.post(ask).status_code == 302
    token.refresh_from_db()
    assert (token.revoked_at, token.revoked_by) == (now, "staff ada")
    refused = Client().get("/api/v1/patients/", HTTP_AUTHORIZATION=f"Bearer {text}")
    assert refused.status_code == 401
    assert ask not in client.get(page(TOKEN, token)).content.decode()
    told = LogEntry.objects.order_by("pk").values_list("user__username", "action_flag")
    assert list(told) == [("ada", 1), ("ada", 2)]


def test_of_two_who_make_the_same_name_at_once_one_is_told_by_the_field(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ApiToken.issue("lab system", TUESDAY)
    looks, clean_name = iter(["before the other was there"]), TokenForm.clean_name

    def look(form: TokenForm) -> str:
        return form.cleaned_data["name"] if next(looks, "") else clean_name(form)

    monkeypatch.setattr(TokenForm, "clean_name", look)
    answer = make(staff("administrator"), everywhere="on")
    assert list(errors(answer)) == ["name"]
    assert ApiToken.objects.get().made_by == "shell"
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "wall"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["patients:all"]}, "scopes"),
        ({"everywhere": ""}, "clinics"),
        ({"days": "0"}, "days"),
        ({"days": "99999"}, "days"),
    ],
)
def test_what_cannot_be_meant_is_told_by_its_field_and_makes_nothing(
    db: None, now: datetime, changes: dict[str, Any], field: str
) -> None:
    ApiToken.issue("wall", TUESDAY)
    answer = make(staff("administrator"), **({"everywhere": "on"} | changes))
    assert list(errors(answer)) == [field]
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("wall", "Ya hay una clave activa con el nombre «wall»."),
        ("a\nb", "Use de 1 a 64 letras y dígitos, con espacios o . : @ _ - entre ellos."),
    ],
)
def test_what_is_wrong_with_a_name_is_told_in_spanish_too(
    db: None, now: datetime, name: str, told: str
) -> None:
    ApiToken.issue("wall", TUESDAY)
    client = staff("administrator")
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"
    assert errors(make(client, everywhere="on", name=name)) == {"name": [told]}


def test_clinics_and_all_clinics_are_not_both_meant(
    db: None, now: datetime, clinic: Clinic
) -> None:
    answer = make(staff("administrator"), everywhere="on", clinics=[clinic.pk])
    assert list(errors(answer)) == ["clinics"]


def test_the_name_of_a_revoked_token_is_free(db: None, now: datetime) -> None:
    ApiToken.issue("lab system", TUESDAY)
    ApiToken.revoke("lab system", TUESDAY)
    assert make(staff("administrator"), everywhere="on", days="").status_code == 200
    assert ApiToken.objects.get(revoked_at=None).expires_at is None


def test_nothing_of_a_token_is_changed_or_deleted(desk: Client) -> None:
    ApiToken.issue("wall", TUESDAY, may=READ)
    token = ApiToken.objects.get()
    for action in ("change", "delete"):
        assert desk.post(page(TOKEN, token, action), ADD).status_code == 403
    assert ApiToken.objects.get().name == "wall"


def test_no_address_spells_out_a_hash(desk: Client) -> None:
    ApiToken.issue("wall", TUESDAY)
    url = page(TOKEN, action="changelist")
    first = ApiToken.objects.get().secret_hash[0]
    assert desk.get(f"{url}?secret_hash__startswith={first}").status_code in (302, 400)


# -- whose


@pytest.mark.parametrize("role", ["scheduler", "manager", "auditor"])
def test_only_an_administrator_makes_or_revokes_one(db: None, now: datetime, role: str) -> None:
    ApiToken.issue("wall", TUESDAY)
    token, client = ApiToken.objects.get(), staff(role)
    for url in (page(TOKEN, action="add"), page(TOKEN, token, "revoke")):
        assert client.get(url).status_code == 403
        assert client.post(url, ADD).status_code == 403
    assert ApiToken.objects.get().revoked_at is None


def test_an_administrator_of_a_clinic_gives_and_meets_no_other(
    db: None, now: datetime, clinic: Clinic
) -> None:
    oak = make_clinic("oak", name="Oak Clinic")
    for name, at in (("theirs", [oak]), ("both", [clinic, oak]), ("all", None), ("ours", [clinic])):
        ApiToken.issue(name, TUESDAY, at=at)
    client = staff("administrator", clinic)
    rows = client.get(page(TOKEN, action="changelist")).context["cl"].result_list
    assert [row.name for row in rows] == ["ours"]
    for name in ("theirs", "both", "all"):
        assert (
            client.post(page(TOKEN, ApiToken.objects.get(name=name), "revoke")).status_code == 404
        )
    assert list(errors(make(client, everywhere="on"))) == ["clinics"]
    assert list(errors(make(client, clinics=[oak.pk]))) == ["clinics"]
    assert make(client, clinics=[clinic.pk], everywhere="on").status_code == 200
    assert not ApiToken.objects.get(name="lab system").everywhere


def test_who_reads_no_names_gives_no_token_that_does(db: None, now: datetime) -> None:
    client = staff("auditor")
    may = Permission.objects.get(codename="add_apitoken")
    User.objects.get(username="ada").user_permissions.add(may)
    assert list(errors(make(client, everywhere="on"))) == ["scopes"]
    assert make(client, everywhere="on", scopes=["clinics:read"]).status_code == 200
