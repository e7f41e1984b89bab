"""Every page has an icon, of this machine and as the policy wants it."""

import pytest
from django.test import Client
from django.urls import reverse_lazy


def test_whoever_asks_for_the_icon_gets_it(client: Client) -> None:
    answer = client.get("/favicon.ico", follow=True)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<svg" in b"".join(answer.streaming_content)


@pytest.mark.parametrize("path", ["/admin/", "/accounts/login/", reverse_lazy("admin:api_docs")])
def test_every_kind_of_page_names_it(admin_client: Client, path: str) -> None:
    path = str(path)
    if "login" in path:
        admin_client.logout()
    text = admin_client.get(path, follow=True).content.decode()
    assert 'href="/static/desk/favicon.svg"' in text
