"""Keys that are changed: what was opened with the former one, and what is not."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client


@pytest.fixture
def signed_in(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("dana"))
    assert client.get("/admin/").status_code == 200
    return client


def test_with_the_former_secret_key_as_a_fallback_nobody_has_to_sign_in_again(
    signed_in: Client, settings: Any
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-one"
    assert signed_in.get("/admin/").status_code == 200


def test_without_it_everybody_signs_in_again(signed_in: Client, settings: Any) -> None:
    settings.SECRET_KEY = "another-one"
    answer = signed_in.get("/admin/")
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (
        302,
        "/admin/login/",
    )


def test_a_fallback_signs_nothing(settings: Any) -> None:
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-one", [former]
    signed = signing.dumps("x")
    settings.SECRET_KEY_FALLBACKS = []
    assert signing.loads(signed) == "x"
