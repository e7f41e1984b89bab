"""Every package we chose says why it is here; every package installed is pinned by hash."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# In the order of the page's sections.
LOCKS = {
    "requirements.in": "requirements.txt",
    "requirements-dev.in": "requirements-dev.txt",
    "requirements-ga.in": "requirements-ga.txt",
    "requirements-otel.in": "requirements-otel.txt",
}


def chosen(source: str) -> list[str]:
    lines = (ROOT / source).read_text().splitlines()
    names = [re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line) for line in lines]
    return [name.group().lower() for name in names if name]


@pytest.mark.parametrize("source", LOCKS)
def test_each_has_a_row_and_no_row_is_left_over(source: str) -> None:
    page = (ROOT / "docs" / "reference" / "dependencies.md").read_text()
    section = page.split("\n## ")[list(LOCKS).index(source) + 1]
    assert re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE) == chosen(source)


@pytest.mark.parametrize("source", LOCKS)
def test_each_is_locked_with_its_hash(source: str) -> None:
    lock = (ROOT / LOCKS[source]).read_text()
    locked = re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==[^ ]+.*\\\n +--hash=", lock, re.MULTILINE)
    pins = re.findall(r"^[a-z0-9]", lock, re.MULTILINE)
    assert len(locked) == len(pins)
    assert set(chosen(source)) <= set(locked)
