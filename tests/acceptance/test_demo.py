"""The demo in processes of its own: six outcomes, one of them in Spanish, and a clean stop."""

import signal
from pathlib import Path
from typing import Any

from benchmarks.processes import Installation, installation, wait_for


def calls_of(ringwell: Installation, token: str) -> list[dict[str, Any]]:
    page, calls = "appointments/", []
    while page:
        answer = ringwell.api(token, page)
        calls += [call for row in answer["results"] for call in row["calls"]]
        page = answer["next"]
    return calls


def test_the_demo_shows_many_outcomes_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with installation(tmp_path) as ringwell:
        ringwell.start_simulator(speed=30)
        ringwell.manage("migrate", "--verbosity", "0")
        ringwell.manage("seed_demo")
        token = ringwell.manage("create_api_token", "acceptance").splitlines()[-1]
        ringwell.serve()

        def outcomes() -> list[dict[str, Any]]:
            calls = [c for c in calls_of(ringwell, token) if c["status"] == "ended"]
            enough = len({call["outcome"] for call in calls}) >= 6
            return calls if enough else []

        calls = wait_for("six outcomes", outcomes, 90)
        heard = [r for call in calls for r in call["recognitions"] if r["phrase"] == "confirmo"]
        assert heard
        assert heard[0]["language"].startswith("es")
        assert heard[0]["sentiment"] == "positive"

        assert ringwell.end("serve", signal.SIGINT) == 0
        before = {call["id"] for call in calls}
        ringwell.serve()
        assert before <= {call["id"] for call in calls_of(ringwell, token)}
        assert ringwell.end("serve", signal.SIGTERM) == 0
