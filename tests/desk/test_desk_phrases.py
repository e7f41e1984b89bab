"""The phrase test: run on the queue, left and come back to, honest about who answered."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from calls import phrasing
from calls.conversation.trying import Verdict
from calls.models import CallProfile, ClinicWording, PhraseResult, PhraseTrial
from calls.tasks import try_phrases, wake_for_phrases
from reminders.models import Clinic
from tests.calls.speaking import StandIn, standing_in
from tests.conftest import TUESDAY, make_clinic
from tests.desk.conftest import page

SignIn = Callable[..., Client]
#: The only phrases of the read-back, so that a run is short.
PHRASES = {
    "any": {"Stop": ["stop calling"], "Repeat": ["repeat"], "Deceased": ["she has died"]},
    "read_back": {"Yes": ["yes"], "No": ["no", "keep it"]},
}


@pytest.fixture(scope="module")
def _stand_in() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def azure(_stand_in: StandIn, settings: Any) -> StandIn:
    """The speech service is the stand-in, found by where calls go."""
    _stand_in.reset()
    settings.ACS_CONNECTION_STRING = _stand_in.connection_string
    return _stand_in


@pytest.fixture
def elm(db: None) -> Clinic:
    """A clinic that understands little."""
    clinic = make_clinic("elm", name="Elm Clinic", languages=["en-US"])
    say(clinic, PHRASES)
    return clinic


def say(clinic: Clinic, phrases: dict[str, Any]) -> ClinicWording:
    return ClinicWording.objects.create(
        clinic=clinic, language="en", phrases=phrases, made_by="dana", made_at=TUESDAY
    )


def address(clinic: Clinic, name: str = "prompts_phrases") -> str:
    return f"{page('reminders_clinic', clinic, name)}?language=en"


def start(client: Client, clinic: Clinic, step: str = "read_back") -> HttpResponse:
    return client.post(address(clinic), {"tag": "en-US", "step": step})


def run(trial: PhraseTrial | None = None) -> PhraseTrial:
    """Let a worker do it to its end."""
    found = trial or PhraseTrial.objects.get()
    while found.is_open:
        try_phrases(found.pk)
        found.refresh_from_db()
    return found


def results(trial: PhraseTrial) -> dict[str, tuple[str, str]]:
    return {row.phrase: (row.verdict, row.code) for row in trial.results.all()}


def test_each_phrase_is_spoken_recognised_and_told(
    desk: Client, elm: Clinic, azure: StandIn
) -> None:
    CallProfile.objects.create(clinic=elm, voices={"en-US": "en-US-GuyNeural"})
    assert start(desk, elm).status_code == 302
    waiting = desk.get(address(elm)).content.decode()
    assert "0 of 6 tried" in waiting
    assert "waits for a worker" in waiting
    trial = run()
    assert set(results(trial).values()) == {(Verdict.UNDERSTOOD, "")}
    row = trial.results.get(phrase="keep it")
    assert (row.heard, row.heard_in, row.label) == ("keep it", "en-US", "No")
    assert row.confidence is not None
    assert row.confidence > 0.5
    wanted = azure.wanted
    assert {"yes", "no", "keep it", "stop calling"} <= set(wanted["phrases"])
    spoken = azure.asked("synthesize")[0]["turns"][0]["ssml"]
    assert "en-US-GuyNeural" in spoken
    shown = desk.get(address(elm)).content.decode()
    assert "6 of 6 phrases understood" in shown
    assert "it proves the wiring, not the recognition" in shown
    assert "en-US-GuyNeural" in shown
    assert "started by dana" in shown
    assert trial.sdk_version
    assert (trial.stand_in, trial.version) == (True, ClinicWording.objects.get().pk)


def test_collisions_are_found_and_a_newer_version_is_told(
    desk: Client, elm: Clinic, azure: StandIn
) -> None:
    say(elm, PHRASES | {"read_back": {"Yes": ["yes", "keep it"], "No": ["keep it"]}})
    start(desk, elm)
    trial = run()
    verdicts = [row.verdict for row in trial.results.filter(phrase="keep it")]
    assert verdicts == [Verdict.COLLIDES, Verdict.COLLIDES]
    shown = desk.get(address(elm)).content.decode()
    assert "means two things" in shown
    assert "Look at these" in shown
    assert "changed since" not in shown
    say(elm, PHRASES)
    assert "changed since" in desk.get(address(elm)).content.decode()


def test_a_service_that_refuses_halfway_is_a_named_failure_of_each_phrase(
    desk: Client, elm: Clinic, azure: StandIn
) -> None:
    start(desk, elm)
    trial = PhraseTrial.objects.get()
    PhraseResult.objects.filter(place__lt=1).update(verdict=Verdict.UNDERSTOOD)
    azure.goes_wrong("status", "*", status=401)
    run(trial)
    codes = [row.code for row in trial.results.all()]
    assert codes == ["", *["AuthenticationFailure"] * 3, "NotAsked", "NotAsked"]
    shown = desk.get(address(elm)).content.decode()
    assert "AuthenticationFailure" in shown
    assert "failed 3 times in a row" in shown


def test_a_silent_service_holds_nobody_for_longer_than_the_limit(
    desk: Client, elm: Clinic, azure: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrasing, "HEAR_SECONDS", 0.5)
    monkeypatch.setattr(phrasing, "MOST_FAILURES", 1)
    azure.goes_wrong("silent", "recognize")
    start(desk, elm)
    trial = run()
    first, *others = [row.code for row in trial.results.all()]
    assert first == "TimeLimit"
    assert set(others) == {"NotAsked"}


def test_one_run_at_a_time_for_a_clinic_and_language(
    desk: Client, elm: Clinic, azure: StandIn, settings: Any
) -> None:
    start(desk, elm)
    refused = start(desk, elm)
    assert "being tried already" in refused.content.decode()
    assert PhraseTrial.objects.count() == 1
    told = desk.post(address(elm, "prompts_phrases_stop"))
    assert told.status_code == 302
    stopped = PhraseTrial.objects.get()
    assert (stopped.state, try_phrases(stopped.pk)) == ("stopped", None)
    assert azure.asked("synthesize") == []
    assert "It was stopped" in desk.get(address(elm)).content.decode()
    assert start(desk, elm).status_code == 302


def test_nobody_to_ask_nothing_to_try_and_keys_alone_are_told(
    desk: Client, elm: Clinic, azure: StandIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrasing, "MOST_CASES", 3)
    assert "choose a question" in start(desk, elm).content.decode()
    CallProfile.objects.create(clinic=elm, keypad_only=True)
    assert "keys alone" in start(desk, elm).content.decode()
    settings.ACS_CONNECTION_STRING = ""
    assert "not set up" in start(desk, elm).content.decode()
    assert "nothing can be tried" in desk.get(address(elm)).content.decode()
    assert not PhraseTrial.objects.exists()


def test_a_lost_worker_is_followed_by_another_and_two_never_share_a_run(
    desk: Client, elm: Clinic, azure: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(desk, elm)
    trial = PhraseTrial.objects.get()
    woken: list[int] = []
    monkeypatch.setattr(phrasing, "wake", woken.append)
    PhraseTrial.objects.update(busy_until=TUESDAY + timedelta(seconds=1))
    assert phrasing.work(trial.pk, lambda: TUESDAY) == 0
    wake_for_phrases()
    assert woken == []
    phrasing.look(TUESDAY + timedelta(seconds=2))
    assert woken == [trial.pk]
    monkeypatch.setattr(phrasing, "PORTION", 2)
    assert phrasing.work(trial.pk, lambda: TUESDAY + timedelta(seconds=3)) == 2
    assert woken == [trial.pk, trial.pk]
    trial.refresh_from_db()
    assert (trial.state, trial.busy_until) == ("open", None)


def test_a_run_that_nobody_takes_ends_with_its_time(
    desk: Client, elm: Clinic, azure: StandIn
) -> None:
    start(desk, elm)
    phrasing.look(TUESDAY + phrasing.MOST_TIME)
    assert PhraseTrial.objects.get().state == "stopped"


def test_the_last_runs_are_kept_and_can_be_opened(
    desk: Client, elm: Clinic, azure: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrasing, "MOST_KEPT", 2)
    for _ in range(3):
        start(desk, elm)
        phrasing.stop(PhraseTrial.objects.latest("pk"), TUESDAY)
    assert PhraseTrial.objects.count() == 2
    shown = desk.get(address(elm))
    assert "Earlier runs" in shown.content.decode()
    oldest = PhraseTrial.objects.earliest("pk")
    assert desk.get(f"{address(elm)}&run={oldest.pk}").context["run"].trial == oldest
    assert desk.get(f"{address(elm)}&run=0").status_code == 404
    part = desk.get(f"{address(elm)}&part=1").content.decode()
    assert "<html" not in part
    assert "phrases understood" in part


def test_who_may_read_sees_and_who_may_change_starts(
    sign_in: SignIn, elm: Clinic, azure: StandIn, now: datetime
) -> None:
    reader = sign_in("view_clinic")
    assert "You may read what others tried" in reader.get(address(elm)).content.decode()
    assert start(reader, elm).status_code == 403
    assert reader.post(address(elm, "prompts_phrases_stop")).status_code == 403
    assert reader.get(address(elm, "prompts_phrases_stop")).status_code == 405
