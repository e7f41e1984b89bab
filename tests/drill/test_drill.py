"""500 calls while everything dies: nobody rings twice, no answer is invented, none is lost
without a name. `python -m benchmarks drill` says it; here CI believes its exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
#: Nine things are killed or taken away in a run.
STRIKES = 9


def drill(tmp_path: Path, redelivery: str) -> dict[str, Any]:
    """The findings of one drill of its own servers, in processes of its own."""
    found = tmp_path / "drill.json"
    words = ["--calls", "500", "--redelivery", redelivery, "--json", str(found)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "drill", *words],
        cwd=ROOT,
        # What the tests run with is not what the drill's processes run with.
        env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    return dict(json.loads(found.read_text(encoding="utf-8")))


@pytest.mark.parametrize("redelivery", ["on", "off"])
def test_five_hundred_calls_come_through_everything_dying(tmp_path: Path, redelivery: str) -> None:
    told = drill(tmp_path, redelivery)
    assert told["counts"]["calls"] >= 500
    assert len(told["recoveries"]) == STRIKES
    for name in ("rings twice", "answers invented", "calls after opt-out", "calls outside hours"):
        assert told["wrong"][name] == []
    assert told["wrong"]["answers lost, not named"] == []
    if redelivery == "on":
        assert told["wrong"]["answers lost"] == told["wrong"]["outcomes that differ"] == []
