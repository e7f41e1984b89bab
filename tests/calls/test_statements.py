"""What a callback and a call cost the database: these numbers may only become smaller."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from calls import dialling, placing
from calls.models import Line
from tests.calls.conftest import Door
from tests.conftest import Azure, make_appointment, make_clinic, make_patient


def statements(act: Callable[[], Any]) -> list[str]:
    """The statements of an act, without those that begin and end transactions."""
    with CaptureQueriesContext(connection) as captured:
        act()
    told = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in told if sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]


def test_a_callback_takes_no_more_statements_than_it_did(door: Door) -> None:
    most = {
        11: door.connected(),
        13: door.says("Yes", "yes", "right_party.1"),
        27: door.says("Confirm", "confirm", "menu.2"),
        25: door.ended(),
    }
    for number, event in most.items():
        taken = statements(lambda: door.post([event]))  # noqa: B023
        assert len(taken) <= number, "\n".join(taken)


def test_a_repeated_callback_takes_few_statements(door: Door) -> None:
    event = door.connected()
    door.deliver(event)
    taken = statements(lambda: door.post([event]))
    assert len(taken) <= 5, "\n".join(taken)


def test_a_placed_call_takes_no_more_statements_than_it_did(azure: Azure, now: datetime) -> None:
    Line.objects.create(caller_id="+15555550100")
    visit = make_appointment(make_clinic(), make_patient())
    claimed: list[Any] = []
    taken = statements(lambda: claimed.append(placing._claim(visit.pk, now)))
    assert len(taken) <= 20, "\n".join(taken)
    taken = statements(lambda: dialling.dial(claimed[0], lambda: now))
    assert len(taken) <= 28, "\n".join(taken)
