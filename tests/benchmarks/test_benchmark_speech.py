"""``python -m benchmarks speech`` measures the servers that it has started itself."""

import pytest

from benchmarks.speech import probing


def test_probes_go_to_the_broker_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery itself prefers the one of the environment."""
    monkeypatch.setenv("CELERY_BROKER_URL", "memory://")
    named = probing.Sender("redis://127.0.0.1:9/0").connection
    assert (named.transport_cls, named.hostname, named.port) == ("redis", "127.0.0.1", 9)
