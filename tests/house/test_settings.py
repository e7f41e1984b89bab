"""Every setting is explained where an operator looks for it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def settings_read() -> list[str]:
    """The names that config/settings.py reads with environs: env.bool("DEBUG", ...)."""
    tree = ast.parse((ROOT / "config" / "settings.py").read_text())
    names = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.func.attr != "read_env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }
    return sorted(names)


SETTINGS = settings_read()


def test_the_settings_are_found() -> None:
    assert {"DATABASE_URL", "ACS_CONNECTION_STRING", "SECRET_KEY"} <= set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_it_is_explained_in_the_reference(name: str) -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    heading_or_row = rf"^(#+ |\| *)`?{name}`?\b"
    assert re.search(heading_or_row, page, re.MULTILINE), f"{name} has no heading or table row"


@pytest.mark.parametrize("name", SETTINGS)
def test_it_stands_in_the_example(name: str) -> None:
    example = (ROOT / ".env.example").read_text()
    assert re.search(rf"^#? ?{name}=", example, re.MULTILINE), f"{name} is not in .env.example"


def test_nothing_is_explained_that_is_no_longer_read() -> None:
    example = (ROOT / ".env.example").read_text()
    listed = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    assert listed - set(SETTINGS) == set()


def test_no_setting_is_read_behind_the_settings() -> None:
    """Product code reads django.conf.settings; only config/settings.py knows the environment."""
    readers = [
        path.relative_to(ROOT)
        for package in ("api", "calls", "config", "desk", "reminders")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"os\.(environ\[|environ\.get|getenv)", path.read_text())
    ]
    assert readers == []
