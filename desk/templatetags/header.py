"""The head of a page: where it stands, in the words of the menu."""

from typing import Any

from django import template
from django.urls import Resolver404, resolve

from desk.menu import name_in_menu

register = template.Library()


@register.filter
def as_in_menu(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the app, which is a word of programmers; a list by its name in the menu."""
    kept = [part for part in parts if _page(part) != "app_list"]
    return [_named(part) for part in kept] or parts


def _page(part: dict[str, Any]) -> str | None:
    try:
        return resolve(str(part.get("link", ""))).url_name
    except Resolver404:
        return None


def _named(part: dict[str, Any]) -> dict[str, Any]:
    name = name_in_menu(str(part.get("link", "")))
    return part | {"title": name} if name else part
