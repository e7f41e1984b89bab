"""Reading single fields of a JSON body; a wrong type is refused with the field's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.errors import invalid


def text(body: Mapping[str, Any], name: str) -> str:
    """A string that must be there and not be empty."""
    value = optional_text(body, name)
    if not value:
        raise invalid(f"The field {_shown(name)} is required.")
    return value


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"The field {_shown(name)} must be a string.")
    return value


def texts(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of strings, none of them empty; missing or null is no strings."""
    values = body.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise invalid(f"The field {_shown(name)} must be a list of strings.")
    return tuple(values)


def flag(body: Mapping[str, Any], name: str) -> bool:
    """A boolean; missing or null is false."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise invalid(f"The field {_shown(name)} must be a boolean.")
    return bool(value)


def optional_integer(body: Mapping[str, Any], name: str) -> int | None:
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise invalid(f"The field {_shown(name)} must be an integer.")
    return value


def required_object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    if body.get(name) is None:
        raise invalid(f"The field {_shown(name)} is required.")
    return optional_object(body, name)


def optional_object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object; missing or null is an empty one."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(f"The field {_shown(name)} must be an object.")
    return value


def objects(body: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects; missing or null is an empty one."""
    values = body.get(name)
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise invalid(f"The field {_shown(name)} must be a list of objects.")
    return values


def _shown(name: str) -> str:
    """Azure's messages begin field names with a capital."""
    return name[:1].upper() + name[1:]
