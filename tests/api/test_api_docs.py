"""The reference's examples are run, in their order, and answered as it shows; `…` is left out."""

import json
import re
import shlex
from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from api import schema
from api.scopes import Scope
from calls.models import CallAttempt, CallEvent, CallVisit, Recognition
from reminders.models import Appointment
from tests.api.conftest import Rest

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/api.md").read_text()
MANAGE = re.compile(r"(?:(\w+)=\$\()?python manage\.py (.+?)(?: \| tail -n 1\))?", re.DOTALL)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def is_open(text: str) -> bool:
    """Whether the shell waits for more: a quote, a brace or a backslash at the end."""
    try:
        shlex.split(text)
    except ValueError:
        return True
    return text.endswith("\\") or text.count("{") > text.count("}")


def examples() -> Iterator[tuple[str, str]]:
    """Each command of the page, and what it prints."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *printed = part.splitlines()
            while is_open(command):
                command += "\n" + printed.pop(0)
            yield command, "\n".join(printed)


class Shell:
    """What the page's examples need of one."""

    def __init__(self) -> None:
        self.names = {"TOKEN": ""}
        #: By the last command, for whoever mends the page.
        self.printed = ""

    def run(self, command: str, shown: str) -> bool:
        """Whether the command prints what is shown."""
        if manage := MANAGE.fullmatch(command):
            return self._manage(manage[1], manage[2], shown)
        if command.startswith(("api=", "ask() {")):
            return shown == ""
        names = dict(self.names)
        words = shlex.split(command)
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            names[name] = names[value[1:]] if value.startswith("$") else value
        assert words.pop(0) == "ask", command
        return self._ask(names["TOKEN"], words, shown)

    def _manage(self, name: str | None, words: str, shown: str) -> bool:
        out = StringIO()
        call_command(*shlex.split(words), stdout=out)
        self.printed = out.getvalue().strip()
        if name is not None:
            self.names[name] = self.printed.splitlines()[-1]
            return shown == ""
        return fits(shown, self.printed)

    def _ask(self, token: str, words: list[str], shown: str) -> bool:
        method, address, *options = words
        pairs = dict(zip(options[::2], options[1::2], strict=True))
        name, _, value = pairs.pop("-H", "").partition(": ")
        headers = {"Authorization": f"Bearer {token}"} | ({name: value} if name else {})
        body = pairs.pop("-d", "")
        assert not pairs, words
        answer = Rest(token).client.generic(
            method, f"/api/v1/{address}", body, "application/json", headers=headers
        )
        text, _, status = shown.rpartition("\n")
        self.printed = f"{answer.content.decode()}\n{answer.status_code}"
        return int(status) == answer.status_code and fits(meant(text), answer.json())


def meant(text: str) -> Any:
    """JSON in which an object or a list may end in `…`."""
    return json.loads(re.sub(r", …\}", ', "…": "…"}', text))


def fits(shown: Any, told: Any) -> bool:
    """Whether this is what was shown, `…` standing for anything."""
    if isinstance(shown, dict) and isinstance(told, dict):
        some = "…" in shown
        named = {name: value for name, value in shown.items() if name != "…"}
        whole = named.keys() <= told.keys() if some else named.keys() == told.keys()
        return whole and all(fits(value, told[name]) for name, value in named.items())
    if isinstance(shown, list) and isinstance(told, list):
        return len(shown) == len(told) and all(map(fits, shown, told))
    if isinstance(shown, str) and isinstance(told, str):
        pattern = re.sub(r"([*?\[])", r"[\1]", shown).replace("…", "*")
        return fnmatchcase(told, pattern)
    return bool(shown == told)


def test_every_block_is_run() -> None:
    assert len(re.findall(r"^```\w", PAGE, re.MULTILINE)) == len(blocks("console")) + 1
    assert len(list(examples())) > 20


@pytest.mark.django_db
def test_every_example_is_answered_as_the_page_shows(now: datetime) -> None:
    shell = Shell()
    wrong = {
        command: shell.printed for command, shown in examples() if not shell.run(command, shown)
    }
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


def test_the_call_that_is_shown_is_how_one_is_told(sent: Any, rest: Rest, now: datetime) -> None:
    sent()
    (block,) = blocks("json")
    shown = json.loads(block)
    times = {name: shown[name] for name in ("started_at", "connected_at", "ended_at")}
    visit = Appointment.objects.get()
    attempt = CallAttempt.objects.create(
        id=shown["id"], number=visit.patient.number, clinic=visit.clinic, status=shown["status"],
        outcome=shown["outcome"], queued_at=now, **times,
    )  # fmt: skip
    CallVisit.objects.create(
        attempt=attempt, appointment=visit, patient=visit.patient, outcome=shown["outcome"],
        is_open=False, visit_starts_at=visit.starts_at, clinic=visit.clinic,
    )  # fmt: skip
    (heard,) = shown["recognitions"]
    event = CallEvent.objects.create(
        attempt=attempt, event_id="e", occurred_at=now, received_at=now, body={}
    )
    columns = {name: value for name, value in heard.items() if value is not None}
    Recognition.objects.create(attempt=attempt, event=event, turn=1, tones=[], **columns)
    assert rest.get("appointments/a-1/").json()["calls"] == [shown]


@pytest.mark.parametrize("name", ["Clinic", "CallProfile", "Patient", "Appointment"])
def test_every_field_has_a_row_and_no_row_is_left_over(name: str) -> None:
    titles = {"CallProfile": "### `call_profile`"}
    _, _, rest = PAGE.partition(f"\n{titles.get(name, f'## {name}')}")
    table = rest[rest.index("\n| field |") :].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = {field for row in rows for field in re.findall(r"`(\w+)`", row)}
    schemas = schema.document()["components"]["schemas"]
    there = {*schemas[name]["properties"], *schemas[f"{name}Request"]["properties"]}
    assert told == there


def test_every_scope_and_every_refusal_has_a_row() -> None:
    first = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| ")]
    assert {word for cell in first for word in re.findall(r"`(\w+:\w+)`", cell)} == set(Scope)
    told = {cell.strip() for cell in first if cell.strip().isdecimal()}
    operations = [one for path in schema.document()["paths"].values() for one in path.values()]
    refusals = {code for one in operations for code in one["responses"] if code >= "400"}
    assert told == refusals | {"405"}
