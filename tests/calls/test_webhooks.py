"""Other systems are told what came of a visit: signed, at least once, and nothing private."""

import json
import re
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from calls import placing, tasks
from calls.models import LineAction
from calls.webhooks import addresses, delivering, wire
from reminders.models import (
    Appointment,
    WebhookEndpoint,
    WebhookMessage,
    WebhookTry,
    WorkItem,
)
from reminders.models.workitem import WorkKind
from reminders.policy.vocabulary import Answer
from tests.calls.conftest import Door
from tests.calls.receiving import (
    answering,
    confirmed,
    from_the_page,
    listening,
    look,
    make_endpoint,
)
from tests.conftest import TUESDAY, Azure, make_appointment, make_clinic, make_patient, the_call

A_DAY = timedelta(days=1)


@pytest.fixture
def visit(db: None, now: datetime) -> Appointment:
    return make_appointment(make_clinic(), make_patient(), external_id="a1")


def the_message() -> WebhookMessage:
    return WebhookMessage.objects.get()


def test_one_call_sends_what_was_answered_what_is_to_do_and_that_it_ended(
    azure: Azure, now: datetime
) -> None:
    visit = make_appointment(make_clinic(), make_patient(phone="+12125550142"), external_id="a1")
    azure.simulator.set_persona("+12125550142", "cancel_with_read_back")
    endpoint = make_endpoint("")
    receiver = from_the_page(endpoint.secret)
    with listening(receiver["Receiver"]) as url:
        WebhookEndpoint.objects.update(url=url)
        placing.place_due(now)
        azure.settle()
        tasks.deliver_webhooks()

    told = {event["type"]: event["data"] for event in receiver["events"].values()}
    about = {"clinic": "maple", "visit": "a1", "patient": "p1"}
    about["starts_at"] = visit.starts_at.isoformat().replace("+00:00", "Z")
    call = str(the_call().pk)
    assert told["answered"] == about | {"answer": "cancelled", "by": "patient", "call": call}
    assert told["needs_human"].items() >= (about | {"kind": "slot_free"}).items()
    assert told["call_ended"].items() >= (about | {"outcome": "cancelled", "call": call}).items()
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"delivered"}
    raw = json.dumps(receiver["events"])
    assert "Ana" not in raw
    assert "2125550142" not in raw


def test_news_after_the_end_is_told_as_another_end(door: Door) -> None:
    make_endpoint("https://clinic.example/hook", on_answered=False, on_needs_human=False)
    door.deliver(door.connected())
    door.deliver(door.ended())
    asked = LineAction.objects.get(kind="ask").operation_context
    door.deliver(door.says("Confirm", "yes", asked))
    outcomes = [row.body["data"]["outcome"] for row in WebhookMessage.objects.order_by("pk")]
    assert sorted(outcomes) == ["hung_up", "not_understood"]


def test_nothing_is_written_where_the_fact_is_not(visit: Appointment) -> None:
    make_endpoint("https://clinic.example/hook")
    with transaction.atomic():
        visit.record_answer(Answer.CONFIRMED, TUESDAY, actor="patient")
        transaction.set_rollback(True)
    assert not WebhookMessage.objects.exists()


def test_each_is_told_of_its_events_and_clinics_alone(visit: Appointment) -> None:
    url = "https://clinic.example/hook"
    make_endpoint(url, "all")
    make_endpoint(url, "off", is_on=False)
    make_endpoint(url, "ends", on_answered=False)
    make_endpoint(url, "here").clinics.add(visit.clinic)
    make_endpoint(url, "elsewhere").clinics.add(make_clinic("oak"))
    confirmed(visit)
    told = WebhookMessage.objects.order_by("endpoint__name")
    assert [row.endpoint.name for row in told] == ["all", "here"]


def test_a_thing_to_do_is_told_once_and_without_its_words(visit: Appointment) -> None:
    make_endpoint("https://clinic.example/hook")
    for _ in range(2):
        WorkItem.open(visit, WorkKind.OTHER_TIME, TUESDAY, detail="Wants Monday")
    WorkItem.open(None, WorkKind.PROVIDER_DOWN, TUESDAY)
    body = the_message().body
    assert body["data"]["kind"] == "other_time"
    assert "Monday" not in json.dumps(body)


# -- on the wire


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The values of the specification's own test."""
    at = datetime.fromtimestamp(1614265330, UTC)
    body, secret = '{"test": 2432232314}', "whsec_MfKQ9r8GKYqTwjUPD8ILPZIo2LaLaSw"
    headers = delivering.signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", body, at)
    assert headers["webhook-signature"] == "v1,APzAMjTmGJD1CHe1l3psPWqHBNm7LdzUn7zexTcoEpk="
    assert headers["webhook-timestamp"] == "1614265330"


def test_a_copy_is_worth_nothing_after_five_minutes_or_in_other_words(visit: Appointment) -> None:
    """The replay window, as the receiver's library keeps it."""
    receiver = answering(204)
    with listening(receiver) as url:
        endpoint = make_endpoint(url)
        confirmed(visit)
        look()
    [(headers, body)] = receiver.got
    theirs = Webhook(endpoint.secret)
    assert theirs.verify(body, headers)["data"]["visit"] == "a1"
    with pytest.raises(WebhookVerificationError):
        theirs.verify(body.replace(b"confirmed", b"cancelled"), headers)
    old = datetime.now(UTC) - timedelta(minutes=6)
    stale = delivering.signed(endpoint.secret, headers["webhook-id"], body.decode(), old)
    with pytest.raises(WebhookVerificationError, match="too old"):
        theirs.verify(body, stale)
    fresh = headers | {"webhook-timestamp": str(int(datetime.now(UTC).timestamp()) + 1)}
    with pytest.raises(WebhookVerificationError, match="No matching"):
        theirs.verify(body, fresh)


def test_a_failure_is_tried_again_later_under_the_same_id(visit: Appointment) -> None:
    receiver = answering(500, 500, 204)
    with listening(receiver) as url:
        make_endpoint(url)
        confirmed(visit)
        look()
        look(timedelta(seconds=4))
        assert len(receiver.got) == 1
        look(timedelta(seconds=5))
        assert the_message().next_try_at == TUESDAY + timedelta(seconds=35)
        look(timedelta(seconds=35))
        look(timedelta(hours=1))
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    log = WebhookTry.objects.values_list("number", "status")
    assert list(log) == [(1, 500), (2, 500), (3, 204)]
    assert (the_message().state, the_message().next_try_at) == ("delivered", None)


def test_after_a_day_it_is_given_up_and_staff_may_send_it_again(visit: Appointment) -> None:
    receiver = answering(500)
    with listening(receiver) as url:
        endpoint = make_endpoint(url)
        confirmed(visit)
        after = timedelta()
        while (message := the_message()).state == "waiting":
            assert message.next_try_at is not None
            after = message.next_try_at - TUESDAY
            look(after)
        endpoint.refresh_from_db()
        assert timedelta(hours=20) < after <= A_DAY
        assert endpoint.failing_since == TUESDAY + after
        assert len(receiver.got) == 11
        receiver.statuses[:] = [204]
        assert message.send_again(TUESDAY + 2 * A_DAY)
        assert not message.send_again(TUESDAY + 2 * A_DAY)
        look(2 * A_DAY)
    endpoint.refresh_from_db()
    assert (the_message().state, endpoint.failing_since) == ("delivered", None)


def test_who_is_gone_is_switched_off(visit: Appointment) -> None:
    receiver = answering(410)
    with listening(receiver) as url:
        endpoint = make_endpoint(url)
        confirmed(visit)
        WorkItem.open(visit, WorkKind.OTHER_TIME, TUESDAY)
        look()
    endpoint.refresh_from_db()
    assert (endpoint.is_on, endpoint.gone_at) == (False, TUESDAY)
    assert len(receiver.got) == 1
    assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"given_up"}


@pytest.mark.parametrize("status", [204, 410])
def test_rows_are_locked_in_one_order_whatever_was_answered(
    visit: Appointment, status: int
) -> None:
    """Two that settle at the same moment would wait for each other for ever otherwise."""
    with listening(answering(status)) as url:
        make_endpoint(url, failing_since=TUESDAY)
        confirmed(visit)
        with CaptureQueriesContext(connection) as seen:
            look()
    said = "\n".join(query["sql"] for query in seen)
    settled = said.partition('INSERT INTO "reminders_webhooktry"')[2]
    assert re.findall(r'UPDATE "reminders_webhook(\w+)"', settled)[:2] == ["message", "endpoint"]


def test_nobody_is_led_elsewhere(visit: Appointment) -> None:
    other = answering(204)
    with listening(other) as elsewhere, listening(answering(307, Location=elsewhere)) as url:
        make_endpoint(url)
        confirmed(visit)
        look()
    assert WebhookTry.objects.get().status == 307
    assert not other.got


def test_nobody_there_is_a_failure_like_any_other(visit: Appointment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    make_endpoint(f"http://127.0.0.1:{port}/")
    confirmed(visit)
    look()
    assert WebhookTry.objects.get().fault == "refused"
    assert the_message().state == "waiting"


@pytest.mark.parametrize("patience", ["READ_SECONDS", "WHOLE_SECONDS"])
def test_who_is_silent_or_drips_is_not_waited_for(
    visit: Appointment, monkeypatch: pytest.MonkeyPatch, patience: str
) -> None:
    monkeypatch.setattr(wire, patience, 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()
        threading.Thread(target=_drip, args=(server, over), daemon=True).start()
        make_endpoint(f"http://127.0.0.1:{server.getsockname()[1]}/")
        confirmed(visit)
        look()
        over.set()
    assert WebhookTry.objects.get().fault == "timeout"


def _drip(server: socket.socket, over: threading.Event) -> None:
    """An answer that never ends its first line; between two letters, longer than one patience."""
    line, _ = server.accept()
    with line:
        while not over.wait(0.2):
            try:
                line.sendall(b"H")
            except OSError:
                return


def test_who_does_not_answer_keeps_nobody_else_waiting(visit: Appointment) -> None:
    receiver = answering(204)
    with listening(receiver) as url, listening(answering(503)) as busy:
        make_endpoint(busy, "a busy one")
        make_endpoint(url)
        confirmed(visit)
        WorkItem.open(visit, WorkKind.OTHER_TIME, TUESDAY)
        look()
    assert len(receiver.got) == 2
    assert [row.status for row in WebhookTry.objects.all()].count(503) == 1


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_held_on_the_wire(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []

    def post(*args: Any) -> wire.Answer:
        held.append(connection.in_atomic_block)
        return wire.Answer(1, 204)

    monkeypatch.setattr(wire, "post", post)
    make_endpoint("https://clinic.example/hook")
    confirmed(make_appointment(make_clinic(), make_patient()))
    look()
    assert held == [False]


# -- where it may go


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.7.9",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.1.2.3",
        "64:ff9b::a01:203",
        "2002:a01:203::1",
    ],
)
def test_no_address_of_the_house_is_knocked_at(settings: Any, address: str) -> None:
    settings.ACS_CONNECTION_STRING = "endpoint=https://x.communication.azure.com;accesskey=a2V5"
    with pytest.raises(addresses.NotThere, match="private_address"):
        addresses.resolve(address, 443)


def test_the_internet_and_networks_that_are_allowed_are_reached(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = [addresses.ip_network("10.1.2.0/24")]
    assert addresses.resolve("10.1.2.3", 443) == ["10.1.2.3"]
    assert addresses.resolve("93.184.215.14", 443) == ["93.184.215.14"]
    with pytest.raises(addresses.NotThere, match="private_address"):
        addresses.resolve("10.1.3.3", 443)


def test_a_name_is_judged_by_what_it_leads_to_and_resolved_once(
    visit: Appointment, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second answer of the resolver, into the house, is never asked for."""
    asked: list[str] = []

    def resolver(host: str, port: int, **_kwargs: Any) -> list[Any]:
        asked.append(host)
        where = "93.184.215.14" if len(asked) == 1 else "10.1.2.3"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, port))]

    connected: list[Any] = []

    def connect(to: Any, timeout: float) -> socket.socket:
        connected.append(to)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert wire.post("https://clinic.example/hook", {}, b"{}").fault == "refused"
    assert (asked, connected) == (["clinic.example"], [("93.184.215.14", 443)])
    assert wire.post("https://clinic.example/hook", {}, b"{}").fault == "private_address"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "clinic.example/hook",
        "http://clinic.example/hook",
        "ftp://clinic.example/hook",
        "https://",
        "https://user:word@clinic.example/",
        "https://clinic.example/#part",
        "https://clinic.example:99999/",
        "https://clinic.example/a b",
        "https://clinic.example/\r\nX: y",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        addresses.split(url)


def test_this_machine_is_allowed_beside_the_stand_in_alone(
    visit: Appointment, settings: Any
) -> None:
    receiver = answering(204)
    with listening(receiver) as url:
        make_endpoint(url)
        confirmed(visit)
        settings.ACS_CONNECTION_STRING = "endpoint=https://x.communication.azure.com;accesskey=a2V5"
        look()
    assert WebhookTry.objects.get().fault == "not_https"
    assert not receiver.got
