"""A recording that staff have: to words by the real SDK, and what follows, which is little."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.core.exceptions import ValidationError

from calls import recorded, second_opinion, transcribing
from calls.gateway.speech import Law, Shape, sdk
from calls.models import CallAttempt, StaffRecording, Transcript, TranscriptSegment
from config import clock
from reminders.models import Appointment, Clinic, WorkItem
from reminders.models.workitem import WorkKind
from simulator.testing import Simulator
from tests.calls.speaking import StandIn, milliseconds, noise, wav
from tests.conftest import TUESDAY, make_appointment, make_patient
from tests.desk.conftest import make_call


@pytest.fixture
def azure(_simulator: Simulator, settings: Any) -> Iterator[StandIn]:
    """The stand-in that calls go through listens to recordings as well."""
    _simulator.reset()
    settings.ACS_CONNECTION_STRING = _simulator.connection_string
    yield StandIn(_simulator)
    _simulator.reset()


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    return make_appointment(clinic, make_patient())


@pytest.fixture
def call(visit: Appointment) -> CallAttempt:
    return make_call(visit)


class Watch:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = TUESDAY

    def __call__(self) -> datetime:
        return self.now

    def later(self, **more: float) -> datetime:
        self.now += timedelta(**more)
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(clock, "now", made)
    return made


SOUND = noise(1.0)


def upload(call: CallAttempt, sound: bytes = SOUND, shape: Shape | None = None) -> Transcript:
    content = wav(sound, shape) if shape else wav(sound)
    kept = recorded.keep(call, content, by="dana", now=TUESDAY)
    return kept.transcript


def work(transcript: Transcript, tick: Callable[[], datetime] = lambda: TUESDAY) -> Transcript:
    transcribing.transcribe(transcript.pk, tick)
    transcript.refresh_from_db()
    return transcript


def says(call: CallAttempt, *said: tuple[str, str]) -> Transcript:
    """A transcript as the service would have left it, without the second that it takes."""
    row = upload(call, noise(0.5, seed=len(said) + StaffRecording.objects.count()))
    for n, (text, language) in enumerate(said):
        TranscriptSegment.objects.create(
            transcript=row, offset=n, duration=1, language=language, text=text
        )
    second_opinion.give(row.pk, TUESDAY)
    row.refresh_from_db()
    return row


def reviews(visit: Appointment) -> list[str]:
    items = WorkItem.objects.filter(appointment=visit, kind="needs_review")
    return [item.detail for item in items]


# Through the real SDK


def test_every_phrase_is_kept_with_what_is_needed_to_judge_it(
    azure: StandIn, call: CallAttempt
) -> None:
    sound = noise(3.0)
    azure.knows(
        sound,
        {"text": "Good morning.", "confidence": 0.81, **milliseconds(0, 1000)},
        {"text": "No puedo ir.", "language": "es-US", **milliseconds(1500, 1000)},
    )
    row = work(upload(call, sound))
    assert (row.status, row.code, row.tries) == ("done", "", 1)
    first, second = row.segments.all()
    assert (first.text, first.language, first.confidence) == ("Good morning.", "en-US", 0.81)
    assert (second.text, second.language) == ("No puedo ir.", "es-US")
    assert (second.offset, second.duration) == (pytest.approx(1.5), pytest.approx(1.0))
    assert row.audio_sha256 == hashlib.sha256(sound).hexdigest()
    assert row.stand_in
    assert row.service.startswith("the stand-in at")
    assert row.sdk_version.startswith("1.")
    assert row.recording.sha256 == hashlib.sha256(wav(sound)).hexdigest()


def test_the_service_is_told_the_clinics_languages_and_the_visits_names_and_nothing_of_the_patient(
    azure: StandIn, visit: Appointment
) -> None:
    visit.practitioner = visit.clinic.practitioners.create(name="Dr. Amara Okonkwo")
    visit.save()
    call = make_call(visit, language="es-US")
    row = work(upload(call))
    assert row.languages == ["es-US", "en-US"]
    told = str(azure.asked()[-1]["turns"][0]["context"])
    for expected in ("Dr. Amara Okonkwo", "Maple Street Clinic", "cancel my appointment"):
        assert expected in told
    for forbidden in ("Ana", "Ortiz", visit.patient.number.e164, visit.external_id):
        assert forbidden not in told
    assert row.phrases > 50


def test_words_that_contradict_the_call_go_to_review_and_change_nothing(
    azure: StandIn, visit: Appointment, call: CallAttempt
) -> None:
    azure.knows(SOUND, {"text": "Please cancel my appointment."})
    before = Appointment.objects.values().get(pk=visit.pk)
    row = work(upload(call))
    assert (row.labels, row.disagrees) == (["Cancel"], True)
    (detail,) = reviews(visit)
    assert "“Cancel”" in detail
    assert "“confirmed”" in detail
    assert Appointment.objects.values().get(pk=visit.pk) == before
    call.refresh_from_db()
    assert call.outcome == "confirmed"
    assert [v.outcome for v in call.visits.all()] == ["confirmed"]


def test_a_voicemail_in_mu_law_of_which_nothing_is_understood_says_so(
    azure: StandIn, call: CallAttempt
) -> None:
    shape = Shape(rate=8000, bits=8, law=Law.MU_LAW)
    row = work(upload(call, noise(0.6, shape), shape))
    assert (row.status, row.segments.count()) == ("done", 0)
    assert row.code
    assert row.hint
    assert row.recording.shape == "mu-law, 8000 Hz, 8 bit, mono"


def test_a_refusal_is_a_failure_with_its_name_and_what_to_do(
    azure: StandIn, call: CallAttempt
) -> None:
    azure.goes_wrong("status", status=401)
    row = work(upload(call))
    assert (row.status, row.code, row.tries) == ("failed", "AuthenticationFailure", 1)
    assert "SPEECH_KEY" in row.hint


def test_a_silent_service_is_waited_for_within_the_limit_and_asked_again_later(
    azure: StandIn, call: CallAttempt, watch: Watch, settings: Any
) -> None:
    settings.TRANSCRIPTION_LIMIT_SECONDS = 1
    azure.knows(SOUND, {"text": "I will be there."})
    azure.goes_wrong("silent", times=1)
    row = work(upload(call), watch)
    assert (row.status, row.code) == ("queued", "TimeLimit")
    assert row.due_at == TUESDAY + timedelta(minutes=1)
    settings.TRANSCRIPTION_LIMIT_SECONDS = 30
    assert work(row, watch).status == "queued", "it was asked at once"
    watch.later(minutes=1)
    assert work(row, watch).status == "done"
    assert (row.labels, row.tries, row.code) == (["Confirm"], 2, "")


# What keeps it from being done


def test_without_the_sdk_it_fails_by_name(
    call: CallAttempt, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ACS_CONNECTION_STRING = "endpoint=http://127.0.0.1:9;accesskey=a2V5"
    monkeypatch.setattr(sdk, "_MODULE", "azure.cognitiveservices.no_such_thing")
    row = work(upload(call))
    assert (row.status, row.code) == ("failed", "NotInstalled")
    assert "not installed" in row.hint


def test_without_the_settings_it_fails_by_name(call: CallAttempt, settings: Any) -> None:
    settings.ACS_CONNECTION_STRING = "endpoint=https://x.example.invalid;accesskey=a2V5"
    row = work(upload(call))
    assert (row.status, row.code) == ("failed", "NotSetUp")
    assert "SPEECH_KEY" in row.hint


def test_what_passes_by_itself_is_tried_three_times(
    call: CallAttempt, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = transcribing.Result(code="TooManyRequests", hint="Too many at once.")
    monkeypatch.setattr(transcribing, "_try", lambda row: busy)
    row = upload(call)
    for tries, status in ((1, "queued"), (2, "queued"), (3, "failed")):
        watch.later(minutes=10)
        work(row, watch)
        assert (row.tries, row.status, row.code) == (tries, status, "TooManyRequests")
    watch.later(hours=1)
    assert work(row, watch).tries == 3
    assert transcribing.ask_again(row.recording, watch())
    assert not transcribing.ask_again(row.recording, watch())
    assert work(row, watch).tries == 4


def test_a_bug_of_ours_fails_one_recording_by_name(
    call: CallAttempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(row: Transcript) -> None:
        raise KeyError("language")

    monkeypatch.setattr(transcribing.second_opinion, "expected", breaks)
    row = work(upload(call))
    assert (row.status, row.code, row.hint) == ("failed", "Unexpected", "KeyError")


# The table is the queue


def test_a_recording_of_a_worker_that_was_lost_is_taken_up_again_and_then_given_up(
    call: CallAttempt, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(row: Transcript) -> None:
        raise Killed

    monkeypatch.setattr(transcribing, "_try", die)
    row = upload(call)
    for tries in (1, 2, 3):
        with pytest.raises(Killed):
            work(row, watch)
        assert not transcribing.transcribe(row.pk, watch), "its worker may still be at it"
        watch.later(minutes=20)
        row.refresh_from_db()
        assert (row.status, row.tries) == ("running", tries)
    work(row, watch)
    assert (row.status, row.code, row.tries) == ("failed", "WorkerLost", 3)


def test_a_worker_that_comes_back_after_another_took_over_writes_nothing(
    call: CallAttempt, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = (transcribing.Result(code=code, hint="") for code in ("Slow", "Quick"))
    row = upload(call)

    def overtaken(taken: Transcript) -> transcribing.Result:
        monkeypatch.setattr(transcribing, "_try", lambda row: quick)
        watch.later(minutes=20)
        transcribing.transcribe(row.pk, watch)
        return slow

    monkeypatch.setattr(transcribing, "_try", overtaken)
    work(row, watch)
    assert (row.status, row.code, row.tries) == ("failed", "Quick", 2)


def test_beat_names_again_what_no_message_came_for(
    call: CallAttempt, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(transcribing, "wake", told.append)
    waits, later, done = (upload(call, noise(0.3, seed=n)) for n in range(3))
    Transcript.objects.filter(pk=later.pk).update(due_at=TUESDAY + timedelta(minutes=1))
    Transcript.objects.filter(pk=done.pk).update(status="done")
    assert transcribing.wake_for_due(watch()) == 1
    assert told == [waits.pk]


def test_transcriptions_have_a_queue_of_their_own_and_looks_stay_on_the_calls() -> None:
    router = current_app.amqp.router

    def queue(task: str) -> str:
        return str(router.route({}, task)["queue"].name)

    assert queue("calls.transcribe") == "speech"
    for task in ("calls.look", "calls.watch", "calls.wake_for_transcripts"):
        assert queue(task) == "calls"


@pytest.mark.parametrize(("seconds", "limit"), [(1, 31), (300, 330), (600, 630)])
def test_a_transcription_may_take_little_longer_than_the_recording(
    seconds: float, limit: float
) -> None:
    assert transcribing.limit_seconds(seconds) == limit


def test_no_transcription_takes_longer_than_the_ceiling(settings: Any) -> None:
    settings.TRANSCRIPTION_LIMIT_SECONDS = 100
    assert transcribing.limit_seconds(600) == 100


# The second opinion


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("confirmed", ("I can't come on Tuesday.", "en-US")),
        ("confirmed", ("Quiero cancelar mi cita.", "es-US")),
        ("confirmed", ("Please stop calling me.", "en-US")),
        ("cancelled", ("Yes, I'll be there.", "en-US")),
        ("cancelled", ("I need another time.", "en-US")),
        ("voicemail_left", ("Cancel my appointment, please.", "en-US")),
        ("no_response", ("I need another day, please.", "en-US")),
        ("confirmed", ("He passed away last week.", "en-US")),
    ],
)
def test_another_answer_than_the_calls_goes_to_review(
    visit: Appointment, outcome: str, said: tuple[str, str]
) -> None:
    row = says(make_call(visit, outcome=outcome), said)
    assert row.disagrees
    assert len(reviews(visit)) == 1


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("confirmed", [("Yes, I'll be there.", "en-US")]),
        ("cancelled", [("Cancel my appointment, please.", "en-US")]),
        ("opted_out", [("Stop calling me!", "en-US")]),
        ("confirmed", [("See you on Tuesday, bye.", "en-US")]),
        ("confirmed", [("Can I cancel the ride? I'll be there myself.", "en-US")]),
        ("confirmed", [("I want to cancel. No, wait.", "en-US"), ("I'll be there.", "en-US")]),
        ("confirmed", []),
    ],
)
def test_the_same_answer_or_none_goes_nowhere(
    visit: Appointment, outcome: str, said: list[tuple[str, str]]
) -> None:
    row = says(make_call(visit, outcome=outcome), *said)
    assert not row.disagrees
    assert reviews(visit) == []


def test_a_wish_for_no_calls_does_not_hide_behind_an_answer(
    visit: Appointment, call: CallAttempt
) -> None:
    row = says(call, ("I'll be there. And stop calling me.", "en-US"))
    assert row.labels == ["Confirm", "Stop"]
    assert "“Stop”" in reviews(visit)[0]
    visit.patient.number.refresh_from_db()
    assert not visit.patient.number.opted_out


def test_what_staff_have_done_already_is_no_contradiction(
    visit: Appointment, call: CallAttempt
) -> None:
    Appointment.objects.filter(pk=visit.pk).update(status="cancelled")
    assert not says(call, ("Please cancel my appointment.", "en-US")).disagrees


def test_our_own_offers_in_a_recording_of_the_whole_call_are_not_the_patients(
    visit: Appointment, call: CallAttempt
) -> None:
    text = "To confirm, press 1. To cancel, say cancel my appointment, or press 2."
    call.actions.create(
        kind="ask",
        operation_context="menu.1.0",
        payload={"prompts": [{"text": text}]},
        created_at=TUESDAY,
    )
    assert not says(call, (text, "en-US"), ("I confirm.", "en-US")).disagrees
    assert says(call, (text, "en-US"), ("Cancel it.", "en-US")).disagrees


def test_a_second_recording_tells_more_and_makes_no_second_item(
    visit: Appointment, call: CallAttempt
) -> None:
    WorkItem.open(visit, WorkKind.NEEDS_REVIEW, TUESDAY, detail="Left open.")
    says(call, ("Please cancel my appointment.", "en-US"))
    says(call, ("Please cancel my appointment.", "en-US"), ("Bye.", "en-US"))
    (detail,) = reviews(visit)
    assert detail.startswith("Left open. A recording")
    assert detail.count("A recording") == 1


# Taken in and erased


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "is empty"),
        (b"ID3" + bytes(400), "no WAV file"),
        (wav(b""), "holds no sound"),
        (wav(noise(0.1, Shape(rate=4000)), Shape(rate=4000)), "4000 Hz"),
        (wav(noise(0.1, Shape(channels=3)), Shape(channels=3)), "3 channels"),
        (
            wav(bytes(8000 * 601), Shape(rate=8000, bits=8, law=Law.MU_LAW)),
            "longer than 10 minutes",
        ),
        (bytes(recorded.LARGEST + 1), "larger than 7 MB"),
    ],
)
def test_what_cannot_be_heard_is_refused_with_the_reason_and_nothing_is_kept(
    call: CallAttempt, content: bytes, wrong: str
) -> None:
    with pytest.raises(ValidationError, match=wrong):
        recorded.keep(call, content, by="dana", now=TUESDAY)
    assert not StaffRecording.objects.exists()


def test_one_recording_is_kept_once_and_only_of_a_call_that_is_over(
    visit: Appointment, call: CallAttempt
) -> None:
    upload(call)
    with pytest.raises(ValidationError, match="here already"):
        upload(call)
    call.status = "connected"
    with pytest.raises(ValidationError, match="not over"):
        upload(call, noise(0.2))


def test_after_ninety_days_sound_and_words_are_gone_and_the_fact_stays(
    azure: StandIn, call: CallAttempt
) -> None:
    azure.knows(SOUND, {"text": "Please cancel my appointment."})
    row = work(upload(call))
    day = timedelta(days=1)
    assert recorded.erase_recordings(TUESDAY + 89 * day) == 0
    assert recorded.erase_recordings(TUESDAY + 90 * day) == 1
    assert recorded.erase_recordings(TUESDAY + 90 * day) == 0
    row = Transcript.objects.get(pk=row.pk)
    kept = row.recording
    assert (kept.content, kept.erased_at) == (None, TUESDAY + 90 * day)
    assert (row.labels, row.segments.count()) == ([], 0)
    assert (kept.uploaded_by, kept.sha256, row.status) == ("dana", kept.sha256, "done")
    assert all("cancel my" not in item.detail for item in WorkItem.objects.all())


def test_what_came_before_a_day_can_be_erased_at_once(call: CallAttempt) -> None:
    upload(call)
    assert recorded.purge_content(TUESDAY, TUESDAY) == 0
    assert recorded.purge_content(TUESDAY + timedelta(seconds=1), TUESDAY) == 1


def test_what_is_erased_while_it_is_transcribed_stays_erased(
    call: CallAttempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = upload(call)

    def erased(taken: Transcript) -> transcribing.Result:
        assert recorded.erase(row.recording, by="eve", now=TUESDAY)
        return transcribing.Result(code="Late", hint="")

    monkeypatch.setattr(transcribing, "_try", erased)
    work(row)
    assert (row.status, row.code) == ("failed", "Erased")
    assert not transcribing.ask_again(row.recording, TUESDAY)
