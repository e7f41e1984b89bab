"""The door: who is let in, what is kept, and what each answer means."""

import time
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from calls import hearing
from calls.gateway import callback_auth
from calls.gateway.errors import TokenRefused
from calls.models import CallEvent, LineAction, Recognition
from reminders.models import WorkItem
from simulator.testing import Simulator
from tests.calls.conftest import Door

MENU = "menu.2"


def to_the_menu(door: Door) -> None:
    door.deliver(door.connected(), door.says("Yes", "yes", "right_party.1"))


def test_a_signed_event_with_the_right_secret_is_taken_in(door: Door) -> None:
    assert door.deliver(door.connected()).status == "connected"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 3600},
        {"exp": int(time.time()) - 30},
        {"exp": None},
        {"aud": "somebody-else"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
    ],
)
def test_a_token_that_is_not_for_us_is_refused(door: Door, claims: dict[str, Any]) -> None:
    response = door.post([door.connected()], token=door.simulator.sign(claims))
    assert response.status_code == 401
    assert CallEvent.objects.count() == 0


@pytest.mark.parametrize("token", ["", "rubbish", "a.b.c", "é"])
def test_no_token_or_rubbish_is_refused(door: Door, token: str) -> None:
    assert door.post([door.connected()], token=token).status_code == 401


def test_a_token_signed_by_a_foreign_key_is_refused(door: Door) -> None:
    forged = door.simulator.sign(key="foreign")
    assert door.post([door.connected()], token=forged).status_code == 401


def test_an_unknown_call_or_a_wrong_secret_is_not_found(door: Door) -> None:
    stranger = f"/callbacks/calls/{uuid4()}/{door.attempt.secret}"
    wrong = f"/callbacks/calls/{door.attempt.pk}/{'0' * 32}"
    for url in (stranger, wrong, "/callbacks/calls/no-uuid/x"):
        assert door.post([door.connected()], url=url).status_code == 404
    assert CallEvent.objects.count() == 0


def test_a_genuine_token_replayed_to_another_call_needs_its_secret_too(door: Door) -> None:
    wrong = door.url[:-4] + "beef"
    assert door.post([door.connected()], url=wrong).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"[1]",
        b"not json",
        b'[{"id": "1", "type": "x", "data": {"n": NaN}}]',
        b'[{"id": "1", "type": "x", "data": {"n": 1e999}}]',
        b'[{"id": "1", "type": "x", "data": {"n": "\\u0000"}}]',
        b'[{"id": "1", "type": "x", "data": {"n": "\\ud800"}}]',
        b"\xff\xfe[]",
        b"[" * 100_000,
        *(
            b'[{"id": "1", "type": "x", "data": {"n": %s}}]' % (b"[" * deep + b"]" * deep)
            for deep in (48, 500, 850, 900, 940, 980)
        ),
    ],
)
def test_what_is_no_array_of_events_is_a_bad_request(door: Door, body: bytes) -> None:
    assert door.post(body).status_code == 400
    assert CallEvent.objects.count() == 0


def test_one_bad_element_stores_nothing_of_its_body(door: Door) -> None:
    assert door.post([door.connected(), {"id": "2"}]).status_code == 400
    assert CallEvent.objects.count() == 0


def test_more_than_a_megabyte_is_too_large(door: Door) -> None:
    assert door.post(b" " * 1_000_001).status_code == 413


def test_only_post_is_answered(door: Door) -> None:
    assert Client().get(door.url).status_code == 405


def test_without_any_key_set_azure_is_asked_to_come_again(
    door: Door, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = door.simulator.sign()
    monkeypatch.setattr(callback_auth, "_sets", {})
    settings.ACS_CALLBACK_OPENID_CONFIGURATION = "http://127.0.0.1:9/nowhere"
    assert door.post([door.connected()], token=token).status_code == 503


def test_keys_that_were_had_once_serve_while_their_server_is_down(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert door.post([door.connected()]).status_code == 200
    keys = callback_auth.key_set()
    monkeypatch.setattr(keys, "configuration_url", "http://127.0.0.1:9/nowhere")
    monkeypatch.setattr(keys, "_fetched", float("-inf"))
    assert door.post([door.connected()]).status_code == 200


def test_a_rotated_key_is_fetched_at_once(door: Door) -> None:
    assert door.post([door.connected()]).status_code == 200
    door.simulator.rotate_keys()
    assert door.post([door.connected()]).status_code == 200


def test_a_deployment_without_its_resource_id_lets_nobody_in(door: Door, settings: Any) -> None:
    settings.ACS_RESOURCE_ID = ""
    assert door.post([door.connected()]).status_code == 503


def test_the_event_is_kept_exactly_as_it_came(door: Door) -> None:
    event = door.connected() | {"extra": ["kept", {"too": 1.5}]}
    door.deliver(event)
    assert CallEvent.objects.get().body == event


def test_an_unknown_type_is_kept_and_changes_nothing(door: Door) -> None:
    event = door.connected() | {"type": "Microsoft.Communication.HoldAudioStarted"}
    before = door.now().state
    assert door.deliver(event).state == before
    assert CallEvent.objects.get().state == "unknown"


def test_a_repeat_is_counted_and_changes_nothing(door: Door) -> None:
    """B7."""
    to_the_menu(door)
    answer = door.says("Confirm", "confirm", MENU)
    door.deliver(answer)
    actions = LineAction.objects.count()
    door.deliver(answer, answer)
    assert LineAction.objects.count() == actions
    assert Recognition.objects.filter(label="Confirm").count() == 1
    assert CallEvent.objects.get(event_id=answer["id"]).repeats == 2


def test_several_events_in_one_body_are_all_taken_in(door: Door) -> None:
    answer = door.says("Stop", "stop calling", "right_party.1")
    assert door.post([door.connected(), answer, door.ended()]).status_code == 200
    assert door.now().outcome == "opted_out"


def test_what_was_heard_is_kept_word_for_word(door: Door) -> None:
    to_the_menu(door)
    said = door.says(
        "Confirm", "confirmo", MENU, confidence=0.87, language="es-US", sentiment="positive"
    )
    door.deliver(said)
    heard = Recognition.objects.get(label="Confirm")
    assert (heard.step, heard.turn, heard.phrase) == ("menu", 2, "confirmo")
    assert (heard.language, heard.sentiment, heard.confidence) == ("es-US", "positive", 0.87)
    assert (heard.input_type, heard.code, heard.sub_code) == ("choices", 200, 8545)


def test_a_confidence_that_no_number_holds_is_none(door: Door) -> None:
    door.deliver(door.connected(), door.says("Yes", "yes", "right_party.1", confidence=10**400))
    assert Recognition.objects.get(label="Yes").confidence is None


def test_who_has_the_key_waits_for_no_fetch(door: Door) -> None:
    """A forged token starts one, and the key server may be slow."""
    keys = callback_auth.key_set()
    door.deliver(door.connected())
    with keys._lock:
        door.deliver(door.ended())


def test_a_failed_recognition_is_kept_too(door: Door) -> None:
    door.deliver(door.connected(), door.misses("right_party.1"))
    missed = Recognition.objects.get()
    assert (missed.step, missed.label, missed.sub_code) == ("right_party", "", 8510)


def test_an_event_that_cannot_be_understood_is_told_and_can_come_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = door.connected()
    with monkeypatch.context() as broken:
        broken.setattr(hearing, "understand", lambda body, at: 1 / 0)
        assert door.post([event]).status_code == 500
    stored = CallEvent.objects.get()
    assert (stored.state, stored.error) == ("failed", "ZeroDivisionError")
    door.deliver(event)
    stored.refresh_from_db()
    assert stored.state == "handled"
    assert door.attempt.status == "connected"


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        ("answer end", "confirmed"),
        ("end answer", "confirmed"),
        ("end answer end", "confirmed"),
        ("answer answer end end", "confirmed"),
    ],
)
def test_the_answer_beats_the_end_in_any_order(door: Door, order: str, outcome: str) -> None:
    to_the_menu(door)
    named = {"answer": door.presses("Confirm", MENU), "end": door.ended()}
    door.deliver(*(named[name] for name in order.split()))
    assert door.now().outcome == outcome
    assert door.appointment.answer == "confirmed"


def test_a_late_cancel_without_read_back_stands_on_the_work_list(door: Door) -> None:
    to_the_menu(door)
    door.deliver(door.ended(), door.says("Cancel", "cancel", MENU))
    assert door.now().outcome == "needs_review"
    assert door.appointment.status == "scheduled"
    assert WorkItem.objects.get(kind="needs_review").appointment == door.appointment


def test_a_connection_told_after_the_end_asks_nothing(door: Door) -> None:
    door.deliver(door.ended(), door.connected())
    assert door.now().status == "ended"
    assert door.attempt.connected_at is not None
    assert LineAction.objects.count() == 0


def test_the_secret_and_the_number_are_in_no_log(
    door: Door,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    to_the_menu(door)
    door.deliver(door.says("Stop", "stop calling", MENU), door.ended())
    door.post([door.connected()], url=door.url[:-4] + "beef")
    with monkeypatch.context() as broken:
        broken.setattr(hearing, "understand", lambda body, at: 1 / 0)
        door.post([door.connected()])
    written = caplog.text + "".join(capfd.readouterr())
    for private in (door.attempt.secret, "2125550100", "Ana", "stop calling"):
        assert private not in written


def test_nobody_is_served_another_calls_state_by_the_simulators_own_key(
    door: Door, signed: Simulator
) -> None:
    """The token proves the sender, the secret the call: both are needed."""
    assert door.post([door.connected()], token=signed.sign()).status_code == 200
    assert door.post([door.connected()], url="/callbacks/calls/x/y").status_code == 404


def test_a_flood_of_unknown_keys_fetches_a_few_times_only(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = callback_auth.KeySet(callback_auth.key_set().configuration_url)
    fetched: list[str] = []
    real = keys._get
    monkeypatch.setattr(keys, "_get", lambda url: fetched.append(url) or real(url))
    for i in range(50):
        with pytest.raises(TokenRefused):
            keys.key(f"unknown {i}")
    assert len(fetched) <= 2 * callback_auth.MOST_FETCHES
