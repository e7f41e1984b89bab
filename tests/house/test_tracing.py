"""OpenTelemetry is optional: off, it costs nothing; on and missing, somebody is told."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from tests.acceptance.collecting import attributes, collector

ROOT = Path(__file__).resolve().parents[2]
COLLECTOR = "http://127.0.0.1:9"
#: Starts as the web does, asks Azure for something, and says what was loaded for it.
START = """
import config.wsgi, config.celery
from uuid import uuid4
from calls import tracing
with tracing.asking("dial", uuid4()):
    print(*[name for name in sys.modules if name.startswith("opentelemetry.")])
from django.core.checks import run_checks
print(*[fault.id for fault in run_checks() if fault.id in ("ringwell.E011", "ringwell.E012")])
"""
MISSING = "sys.modules['opentelemetry'] = None"

#: As a worker of the pool "prefork" does: Celery tells each child that it ends.
FORK = """
import os
from uuid import UUID
from celery import signals
from calls.tracing import asking
from config import tracing
tracing.begin()
with asking("dial", UUID(int=1)):
    pass
child = os.fork()
if not child:
    with asking("dial", UUID(int=2)):
        pass
    signals.worker_process_shutdown.send(sender=None, pid=os.getpid(), exitcode=0)
    os._exit(0)
os.waitpid(child, 0)
"""


def run(code: str, endpoint: str) -> subprocess.CompletedProcess[str]:
    """In a process that has loaded nothing yet."""
    env = os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "DEBUG": "1"}
    env["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_child_of_a_worker_sends_its_own() -> None:
    with collector() as seen:
        run(FORK, seen.url)
    told = [attributes(span)["ringwell.attempt"][-1] for span in seen.spans]
    assert sorted(told) == ["1", "2"]
    assert len({sender["service.instance.id"] for sender in seen.resources}) == 2


def test_nothing_is_imported_where_nobody_collects() -> None:
    assert run(f"import sys\n{START}", "").stdout.split() == []


def test_a_missing_package_is_named_and_keeps_no_call_from_being_answered() -> None:
    done = run(f"import sys\n{MISSING}\n{START}", COLLECTOR)
    assert done.stdout.split() == ["ringwell.E011"]
    assert "OpenTelemetry is not installed (E011)" in done.stderr


@pytest.mark.parametrize(
    ("protocol", "installed", "faults"),
    [
        ("http/protobuf", True, []),
        ("http/protobuf", False, ["ringwell.E011"]),
        ("grpc", True, ["ringwell.E012"]),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    settings: Any, protocol: str, installed: bool, faults: list[str]
) -> None:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = COLLECTOR
    settings.OTEL_EXPORTER_OTLP_PROTOCOL = protocol
    settings.TRACED = installed
    told = {fault.id for fault in run_checks()} & {"ringwell.E011", "ringwell.E012"}
    assert sorted(told) == faults
