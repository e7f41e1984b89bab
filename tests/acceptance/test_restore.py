"""The steps of docs/howto/upgrade.md and backup.md: drain, back up, restore, resume."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from benchmarks.people import Person, how_many, people
from benchmarks.processes import CALLER_ID, Installation, installation, wait_for

pytestmark = pytest.mark.servers

CALLS = 24
LINES = 2
SEED = 5
#: Commands of one process, as each start takes seconds; a key is put in the place of the set one.
COMMANDS = """
from django.conf import settings
from django.core.management import CommandError, call_command
for command, *words in {steps}:
    print("$", command, flush=True)
    if command == "key":
        settings.PHONE_HASH_KEY = words[0]
        continue
    try:
        call_command(command, *words)
    except (CommandError, SystemExit) as error:
        print(error)
"""
SEEDED = "from benchmarks import rows; rows.seed({path!r})"
LOOK = "place_due_calls"
PAUSED = "look  All calls are paused (by command)."
RIGHT = "ok    PHONE_HASH_KEY is the one that the opt-outs are kept under."
WRONG = "MEND  PHONE_HASH_KEY is another than the opt-outs are kept under: nothing is dialled."


@pytest.fixture
def restored(database: str) -> Iterator[str]:
    """The address of a second database beside it, new and empty."""
    parts = urlsplit(database)
    name = f"{parts.path[1:]}_restored"
    drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
    with psycopg.connect(database, autocommit=True) as server:
        server.execute(drop)
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield urlunsplit(parts._replace(path=f"/{name}"))
        server.execute(drop)


def program(name: str, database: str) -> str:
    """The server's own pg_dump or pg_restore: one of another version may not understand it."""
    with psycopg.connect(database) as server:
        row = server.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
    beside = Path(row[0] if row else "", name)
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is neither in {beside.parent} nor on PATH"
    return found


def run_it(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def follow(ringwell: Installation, *steps: str, **environment: str) -> list[str]:
    """Commands one after the other; what each of them said."""
    code = COMMANDS.format(steps=[step.split() for step in steps])
    told = ringwell.manage("shell", "--no-imports", "-c", code, **environment)
    return told.removeprefix("$ ").split("\n$ ")


def rings(ringwell: Installation) -> list[str]:
    """The numbers that rang, in order."""
    return [ring["dialled"] for ring in ringwell.control("ledger")["rings"]]


def begin(ringwell: Installation) -> list[Person]:
    """Everybody is entered, and calls begin."""
    ringwell.start_simulator(speed=60)
    population = ringwell.control("population", {"seed": SEED, "size": how_many(CALLS)})
    everybody = people(population, CALLS, (CALLER_ID,))
    path = ringwell.folder / "people.json"
    path.write_text(json.dumps([person.as_data() for person in everybody]))
    seed = SEEDED.format(path=str(path))
    migrate = COMMANDS.format(steps=[["migrate", "--verbosity", "0"]])
    ringwell.manage("shell", "--no-imports", "-c", migrate + seed)
    ringwell.serve()
    return everybody


def test_a_restored_backup_calls_nobody_before_it_is_resumed_and_nobody_again(
    tmp_path: Path, database: str, restored: str
) -> None:
    dump = str(tmp_path / "ringwell.dump")
    with installation(tmp_path, database=database, lines=LINES) as ringwell:
        everybody = begin(ringwell)
        wait_for("the first calls", lambda: len(rings(ringwell)) > LINES)
        assert follow(ringwell, "drain")[-1].endswith(
            "drained: no call is open; go on with `resume`"
        )
        assert not ringwell.control("ledger")["open"]
        backup = (program("pg_dump", database), "--format=custom", "--no-owner")
        run_it(*backup, "-f", dump, database)
        assert ringwell.end("serve") == 0
        before = rings(ringwell)
        assert LINES < len(before) < CALLS

        restore = (program("pg_restore", database), "--exit-on-error", "--no-owner")
        run_it(*restore, "-d", restored, dump)
        ringwell.env["DATABASE_URL"] = restored
        right = ringwell.env["PHONE_HASH_KEY"]
        wrongly = ("key another", "check_azure", "resume", LOOK)
        steps = ("pause", "migrate", "check_azure", LOOK, "resume", LOOK)
        told = follow(ringwell, *wrongly, f"key {right}", *steps)
        after = rings(ringwell)[len(before) :]

    assert_another_key_dials_nobody(*told[1:4])
    pause, _, check, held, resume, look = told[5:]
    assert pause.endswith("everything: paused")
    assert RIGHT in check
    assert PAUSED in check
    assert " placed=0 " in held
    assert "everything: resumed" in resume
    assert f" placed={len(after)} " in look
    assert len(after) == LINES
    assert len({*before, *after}) == len(before) + len(after)
    assert not {person.number for person in everybody if person.forbidden} & {*before, *after}


def assert_another_key_dials_nobody(check: str, resume: str, look: str) -> None:
    """Not even where somebody resumes."""
    assert WRONG in check
    assert "everything: resumed" in resume
    assert "PHONE_HASH_KEY is not the key that the opt-outs are kept under" in look
