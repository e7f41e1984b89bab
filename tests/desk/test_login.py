"""The way in: a password, a second factor, few wrong tries, an end of each session."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from desk.login import guards
from desk.models import StaffProfile

PASSWORD = "a-long-and-secret-one"
LOGIN, SET_UP, PROVE = (
    "/accounts/login/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/authenticate/",
)


@pytest.fixture
def dana(db: None) -> User:
    cache.clear()
    return User.objects.create_superuser("dana", password=PASSWORD)


@pytest.fixture
def two_factors(settings: Any) -> None:
    settings.REQUIRE_TWO_FACTOR = True


def sign_in(client: Client, password: str = PASSWORD, name: str = "dana", to: str = "") -> Any:
    return client.post(LOGIN, {"login": name, "password": password, "next": to})


def code_of(secret: str, at: float | None = None) -> str:
    """RFC 6238: six digits of this half minute."""
    counter = struct.pack(">Q", int(at or time.time()) // 30)
    mac = hmac.digest(base64.b32decode(secret), counter, hashlib.sha1)
    offset = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def set_up(client: Client) -> str:
    """An app is set up, once the password was given anew; returns its secret."""
    again = client.get(SET_UP)["Location"]
    assert client.post(again, {"password": PASSWORD})["Location"] == SET_UP
    secret: str = client.get(SET_UP).context["form"].secret
    assert client.post(SET_UP, {"code": code_of(secret)}).status_code == 302
    return secret


def test_a_stranger_is_led_to_the_login_and_then_where_they_wanted(
    client: Client, dana: User
) -> None:
    asked = client.get("/admin/reports/", follow=True)
    assert asked.request["PATH_INFO"] == LOGIN
    assert sign_in(client, to="/admin/reports/")["Location"] == "/admin/reports/"


@pytest.mark.parametrize("name", ["dana", "nobody"])
def test_a_wrong_name_and_a_wrong_password_sound_alike(
    client: Client, dana: User, name: str
) -> None:
    answer = sign_in(client, "wrong", name)
    assert answer.context["form"].non_field_errors() == [
        "The username and/or password you specified are not correct."
    ]


def test_nobody_signs_up_and_nobody_asks_for_a_password_by_mail(client: Client) -> None:
    for name in ("account_signup", "account_reset_password", "account_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_five_wrong_passwords_close_the_name_for_the_right_one_too(
    client: Client, dana: User
) -> None:
    for _ in range(5):
        sign_in(client, "wrong")
    assert "Too many failed login attempts" in sign_in(client).content.decode()
    assert not client.get("/admin/").wsgi_request.user.is_authenticated
    # Another process, another machine: the count is in the database.
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert "Too many failed login attempts" in sign_in(elsewhere).content.decode()


def test_wrong_passwords_are_counted_where_every_process_counts(settings: Any) -> None:
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")


def test_an_inactive_account_is_let_in_nowhere(client: Client, dana: User) -> None:
    User.objects.update(is_active=False)
    sign_in(client)
    assert client.get("/admin/").status_code == 302


def test_nothing_is_shown_before_a_second_factor_is_set_up(
    client: Client, dana: User, two_factors: None
) -> None:
    sign_in(client)
    for url in ("/admin/", "/admin/reports/", "/admin/reminders/patient/", "/admin/today/"):
        assert client.get(url)["Location"] == SET_UP, url
    assert client.post("/admin/reminders/patient/add/")["Location"] == SET_UP
    set_up(client)
    assert client.get("/admin/").status_code == 200


def test_from_then_on_the_password_alone_does_not_open(
    client: Client, dana: User, two_factors: None
) -> None:
    sign_in(client)
    secret = set_up(client)
    client.post("/accounts/logout/")
    assert sign_in(client)["Location"] == PROVE
    assert client.get("/admin/").status_code == 302
    stale = client.post(PROVE, {"code": code_of(secret, time.time() - 3600)})
    assert stale.context["form"].errors
    code = code_of(secret)
    assert client.post(PROVE, {"code": code})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    client.post("/accounts/logout/")
    sign_in(client)
    assert client.post(PROVE, {"code": code}).context["form"].errors, "the same once more"


def test_a_recovery_code_opens_once(client: Client, dana: User, two_factors: None) -> None:
    sign_in(client)
    set_up(client)
    [code, *_] = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    for works in (True, False):
        client.post("/accounts/logout/")
        sign_in(client)
        client.post(PROVE, {"code": code})
        assert (client.get("/admin/").status_code == 200) is works


def test_whoever_lost_the_telephone_sets_up_a_new_factor_once_an_administrator_reset_it(
    client: Client, dana: User, two_factors: None, settings: Any
) -> None:
    sign_in(client)
    set_up(client)
    settings.REQUIRE_TWO_FACTOR = False
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    url = f"/admin/auth/user/{dana.pk}/second-factor/"
    assert url in boss.get(f"/admin/auth/user/{dana.pk}/change/").content.decode()
    assert "Reset the second factor of dana?" in boss.get(url).content.decode()
    assert dana.authenticator_set.exists()
    assert boss.post(url).status_code == 302
    assert not dana.authenticator_set.exists()
    entry = LogEntry.objects.latest("pk")
    assert (entry.user.username, entry.object_id) == ("boss", str(dana.pk))
    assert entry.change_message == "Second factor reset"
    settings.REQUIRE_TWO_FACTOR = True
    assert client.get("/admin/")["Location"].startswith("/admin/login/"), "signed out"
    sign_in(client)
    assert client.get("/admin/")["Location"] == SET_UP
    settings.REQUIRE_TWO_FACTOR = False
    assert url not in boss.get(f"/admin/auth/user/{dana.pk}/change/").content.decode()


def test_nobody_resets_their_own_factor_or_that_of_somebody_who_may_do_more(
    client: Client, dana: User
) -> None:
    boss = User.objects.create_user("boss", is_staff=True)
    StaffProfile.objects.create(user=boss, everywhere=True)
    other = User.objects.create_user("other", is_staff=True)
    client.force_login(boss)
    url = "/admin/auth/user/{}/second-factor/".format
    assert client.post(url(other.pk)).status_code == 403, "without the right"
    boss.groups.add(Group.objects.get(name="administrator"))
    assert client.post(url(boss.pk)).status_code == 403, "their own"
    assert client.post(url(dana.pk)).status_code == 403, "a superuser's"
    assert client.post(url(other.pk)).status_code == 302


def test_the_demo_asks_for_one_step_only(client: Client, dana: User) -> None:
    sign_in(client)
    assert client.get("/admin/").status_code == 200


# -- the end of a session


@pytest.mark.parametrize(("minutes", "stays"), [(29, True), (31, False)])
def test_who_does_nothing_for_half_an_hour_is_signed_out(
    client: Client, dana: User, monkeypatch: pytest.MonkeyPatch, minutes: int, stays: bool
) -> None:
    sign_in(client)
    client.get("/admin/")
    later = time.time() + minutes * 60
    monkeypatch.setattr(guards.time, "time", lambda: later)
    assert (client.get("/admin/").status_code == 200) is stays


def test_a_page_that_renews_itself_keeps_nobody_signed_in(
    client: Client, dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)
    client.get("/admin/")
    began = time.time()
    for minutes in (10, 20, 29, 31):
        monkeypatch.setattr(guards.time, "time", lambda at=began + minutes * 60: at)
        last = client.get("/admin/today/")
    assert last.status_code == 302


def test_whoever_works_on_stays_until_the_twelfth_hour(
    client: Client, dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)
    client.get("/admin/")
    began = time.time()
    answers = []
    for minutes in range(20, 13 * 60, 20):
        monkeypatch.setattr(guards.time, "time", lambda at=began + minutes * 60: at)
        answers.append(client.get("/admin/").status_code)
    # The first of these is after 20 minutes.
    assert answers.index(302) == 12 * 60 // 20 - 1


# -- the house's own login


@pytest.fixture
def house(settings: Any) -> None:
    app = {
        "provider_id": "house",
        "name": "Clinic login",
        "client_id": "ringwell",
        "secret": "x",
        "settings": {"server_url": "http://127.0.0.1:9/realm"},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}


def test_the_house_login_has_its_button(client: Client, dana: User, house: None) -> None:
    shown = client.get(LOGIN).content.decode()
    assert "Clinic login" in shown
    assert "/accounts/oidc/house/login/" in shown


def test_without_one_there_is_no_button(client: Client, dana: User) -> None:
    assert "oidc" not in client.get(LOGIN).content.decode()


@pytest.mark.parametrize(
    "url", [LOGIN, "/accounts/2fa/", "/accounts/password/change/", "/accounts/2fa/webauthn/"]
)
def test_nothing_of_these_pages_comes_from_elsewhere(client: Client, dana: User, url: str) -> None:
    if url != LOGIN:
        sign_in(client)
    shown = client.get(url).content.decode()
    for mark in ('src="http', 'src="//', 'href="http', 'href="//', "style=", "<style"):
        assert mark not in shown, mark
