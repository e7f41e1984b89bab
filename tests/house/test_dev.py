"""./dev itself: what it says when something is in the way, and what it keeps."""

import json
import os
import socket
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtools import backing, brokers, children, demo_state, environment, ports, testing
from devtools.commands import main
from devtools.console import Failure

NEW_YORK = ZoneInfo("America/New_York")
YEARS = {"min_value": datetime(2024, 1, 1), "max_value": datetime(2040, 1, 1)}  # noqa: DTZ001


class TestPorts:
    def test_a_busy_port_is_named_with_one_to_try_instead(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            busy = server.getsockname()[1]
            with pytest.raises(Failure, match=f"port {busy} .* --port [0-9]+") as failure:
                ports.require_free(busy)
        assert failure.value.code == 2

    def test_a_free_port_passes(self) -> None:
        ports.require_free(ports.free_port(20000))

    def test_the_command_ends_before_it_installs_anything(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("devtools.commands.interrupt_on_signals", lambda: None)
        monkeypatch.setattr("devtools.demo.setup", lambda **kwargs: pytest.fail("too slow"))
        with socket.create_server(("127.0.0.1", 0)) as server:
            assert main(["run", "--port", str(server.getsockname()[1])]) == 2
        assert "cannot be used" in capsys.readouterr().err


class TestClock:
    @given(st.datetimes(**YEARS, timezones=st.just(UTC)))
    def test_the_demo_starts_on_a_tuesday_afternoon(self, now: datetime) -> None:
        offset = timedelta(seconds=demo_state.seconds_to_tuesday_afternoon(now))
        there = (now + offset + timedelta(milliseconds=500)).astimezone(NEW_YORK)
        assert (there.strftime("%A %H:%M"), there.second) == ("Tuesday 14:00", 0)
        assert timedelta(0) < offset <= timedelta(days=7, hours=1)

    @pytest.mark.parametrize(
        ("now", "offset"),
        [
            ("2026-03-03T15:00-05:00", timedelta(days=7) - timedelta(hours=2)),  # an hour is lost
            ("2026-10-27T15:00-04:00", timedelta(days=7)),  # and found again
            ("2026-06-02T13:59:59-04:00", timedelta(seconds=1)),
            ("2026-06-02T14:00-04:00", timedelta(days=7)),
        ],
    )
    def test_it_counts_the_hour_that_clocks_change(self, now: str, offset: timedelta) -> None:
        seconds = demo_state.seconds_to_tuesday_afternoon(datetime.fromisoformat(now))
        assert timedelta(seconds=seconds) == offset


class TestState:
    @pytest.fixture(autouse=True)
    def elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(demo_state, "VAR", tmp_path)
        monkeypatch.setattr(demo_state, "STATE", tmp_path / "demo.env")

    def test_what_is_made_once_is_used_again(self) -> None:
        first = demo_state.make_demo(ports.free_port(20000))
        second = demo_state.make_demo(ports.free_port(21000))
        assert {name: second.state[name] for name in demo_state.MADE_ONCE} == {
            name: first.state[name] for name in demo_state.MADE_ONCE
        }
        assert second.simulator_port == first.simulator_port

    def test_only_its_owner_reads_the_secrets(self) -> None:
        demo_state.make_demo(ports.free_port(20000))
        assert stat.S_IMODE(demo_state.STATE.stat().st_mode) == 0o600

    def test_a_fresh_demo_has_secrets_of_its_own(self) -> None:
        first = demo_state.make_demo(ports.free_port(20000))
        demo_state.throw_away()
        assert demo_state.make_demo(first.port).key != first.key

    def test_the_simulator_moves_when_its_port_is_taken(self) -> None:
        first = demo_state.make_demo(ports.free_port(20000))
        with socket.create_server(("127.0.0.1", first.simulator_port)):
            second = demo_state.make_demo(first.port)
        assert second.simulator_port not in (first.port, first.simulator_port)

    def test_everything_it_starts_with_is_loopback_or_nowhere(self) -> None:
        env = demo_state.make_demo(ports.free_port(20000)).environment()
        for name in ("PUBLIC_URL", "ACS_CALLBACK_ISSUER", "ACS_CALLBACK_OPENID_CONFIGURATION"):
            assert env[name].startswith("http://127.0.0.1:")
        assert env["ACS_CONNECTION_STRING"].startswith("endpoint=http://127.0.0.1:")
        assert env["ACS_COGNITIVE_SERVICES_ENDPOINT"].endswith(".invalid/")

    def test_manage_without_a_demo_says_what_makes_one(self) -> None:
        with pytest.raises(Failure, match=r"\./dev run"):
            demo_state.made_demo()


class TestEnvironment:
    @pytest.fixture(autouse=True)
    def elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        venv = tmp_path / ".venv"
        for name, value in {
            "ROOT": tmp_path,
            "VENV": venv,
            "PYTHON": venv / "bin" / "python",
            "STAMP": venv / "stamp.json",
        }.items():
            monkeypatch.setattr(environment, name, value)
        for name in environment.LOCKS.values():
            (tmp_path / name).write_text(f"{name} 1")

    @pytest.fixture
    def installed(self, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
        installed: list[list[str]] = []

        def pretend(files: list[str]) -> None:
            assert not environment.STAMP.exists(), "an aborted run must not look finished"
            environment.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            environment.PYTHON.touch()
            installed.append(files)

        monkeypatch.setattr(environment, "install", pretend)
        return installed

    def test_it_installs_once(self, installed: list[list[str]]) -> None:
        environment.setup(dev=False)
        environment.setup(dev=False)
        assert installed == [["requirements.txt"]]

    def test_it_installs_again_when_a_lock_changes(self, installed: list[list[str]]) -> None:
        environment.setup(dev=True)
        (environment.ROOT / "requirements.txt").write_text("requirements.txt 2")
        environment.setup(dev=False)
        assert installed == [["requirements.txt", "requirements-dev.txt"]] * 2

    def test_what_an_aborted_run_left_is_made_anew(
        self, installed: list[list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        environment.setup(dev=False)
        environment.STAMP.unlink()
        (environment.VENV / "half").touch()
        environment.setup(dev=False)
        assert not (environment.VENV / "half").exists()
        assert len(installed) == 2

    def test_without_ensurepip_a_user_is_told_what_to_type(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(environment, "has_ensurepip", lambda: False)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        version = f"3.{sys.version_info.minor}"
        with pytest.raises(Failure, match=f"sudo apt-get install --yes python{version}-venv"):
            environment.make_venv()

    def test_pip_s_configuration_reaches_uv(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in environment.PIP_TO_UV.values():
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
        settings = environment.uv_settings()
        assert settings["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"

    def test_what_uv_is_told_itself_wins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
        monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.example/simple")
        assert "UV_DEFAULT_INDEX" not in environment.uv_settings()


class TestChildren:
    def script(self, tmp_path: Path, text: str) -> children.Child:
        command = [sys.executable, "-c", text]
        return children.start("the child", command, dict(os.environ), tmp_path / "log")

    def test_one_that_ends_is_named_with_its_last_words(self, tmp_path: Path) -> None:
        child = self.script(tmp_path, "print('no such table'); raise SystemExit(3)")
        with pytest.raises(
            Failure, match=r"The child ended with exit status 3(.|\n)*no such table"
        ):
            children.watch([child])

    def test_one_that_does_not_listen_is_killed(self, tmp_path: Path) -> None:
        deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
        child = self.script(tmp_path, f"{deaf}; time.sleep(60)")
        while not child.log.read_text():
            pass
        children.stop([child], seconds=0.2)
        assert child.process.returncode == -9

    @pytest.mark.skipif(sys.platform != "linux", reason="a promise of Linux alone")
    def test_none_outlives_a_killed_runner(self, tmp_path: Path) -> None:
        code = (
            "import os, sys, time; from pathlib import Path; from devtools import children\n"
            "child = children.start('x', [sys.executable, '-c', 'import time; time.sleep(60)'],"
            " dict(os.environ), Path(sys.argv[1]))\n"
            "print(child.process.pid, flush=True); time.sleep(60)"
        )
        command = [sys.executable, "-c", code, str(tmp_path / "log")]
        root = Path(__file__).resolve().parents[2]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as runner:
            assert runner.stdout
            orphan = int(runner.stdout.readline())
            runner.kill()
        assert ended(orphan, seconds=5)


def ended(pid: int, seconds: float) -> bool:
    """Whether a process that is not ours to wait for ends in time (a zombie has)."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


class TestPhases:
    def test_the_plain_run_says_what_it_leaves_out(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(testing, "run_phase", lambda phase: True)
        testing.run_phases(testing.suite([], everything=False))
        out = capsys.readouterr().out
        assert "pytest on SQLite" in out
        assert "left out: thorough tests" in out
        (left_out,) = (line for line in out.splitlines() if "left out" in line)
        for name in ("on PostgreSQL", "with brokers", "on the GA SDK", "in a browser"):
            assert f"pytest {name}" in left_out
        assert "both drills at once" in left_out

    def test_with_all_nothing_is_left_out(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(testing, "run_phase", lambda phase: True)
        testing.run_phases(testing.suite([], everything=True))
        assert "left out" not in capsys.readouterr().out

    def test_every_test_marked_servers_is_in_one_phase(self) -> None:
        """What the phase of the brokers leaves to the drills' own is what that one runs."""
        phases = {phase.name: phase for phase in testing.suite([], everything=True)}
        brokers, drills = phases["pytest with brokers"], phases["both drills at once"]
        assert f"--ignore={testing.DRILLS}" in brokers.command
        assert testing.DRILLS in drills.command
        assert ("servers" in brokers.command, "servers" in drills.command) == (True, True)
        assert not brokers.left_out
        assert not drills.left_out

    def test_every_need_of_a_phase_has_a_row(self) -> None:
        needs = {need for phase in testing.suite([], everything=True) for need in phase.needs}
        assert needs == set(backing.BACKING)

    def test_what_the_tests_start_finds_its_code_compiled(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A drill starts twenty Ringwells; each would compile all of Django for itself."""
        monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        env = testing.test_environment()
        assert "PYTHONDONTWRITEBYTECODE" not in env
        assert Path(env["PYTHONPYCACHEPREFIX"]).is_relative_to(environment.ROOT / "var")
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
        assert "PYTHONPYCACHEPREFIX" not in testing.test_environment()

    def test_one_failed_phase_fails_the_run_by_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(testing, "run_phase", lambda phase: phase.name != "mypy")
        with pytest.raises(Failure, match=r"failed: mypy$"):
            testing.run_phases(testing.suite([], everything=True))

    @pytest.mark.parametrize(
        ("failed", "alone", "passes"),
        [(["a"], 0, True), (["a"], 1, False), (list("abcd"), 0, False), ([], 0, False)],
    )
    def test_the_few_that_failed_are_tried_once_more_alone_and_named(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
        failed: list[str],
        alone: int,
        passes: bool,
    ) -> None:
        ran: list[list[str]] = []

        def run(tool: str, arguments: list[str], env: dict[str, str]) -> int:
            ran.append(arguments)
            if len(ran) == 2:
                return alone
            (tmp_path / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))
            return 1

        monkeypatch.setattr(testing, "FAILED", tmp_path / "lastfailed")
        monkeypatch.setattr(testing, "run", run)
        assert testing.run_phase(testing.Phase("tests", ["pytest", "-n", "2"])) is passes
        assert ("unsteady" in capsys.readouterr().err) is passes
        assert ran[1:] == ([failed] if 0 < len(failed) <= 3 else [])

    @pytest.mark.parametrize(
        ("need", "name", "scheme"),
        [
            ("postgresql", "RINGWELL_TEST_POSTGRES_URL", "postgres"),
            ("rabbitmq", "RINGWELL_TEST_RABBITMQ_URL", "amqp"),
            ("redis", "RINGWELL_TEST_REDIS_URL", "redis"),
        ],
    )
    def test_a_server_that_cannot_be_had_fails_its_phase(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        need: str,
        name: str,
        scheme: str,
    ) -> None:
        monkeypatch.setenv(name, f"{scheme}://x@127.0.0.1:1/x")
        assert testing.run_phase(testing.Phase("on a server", ["true"], (need,))) is False
        assert name in capsys.readouterr().err

    @pytest.mark.parametrize("need", ["rabbitmq", "redis"])
    def test_where_no_broker_can_be_had_a_user_is_told_what_to_do(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], need: str
    ) -> None:
        monkeypatch.setattr(brokers, "RABBITMQ", "amqp://127.0.0.1:1")
        monkeypatch.setattr(brokers, "REDIS", "redis://127.0.0.1:1")
        monkeypatch.setattr(brokers, "DEBIAN_RABBITMQ", "/nowhere")
        monkeypatch.setattr(brokers, "VENV", Path("/nowhere"))
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setenv("PATH", "/nowhere")
        assert testing.run_phase(testing.Phase("on a server", ["true"], (need,))) is False
        assert f"RINGWELL_TEST_{need.upper()}_URL" in capsys.readouterr().err
