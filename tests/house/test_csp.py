"""The content security policy by path: strict, and in the admin what unfold needs."""

import pytest
from django.test import Client

HEADER = "Content-Security-Policy"


def policy(client: Client, url: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in client.get(url)[HEADER].split(";"))
    return {name: value for name, _, value in parts}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["/", "/accounts/login/", "/healthz", "/api/v1/clinics/", "/nowhere"]
)
def test_outside_of_the_admin_nothing_unsafe_is_allowed(client: Client, url: str) -> None:
    told = policy(client, url)
    assert told["default-src"] == "'none'"
    assert told["script-src"] == told["style-src"] == "'self'"
    assert told["frame-ancestors"] == told["base-uri"] == "'none'"
    assert "unsafe" not in " ".join(told.values())


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/admin/", "/admin/login/", "/admin/reports/"])
def test_the_admin_may_what_unfold_needs_and_no_more(admin_client: Client, url: str) -> None:
    told = policy(admin_client, url)
    assert told["script-src"] == "'self' 'unsafe-eval'"
    assert told["style-src"] == "'self' 'unsafe-inline'"
    assert told["media-src"] == "'self' blob:"
    assert told["font-src"] == "'self' data:"
    assert told["default-src"] == "'none'"
