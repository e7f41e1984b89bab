"""What a process has loaded before its first call."""

import json
import os
import subprocess
import sys

import pytest

from calls.gateway.callback_auth import KeySet
from simulator.testing import Simulator

#: The SDK's signer would load it at its first signature; the addresses, at the first request.
EXPECTED = ["azure.core.pipeline.transport._aiohttp", "calls.callbacks"]


def test_a_web_process_has_loaded_what_its_first_callback_needs() -> None:
    code = "import config.wsgi, json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(EXPECTED) <= set(json.loads(done.stdout))


def test_keys_fetched_beforehand_are_there_when_they_are_needed(
    signed: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeySet(signed.openid_configuration)
    keys.load()
    monkeypatch.setattr(KeySet, "_fetch", lambda self: pytest.fail("fetched again"))
    keys.load()
    assert keys._keys
    assert all(keys.key(key_id) for key_id in keys._keys)
