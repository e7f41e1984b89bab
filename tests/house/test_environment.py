"""The environment wins over .env, and what is missing is named before anything runs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "DATABASE_URL", "CELERY_BROKER_URL", "PUBLIC_URL")


def clean(**environment: str) -> dict[str, str]:
    """This environment without any of Ringwell's settings, but for those given."""
    mine = {k: v for k, v in os.environ.items() if k not in NAMES and not k.startswith("ACS_")}
    for name in ("PHONE_HASH_KEY", "CLOCK_OFFSET_SECONDS", "DJANGO_SETTINGS_MODULE"):
        mine.pop(name, None)
    return mine | environment


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=clean(**environment),
        capture_output=True,
        text=True,
    )


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """The settings in a folder of their own, with a .env beside them."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / ".env").write_text("ACS_CALLER_ID=+15555550111\nACS_MAX_CONCURRENT_CALLS=7\n")
    return tmp_path


def test_the_environment_wins_over_the_file(elsewhere: Path) -> None:
    ask = (
        "from config import settings; print(settings.ACS_CALLER_ID, "
        "settings.ACS_MAX_CONCURRENT_CALLS)"
    )
    said = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=elsewhere,
        env=clean(ACS_MAX_CONCURRENT_CALLS="3", DEBUG="1"),
        capture_output=True,
        text=True,
    )
    assert said.stdout.split() == ["+15555550111", "3"], said.stderr


def test_every_command_works_on_a_laptop_with_debug_alone() -> None:
    done = check(DEBUG="1")
    assert done.returncode == 0, done.stderr
    assert "ringwell.W006" in done.stderr
    assert "ringwell.W010" in done.stderr


def test_without_debug_every_gap_is_an_error_with_its_name() -> None:
    done = check(DEBUG="0", SECRET_KEY="x", PUBLIC_URL="http://ringwell.example")
    assert done.returncode != 0
    for setting in ("ACS_RESOURCE_ID", "PHONE_HASH_KEY", "PUBLIC_URL", "CELERY_BROKER_URL"):
        assert setting in done.stderr


@pytest.mark.parametrize("value", ["maybe", "2 lines"])
def test_a_setting_that_cannot_be_read_is_named(value: str) -> None:
    done = check(DEBUG="1", ACS_MAX_CONCURRENT_CALLS=value)
    assert done.returncode != 0
    assert "ACS_MAX_CONCURRENT_CALLS" in done.stderr
