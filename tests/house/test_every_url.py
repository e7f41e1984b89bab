"""Every URL asks who is calling, or stands below with the reason why it does not."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RegexPattern, RoutePattern
from django.utils.regex_helper import normalize

OPEN = {
    "/": "leads to the admin, which asks",
    "/favicon.ico": "a browser asks for it by itself, before anybody is signed in",
    "/healthz": "a load balancer asks it; it tells only that the process answers",
    "/readyz": "a load balancer asks it; it names what is missing and no data",
    "/workz": "a watch outside asks it; it names incidents and no data",
    "/metrics": "answers this machine, or METRICS_TOKEN; figures and no data (test_metrics)",
    "/callbacks/prompts/x1.wav": "Azure fetches recordings, which hold nothing of a patient",
    "/calendar/1/x1.ics": "a calendar cannot sign in: the secret in its address is the key",
    "/accounts/login/": "where one says who one is",
    "/accounts/language/": "keeps in a cookie which language somebody reads",
    "/accounts/inactive/": "says that an account is closed, and not whose",
    "/accounts/house/cancelled/": "where the house's own login leads who turned back",
    "/accounts/house/error/": "where the house's own login leads when it failed",
    "/accounts/oidc/x1/login/": "leads to the house's own login, where there is one",
    "/accounts/oidc/x1/login/callback/": "takes the word of the house's own login, signed",
    "/admin/logout/": "leads a visitor who is not signed in to the index, and so to the login",
}
METHODS = ("get", "post", "put", "patch", "delete")
# A word that each path converter and each group of a regular expression takes.
SAMPLES = {
    "int": "1",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "drf_format_suffix": ".json",
}
ANY_SAMPLE = "x1"


def concrete_paths(
    patterns: list[URLPattern | URLResolver], prefix: str = "/"
) -> Iterator[tuple[str, URLPattern]]:
    """One example of a path for every URL pattern, however deep."""
    for entry in patterns:
        path = prefix + example(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from concrete_paths(entry.url_patterns, path)
        else:
            yield path, entry


def example(pattern: object) -> str:
    if isinstance(pattern, RoutePattern):
        text = str(pattern)
        for name, converter in pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower()
            word = next((SAMPLES[key] for key in SAMPLES if key.startswith(kind)), ANY_SAMPLE)
            for spelling in (f"<{name}>", *(f"<{key}:{name}>" for key in route_kinds(text))):
                text = text.replace(spelling, word)
        return text
    if isinstance(pattern, RegexPattern):
        template, names = normalize(str(pattern))[0]
        return template % {name: first_choice(str(pattern), name) for name in names}
    return ""


def first_choice(regex: str, group: str) -> str:
    """What a named group takes: the first of (?P<app_label>auth|reminders), else any word."""
    choices = re.search(rf"\(\?P<{group}>([\w|]+)\)", regex)
    return choices.group(1).partition("|")[0] if choices else ANY_SAMPLE


def route_kinds(route: str) -> list[str]:
    """The converters a route names: "<int:pk>/" has "int"."""
    return [part.partition(":")[0] for part in route.split("<")[1:] if ":" in part]


PATHS = sorted(concrete_paths(get_resolver().url_patterns), key=lambda pair: pair[0])


@pytest.mark.parametrize(("path", "pattern"), PATHS, ids=[path for path, _ in PATHS])
def test_the_example_leads_to_its_pattern(path: str, pattern: URLPattern) -> None:
    """Else the next test would knock at no door and be content with its 404."""
    assert resolve(path).func is pattern.callback


@pytest.mark.django_db
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", [path for path, _ in PATHS if path not in OPEN])
def test_a_stranger_is_sent_away(path: str, method: str) -> None:
    response = getattr(Client(raise_request_exception=False), method)(path)
    if response.status_code == 302:
        doors = resolve_url(settings.LOGIN_URL), resolve_url("admin:login")
        assert response["Location"].startswith(doors)
    else:
        assert response.status_code in (401, 403, 405)


@pytest.mark.parametrize("path", OPEN)
def test_what_is_open_still_exists(path: str) -> None:
    assert path in dict(PATHS)
