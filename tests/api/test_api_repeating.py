"""Idempotency-Key: a POST that is sent again rings nobody again, and is answered alike."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from api import appointments
from api.models import ApiToken, KeptAnswer
from calls import placing
from calls.models import CallAttempt
from config import clock
from reminders.models import Clinic
from tests.api.conftest import CLINIC, PATIENT, VISIT, Rest
from tests.conftest import approve

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
CALL_NOW = "/api/v1/appointments/a-1/call-now/"


def call_now(rest: Rest, key: str | None = KEY, body: str = "", address: str = CALL_NOW) -> Any:
    header = {} if key is None else {"HTTP_IDEMPOTENCY_KEY": key}
    sent = {"data": body, "content_type": "application/json"}
    return rest.client.post(address, **sent, **rest.headers, **header)


def prepare(rest: Rest) -> None:
    """Two visits that may be called about at once."""
    rest.put("clinics/maple/", CLINIC)
    approve(Clinic.objects.get())
    for n in (1, 2):
        rest.put(f"patients/p-{n}/", PATIENT | {"phone": f"+1212555014{n}"})
        rest.put(f"appointments/a-{n}/", VISIT | {"patient": f"p-{n}"})


@pytest.fixture
def ready(rest: Rest) -> Rest:
    prepare(rest)
    return rest


def test_the_same_key_has_the_first_answer_again_and_asks_for_no_second_call(ready: Rest) -> None:
    first = call_now(ready)
    CallAttempt.objects.update(status="dialling")
    again = call_now(ready)
    assert (first.status_code, first.json()["status"]) == (202, "queued")
    assert (again.status_code, again.json()) == (202, first.json())
    assert CallAttempt.objects.count() == 1
    # In quotes, as the draft has it.
    assert call_now(ready, f'"{KEY}"').json() == first.json()


def test_without_a_key_or_with_another_one_it_is_asked_anew(ready: Rest) -> None:
    call_now(ready)
    for key in (None, "another"):
        answer = call_now(ready, key)
        assert (answer.status_code, answer.json()["code"]) == (409, "line_busy")


def test_a_refusal_by_a_rule_is_an_answer_too(ready: Rest) -> None:
    Clinic.objects.update(paused_at=clock.now())
    first = call_now(ready)
    Clinic.objects.update(paused_at=None)
    assert (first.status_code, first.json()["code"]) == (409, "paused")
    assert call_now(ready).json() == first.json()
    assert call_now(ready, "another").status_code == 202


@pytest.mark.parametrize(
    "other", [{"body": "{}"}, {"address": CALL_NOW.replace("a-1", "a-2")}], ids=["body", "address"]
)
def test_a_key_of_another_request_is_422_and_is_named(ready: Rest, other: dict[str, Any]) -> None:
    call_now(ready)
    answer = call_now(ready, **other)
    assert answer.status_code == 422
    assert list(answer.json()) == ["Idempotency-Key"]
    assert CallAttempt.objects.count() == 1


def test_what_was_not_begun_keeps_no_key(ready: Rest) -> None:
    nowhere = CALL_NOW.replace("a-1", "a-9")
    assert call_now(ready, address=nowhere).status_code == 404
    assert not KeptAnswer.objects.exists()
    assert call_now(ready).status_code == 202


def test_a_fault_of_ours_undoes_everything_and_frees_the_key(
    ready: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(KeptAnswer, "finish", lambda *args: 1 / 0)
        assert call_now(ready).status_code == 500
    assert not CallAttempt.objects.exists()
    assert call_now(ready).status_code == 202


def test_a_key_belongs_to_its_token(ready: Rest, now: datetime) -> None:
    call_now(ready)
    other = Rest(ApiToken.issue("another system", now))
    assert call_now(other).json()["code"] == "line_busy"


@pytest.mark.parametrize("key", ["", '""', "two words", "x" * 256, 'a"b', "\xe9"])
def test_what_is_no_key_is_told_by_its_header(ready: Rest, key: str) -> None:
    answer = call_now(ready, key)
    assert (answer.status_code, list(answer.json())) == (400, ["Idempotency-Key"])
    assert not CallAttempt.objects.exists()


def test_after_a_day_the_key_is_new_and_the_purge_takes_it(
    ready: Rest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_now(ready)
    call_now(ready, "another")
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=24))
    assert call_now(ready).json()["code"] == "line_busy"
    call_command("purge", stdout=StringIO())
    assert KeptAnswer.objects.get().claimed_at == now + timedelta(hours=24)


def test_a_new_secret_key_with_the_former_one_beside_it_forgets_no_key(
    ready: Rest, settings: Any
) -> None:
    first = call_now(ready)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-one"
    assert call_now(ready).json() == first.json()
    assert call_now(ready, body="{}").status_code == 422
    # What is new is kept under the new one, and found without the former.
    busy = call_now(ready, "another")
    settings.SECRET_KEY_FALLBACKS = []
    CallAttempt.objects.all().delete()
    assert call_now(ready, "another").json() == busy.json()
    assert call_now(ready).status_code == 202


def test_what_is_kept_tells_of_no_patient(ready: Rest) -> None:
    call_now(ready, "ana-ortiz-2125550141")
    kept = str(list(KeptAnswer.objects.values_list())).lower()
    for told in ("ortiz", "2125550141", "a-1", "p-1"):
        assert told not in kept
    assert KeptAnswer.objects.get().body["recognitions"] == []


def test_whoever_died_over_it_leaves_the_key_to_the_next(
    ready: Rest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        # As where the process is killed: nothing is done, and nobody says so.
        patch.setattr(KeptAnswer, "give_up", lambda self: None)
        patch.setattr(appointments, "call_now", lambda *args, **kwargs: 1 / 0)
        assert call_now(ready).status_code == 500
    busy = call_now(ready)
    assert (busy.status_code, list(busy.json()), busy["Retry-After"]) == (409, ["detail"], "1")
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=2))
    assert call_now(ready).status_code == 202
    assert call_now(ready).status_code == 202
    assert CallAttempt.objects.count() == 1


# -- at once, on a database that commits


@pytest.fixture
def rings(transactional_db: None, now: datetime) -> Rest:
    rest = Rest(ApiToken.issue("practice system", now))
    prepare(rest)
    return rest


def in_a_thread(job: Callable[[], Any]) -> Any:
    def run() -> Any:
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(60)


def test_while_the_first_is_in_work_the_second_is_409(
    rings: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile: list[Any] = []
    ask = placing.request_call_now

    def slowly(*args: Any, **kwargs: Any) -> Any:
        asked = ask(*args, **kwargs)
        meanwhile.append(in_a_thread(lambda: call_now(rings)))
        return asked

    monkeypatch.setattr(placing, "request_call_now", slowly)
    first = call_now(rings)
    assert (first.status_code, len(meanwhile)) == (202, 1)
    assert (meanwhile[0].status_code, list(meanwhile[0].json())) == (409, ["detail"])
    assert call_now(rings).json() == first.json()


def test_who_was_taken_for_dead_and_is_not_undoes_what_it_did(
    rings: Rest, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = KeptAnswer.finish

    def too_late(kept: KeptAnswer, *answer: Any) -> bool:
        KeptAnswer.objects.filter(pk=kept.pk).update(claimed_at=now + timedelta(minutes=2))
        return finish(kept, *answer)

    monkeypatch.setattr(KeptAnswer, "finish", too_late)
    first = call_now(rings)
    assert (first.status_code, list(first.json())) == (409, ["detail"])
    assert not CallAttempt.objects.exists()


def test_many_at_once_make_one_call_and_agree_on_it(rings: Rest) -> None:
    together = threading.Barrier(8)

    def send(_: int) -> Any:
        try:
            together.wait(20)
            return call_now(rings)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    made = [answer.json() for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert all(list(a.json()) == ["detail"] for a in answers if a.status_code == 409)
    assert CallAttempt.objects.count() == 1
    assert made
    assert call_now(rings).json() == made[0]
    assert all(body == made[0] for body in made)
