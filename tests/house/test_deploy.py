"""What an operator copies to a server: units, a proxy, and settings that are safe."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "mBz0cVw7JkqkX3p9uN4s-R8yT1dGfL6hQaEoZiCxWv2UnMtPbYrKjSgDlHe5",
    "PHONE_HASH_KEY": "0" * 64,
    "ALLOWED_HOSTS": "ringwell.clinic.example,calls.clinic.example",
    "PUBLIC_URL": "https://calls.clinic.example",
    "ACS_CONNECTION_STRING": "endpoint=https://clinic.communication.azure.com;accesskey=a2V5",
    "ACS_RESOURCE_ID": "00000000-0000-4000-8000-000000000000",
    "CELERY_BROKER_URL": "amqp://ringwell@127.0.0.1/",
    "DATABASE_URL": "postgres://ringwell@127.0.0.1/ringwell",
}


def test_settings_of_production_pass_djangos_own_check(tmp_path: Path) -> None:
    """In a process of its own, with an environment of its own, and not one warning."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | PRODUCTION,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        message = "systemd-analyze is not here: install Debian's package systemd"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    for unit in UNITS:
        # Verify looks for the programs too: here they are in the checkout.
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/ringwell", str(ROOT)))
    units = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    complaints = [line for line in done.stderr.splitlines() if "ringwell" in line]
    assert (done.returncode, complaints) == (0, []), done.stderr


def test_a_container_holds_every_package_compiled() -> None:
    """Its user may write nothing there, so that each start would compile it anew."""
    lines = (ROOT / "deploy" / "Containerfile").read_text().splitlines()
    (compiled,) = (line.split()[5:] for line in lines if "compileall" in line)
    copied = {line.split()[1] for line in lines if line.startswith("COPY ")}
    assert set(compiled) == {name for name in copied if (ROOT / name / "__init__.py").exists()}


def test_a_worker_takes_each_queue_that_tasks_are_sent_to() -> None:
    """A queue that nobody listens to would fill up in silence."""
    settings = (ROOT / "config" / "settings.py").read_text()
    used = {"calls", *re.findall(r'"queue": "(\w+)"', settings)}
    for package in ("calls", "desk", "reminders", "api"):
        for path in (ROOT / package).rglob("*.py"):
            used |= set(re.findall(r'queue="(\w+)"', path.read_text()))
    for workers in _queues_of_workers():
        assert used <= set().union(*workers)


def test_webhooks_have_a_worker_of_their_own() -> None:
    """Receivers that answer slowly would hold its threads, and imports and speech with them."""
    for workers in _queues_of_workers():
        assert [queues for queues in workers if "webhooks" in queues] == [{"webhooks"}]


def _queues_of_workers() -> list[list[set[str]]]:
    """By unit, and by container."""
    texts = (
        "\n".join(unit.read_text() for unit in UNITS),
        (ROOT / "deploy" / "compose.yaml").read_text(),
    )
    lists = [re.findall(r'--queues[ ,]+"?([\w,]+)', text) for text in texts]
    return [[set(queues.strip(",").split(",")) for queues in found] for found in lists]


def test_the_proxy_shows_the_internet_the_callbacks_and_nothing_else() -> None:
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    public = caddy[caddy.index("calls.clinic.example {") : caddy.index("\nringwell.clinic")]
    assert re.findall(r"^\thandle(.*) \{", public, re.MULTILINE) == [" /callbacks/*", ""]
    assert public.count("reverse_proxy") == 1
