"""Who may call: tokens made and revoked at the shell, carried in a header."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from api.models import ApiToken
from config import clock
from reminders.models import Clinic
from tests.api.conftest import Rest


def run(command: str, *words: str) -> list[str]:
    out = StringIO()
    call_command(command, *words, stdout=out)
    return out.getvalue().splitlines()


def ask(header: str | None) -> object:
    headers = {} if header is None else {"HTTP_AUTHORIZATION": header}
    return Client().get("/api/v1/clinics/", **headers)


def test_the_token_stands_alone_on_the_last_line_and_opens_the_door(db: None) -> None:
    token = run("create_api_token", "practice system")[-1]
    assert token == token.strip()
    assert " " not in token
    assert ask(f"Bearer {token}").status_code == 200
    assert ask(f"bearer {token}").status_code == 200


def test_only_a_hash_of_the_secret_is_kept(token: str) -> None:
    row = ApiToken.objects.get()
    secret = token.removeprefix(f"rw_{row.prefix}_")
    assert len(secret) >= 43
    assert all(secret not in str(value) for value in vars(row).values())


def test_a_name_is_taken_while_its_token_is_active(db: None) -> None:
    first = run("create_api_token", "practice system")[-1]
    with pytest.raises(CommandError, match="practice system"):
        run("create_api_token", "practice system")
    run("revoke_api_token", "practice system")
    second = run("create_api_token", "practice system")[-1]
    assert ask(f"Bearer {first}").status_code == 401
    assert ask(f"Bearer {second}").status_code == 200


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb", "\x00"])
def test_a_name_must_be_one(db: None, name: str) -> None:
    with pytest.raises(CommandError):
        run("create_api_token", name)


def test_what_is_not_there_cannot_be_revoked(db: None) -> None:
    with pytest.raises(CommandError, match="no active token"):
        run("revoke_api_token", "nobody")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        f"Bearer rw_{'0' * 12}_{'A' * 43}",
        "Basic dXNlcjpwYXNz",
        "Bearer \xff\xfe",
    ],
)
def test_a_stranger_gets_401_and_is_told_how_to_ask(db: None, header: str | None) -> None:
    answer = ask(header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert list(answer.json()) == ["detail"]


def test_another_secret_under_a_known_prefix_is_refused(token: str) -> None:
    assert ask(f"Bearer {token[:-43]}{'A' * 43}").status_code == 401


def test_the_last_use_is_written_once_a_minute(
    rest: Rest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for seconds in (0, 30, 59, 60):
        monkeypatch.setattr(clock, "now", lambda at=now + timedelta(seconds=seconds): at)
        rest.get("clinics/")
        seen.append(ApiToken.objects.get().last_used_at)
    assert seen == [now, now, now, now + timedelta(minutes=1)]


def test_a_session_of_the_admin_opens_nothing(admin_client: Client) -> None:
    assert admin_client.get("/api/v1/clinics/").status_code == 401


def test_a_token_that_may_read_only_reads_and_changes_nothing(db: None) -> None:
    token = run("create_api_token", "wall screen", "--read-only")[-1]
    header = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    assert Client().get("/api/v1/clinics/", **header).status_code == 200
    for method, path, scope in (
        ("put", "clinics/maple/", "clinics:write"),
        ("post", "appointments/a1/call-now/", "calls:write"),
    ):
        answer = getattr(Client(), method)(
            f"/api/v1/{path}", {}, content_type="application/json", **header
        )
        assert answer.status_code == 403
        assert answer.json()["detail"].endswith(f" {scope}.")
    assert not Clinic.objects.exists()


def test_a_token_opens_until_it_expires_and_not_a_moment_longer(
    db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = run("create_api_token", "trial", "--days", "2")[-1]
    for left, status in ((timedelta(seconds=1), 200), (timedelta(0), 401)):
        monkeypatch.setattr(clock, "now", lambda at=now + timedelta(days=2) - left: at)
        assert ask(f"Bearer {token}").status_code == status


@pytest.mark.parametrize("days", ["0", "-1", "99999"])
def test_days_that_cannot_be_meant_are_named(db: None, days: str) -> None:
    with pytest.raises(CommandError, match="--days"):
        run("create_api_token", "trial", "--days", days)
