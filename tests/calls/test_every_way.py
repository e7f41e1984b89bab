"""Every way a patient can answer, end to end: due row, real SDK, real callbacks, outcome."""

import io
import wave
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from calls import placing, recordings, scripting
from calls.conversation.asking import FALLBACK_CLOSING, FALLBACKS
from calls.models import CallAttempt, CallEvent, CallProfile, CallVisit, ClinicWording
from reminders.models import Appointment, Clinic, Contact, Patient, WorkItem
from reminders.models.appointment import AppointmentEvent
from reminders.models.clinic import VisitType
from reminders.models.workitem import WorkKind
from tests.conftest import TUESDAY, Azure, make_appointment, make_clinic, make_patient, the_call

PHONE = "+12125550142"
#: Who answers at the clinic: the last two digits decide, and nobody takes the second.
STAFF, NOBODY = "+12125550199", "+12125550131"
EVERYTHING = {"ask_reason": True, "ask_needs": True, "listen_first": True, "voicemail": True}


def call(
    azure: Azure,
    now: datetime,
    persona: str,
    *,
    patient: dict[str, Any] | None = None,
    clinic: dict[str, Any] | None = None,
    **profile: Any,
) -> Appointment:
    """One patient of a kind is called about one visit by a clinic with a profile."""
    place = make_clinic(**(clinic or {}))
    CallProfile.objects.create(clinic=place, **profile)
    appointment = make_appointment(place, make_patient(phone=PHONE, **(patient or {})))
    azure.simulator.set_persona(PHONE, persona)
    assert placing.place_due(now).placed == 1
    azure.settle()
    appointment.refresh_from_db()
    return appointment


def work() -> dict[str, str]:
    """What stands on the work list, by its kind."""
    return dict(WorkItem.objects.filter(done_at=None).values_list("kind", "detail"))


def heard() -> list[str]:
    """What was said to the patient, as the telephone heard it."""
    return [
        prompt["text"]
        for action in the_call().actions.order_by("pk")
        for prompt in action.payload.get("prompts", [])
    ]


@pytest.mark.parametrize(
    ("persona", "outcome", "answer", "kind", "detail"),
    [
        (
            "reschedule_by_voice",
            "reschedule_requested",
            "reschedule_requested",
            WorkKind.OTHER_TIME,
            "Thursday mornings",
        ),
        (
            "reschedule_by_key",
            "reschedule_requested",
            "reschedule_requested",
            WorkKind.OTHER_TIME,
            "mornings",
        ),
        ("staff", "staff_requested", "", WorkKind.CALL_BACK, "person"),
        ("staff_by_key", "staff_requested", "", WorkKind.CALL_BACK, "person"),
        ("cancel_with_reason", "cancelled", "cancelled", WorkKind.NEGATIVE, "displeased"),
        ("cancel_calls", "opted_out", "", WorkKind.OPTED_OUT, ""),
        ("stop_at_reason", "opted_out", "cancelled", WorkKind.OPTED_OUT, ""),
        ("spanish_stop", "opted_out", "", WorkKind.OPTED_OUT, ""),
        ("passed_away", "needs_review", "", WorkKind.DECEASED, "died"),
        ("needs_wheelchair", "confirmed", "confirmed", WorkKind.NEEDS, "Wheelchair"),
        ("needs_interpreter", "confirmed", "confirmed", WorkKind.NEEDS, "Interpreter"),
        ("running_late", "confirmed", "confirmed", WorkKind.NEEDS, "Late"),
    ],
)
def test_what_the_patient_wants_reaches_staff(
    azure: Azure,
    now: datetime,
    persona: str,
    outcome: str,
    answer: str,
    kind: WorkKind,
    detail: str,
) -> None:
    visit = call(azure, now, persona, **EVERYTHING)
    assert (the_call().outcome, visit.answer) == (outcome, answer)
    assert detail in work()[kind]


@pytest.mark.parametrize("persona", ["confirm_by_voice", "call_screener", "hello_over_opening"])
def test_listening_first_keeps_nobody_from_answering(
    azure: Azure, now: datetime, persona: str
) -> None:
    assert call(azure, now, persona, **EVERYTHING).answer == "confirmed"


def test_another_time_keeps_the_visit_and_ends_the_reminders(azure: Azure, now: datetime) -> None:
    visit = call(azure, now, "reschedule_by_voice")
    assert (visit.status, visit.next_call_at, visit.next_call_reason) == (
        "scheduled",
        None,
        "answered",
    )


def test_the_open_reason_is_on_the_visits_story(azure: Azure, now: datetime) -> None:
    call(azure, now, "cancel_with_reason", ask_reason=True)
    told = AppointmentEvent.objects.get(kind="told_reason")
    assert "cold" in told.detail["text"]


def test_a_free_slot_is_told_though_the_calls_were_stopped_after(
    azure: Azure, now: datetime
) -> None:
    call(azure, now, "stop_at_reason", ask_reason=True)
    assert {WorkKind.SLOT_FREE, WorkKind.OPTED_OUT} <= set(work())


def test_who_has_died_is_never_called_again(azure: Azure, now: datetime) -> None:
    visit = call(azure, now, "passed_away")
    later = make_appointment(
        visit.clinic, visit.patient, external_id="later", starts_at=now + timedelta(days=20)
    )
    assert Patient.objects.get().deceased_at is not None
    assert (visit.next_call_at, later.next_call_at) == (None, None)


class TestIdentity:
    BORN = {"birth_date": date(1961, 7, 4), "call_pin": "0407"}

    @pytest.mark.parametrize("level", [1, 2])
    @pytest.mark.parametrize("persona", ["identity_right", "identity_second_try"])
    def test_the_right_digits_lead_to_the_visit(
        self, azure: Azure, now: datetime, persona: str, level: int
    ) -> None:
        visit = call(azure, now, persona, patient=self.BORN, identity_level=level)
        assert visit.answer == "confirmed"

    def test_three_wrong_tries_tell_nothing_and_a_person_looks(
        self, azure: Azure, now: datetime
    ) -> None:
        visit = call(azure, now, "identity_wrong_three_times", patient=self.BORN, identity_level=1)
        assert (the_call().outcome, visit.answer) == ("needs_review", "")
        assert WorkKind.IDENTITY in work()
        assert not any("appointment on" in text for text in heard())

    def test_nine_stops_the_calls_there_too(self, azure: Azure, now: datetime) -> None:
        call(azure, now, "stop_at_identity", patient=self.BORN, identity_level=1)
        assert the_call().outcome == "opted_out"

    def test_the_digits_are_kept_nowhere(self, azure: Azure, now: datetime) -> None:
        call(azure, now, "identity_right", patient=self.BORN, identity_level=1)
        told = CallEvent.objects.get(
            body__data__operationContext="identity.2", type__endswith="Completed"
        )
        assert told.body["data"]["dtmfResult"]["tones"] == ["*"] * 4
        assert the_call().recognitions.get(step="identity").tones == []

    def test_a_visit_type_can_ask_for_more_than_its_clinic(
        self, azure: Azure, now: datetime
    ) -> None:
        clinic = make_clinic()
        kind = VisitType.objects.create(clinic=clinic, name="Test results", identity_level=1)
        visit = make_appointment(clinic, make_patient(phone=PHONE, **self.BORN), type=kind)
        azure.simulator.set_persona(PHONE, "identity_right")
        placing.place_due(now)
        azure.settle()
        visit.refresh_from_db()
        assert the_call().recognitions.filter(step="identity").exists()
        assert visit.answer == "confirmed"

    def test_what_was_taken_away_while_it_was_queued_is_not_let_pass(
        self, azure: Azure, now: datetime
    ) -> None:
        """R9: the check must not fall open."""
        clinic = make_clinic()
        CallProfile.objects.create(clinic=clinic, identity_level=2)
        visit = make_appointment(clinic, make_patient(phone=PHONE, **self.BORN))
        assert isinstance(placing.request_call_now(visit.pk, now, actor="staff Dana"), CallAttempt)
        Patient.objects.update(call_pin="")
        placing.place_due(now)
        assert azure.rings == []

    def test_the_digits_are_not_kept_with_the_call(self, azure: Azure, now: datetime) -> None:
        call(azure, now, "identity_right", patient=self.BORN, identity_level=1)
        assert the_call().script["identity"]["hashes"] == []

    def test_a_pin_of_another_length_than_is_asked_for_is_named(
        self, azure: Azure, now: datetime
    ) -> None:
        clinic = make_clinic()
        CallProfile.objects.create(clinic=clinic, identity_level=2, pin_digits=6)
        make_appointment(clinic, make_patient(phone=PHONE, **self.BORN))
        assert placing.place_due(now).placed == 0
        assert "6 digits" in work()[WorkKind.BAD_DATA]

    def test_nobody_is_called_whose_digits_we_do_not_know(
        self, azure: Azure, now: datetime
    ) -> None:
        clinic = make_clinic()
        CallProfile.objects.create(clinic=clinic, identity_level=1)
        visit = make_appointment(clinic, make_patient(phone=PHONE))
        assert placing.place_due(now).placed == 0
        visit.refresh_from_db()
        assert visit.next_call_reason == "paused"
        assert "No date of birth" in work()[WorkKind.BAD_DATA]
        Patient.objects.update(birth_date=self.BORN["birth_date"])
        assert placing.place_due(now).placed == 1
        assert WorkKind.BAD_DATA not in work()
        azure.settle()


class TestStaff:
    def test_in_opening_hours_they_are_connected(self, azure: Azure, now: datetime) -> None:
        call(azure, now, "staff", transfer_number=STAFF)
        assert the_call().outcome == "transferred"
        assert WorkKind.CALL_BACK not in work()

    def test_when_nobody_takes_it_the_menu_comes_back_and_the_request_stands(
        self, azure: Azure, now: datetime
    ) -> None:
        visit = call(azure, now, "staff_then_confirm", transfer_number=NOBODY)
        assert (the_call().outcome, visit.answer) == ("confirmed", "confirmed")
        assert WorkKind.CALL_BACK in work()

    def test_outside_opening_hours_nobody_is_connected(self, azure: Azure, now: datetime) -> None:
        hours = {"TU": [["09:00", "14:00"], ["14:30", "20:00"]], "WE": [["09:00", "20:00"]]}
        call(azure, now + timedelta(minutes=30), "staff", clinic={"hours": hours})
        assert the_call().outcome == "staff_requested"


class TestSeveralVisits:
    def visits(self, count: int = 2) -> list[Appointment]:
        clinic, patient = make_clinic(), make_patient(phone=PHONE)
        return [
            make_appointment(
                clinic, patient, external_id=f"v{i}", starts_at=TUESDAY + timedelta(hours=20 + i)
            )
            for i in range(count)
        ]

    def test_one_call_speaks_of_all_and_each_is_answered_by_itself(
        self, azure: Azure, now: datetime
    ) -> None:
        first, second = self.visits()
        azure.simulator.set_persona(PHONE, "household")
        placing.place_due(now)
        azure.settle()
        assert azure.rings == [PHONE]
        assert dict(CallVisit.objects.values_list("appointment__external_id", "outcome")) == {
            "v0": "confirmed",
            "v1": "cancelled",
        }
        first.refresh_from_db(), second.refresh_from_db()
        assert (first.answer, second.answer) == ("confirmed", "cancelled")

    def test_it_is_one_ring_for_the_caps(self, azure: Azure, now: datetime) -> None:
        """R2: two visits in one call spend the budget once."""
        self.visits()
        azure.simulator.set_persona(PHONE, "busy")
        for minutes, placed in ((0, 1), (15, 1), (30, 0)):
            assert placing.place_due(now + timedelta(minutes=minutes)).placed == placed
            azure.settle()
        assert Contact.objects.count() == 4

    def test_a_visit_of_another_day_has_its_own_call(self, azure: Azure, now: datetime) -> None:
        (visit,) = self.visits(1)
        make_appointment(
            visit.clinic, visit.patient, external_id="v9", starts_at=TUESDAY + timedelta(days=2)
        )
        azure.simulator.set_persona(PHONE, "confirm_by_voice")
        placing.place_due(now)
        azure.settle()
        assert [v.appointment.external_id for v in the_call().visits.all()] == ["v0"]

    def test_a_visit_cancelled_while_it_was_queued_is_not_spoken_of(
        self, azure: Azure, now: datetime
    ) -> None:
        first, second = self.visits()
        attempt = placing.request_call_now(first.pk, now, actor="staff Dana")
        assert isinstance(attempt, CallAttempt)
        Appointment.objects.filter(pk=second.pk).update(status="cancelled")
        azure.simulator.set_persona(PHONE, "household")
        placing.place_due(now)
        azure.settle()
        assert [visit.appointment_id for visit in attempt.visits.all()] == [first.pk]

    def test_a_visit_that_another_clinic_has_by_now_is_not_spoken_of(
        self, azure: Azure, now: datetime
    ) -> None:
        """The other clinic may ask who is there before it lets anything be told."""
        first, second = self.visits()
        attempt = placing.request_call_now(first.pk, now, actor="staff Dana")
        assert isinstance(attempt, CallAttempt)
        Appointment.objects.filter(pk=second.pk).update(clinic=make_clinic("west", name="West"))
        azure.simulator.set_persona(PHONE, "household")
        placing.place_due(now)
        azure.settle()
        assert [visit.appointment_id for visit in attempt.visits.all()] == [first.pk]


class TestMachines:
    @pytest.mark.parametrize("listen_first", [True, False])
    def test_a_voicemail_gets_the_minimal_text_and_nothing_else(
        self, azure: Azure, now: datetime, listen_first: bool
    ) -> None:
        """R8, B15."""
        visit = call(azure, now, "voicemail", voicemail=True, listen_first=listen_first)
        assert (the_call().outcome, visit.answer, visit.status) == (
            "voicemail_left",
            "",
            "scheduled",
        )
        assert "automated message" in heard()[-1]
        assert not any("appointment" in text for text in heard())

    def test_a_second_message_is_not_left(self, azure: Azure, now: datetime) -> None:
        visit = call(azure, now, "voicemail", voicemail=True, listen_first=True)
        later = now + timedelta(hours=4)
        placing.request_call_now(visit.pk, later, actor="staff Dana")
        placing.place_due(later)
        azure.settle()
        outcomes = CallAttempt.objects.order_by("queued_at").values_list("outcome", flat=True)
        assert list(outcomes) == ["voicemail_left", "machine"]

    def test_whoever_wants_no_message_gets_none(self, azure: Azure, now: datetime) -> None:
        call(
            azure,
            now,
            "voicemail",
            patient={"voicemail_ok": False},
            voicemail=True,
            listen_first=True,
        )
        assert the_call().outcome == "machine"


def sound(seconds: float = 1.0, *, rate: int = 16_000, channels: int = 1, width: int = 2) -> bytes:
    """A silent WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(bytes(int(seconds * rate) * channels * width))
    return file.getvalue()


class TestTheSpeechServiceFails:
    def recorded(self, clinic: Clinic, now: datetime) -> None:
        """A clinic with recordings of what is said when nothing can be synthesised."""
        made = recordings.keep(clinic, sound(), name="fallback", by="Dana", now=now)
        keys = [*FALLBACKS.values(), FALLBACK_CLOSING]
        ClinicWording.objects.create(
            clinic=clinic,
            language="en",
            sounds={key: {"kind": "file", "source": made.sha256} for key in keys},
            made_by="Dana",
            made_at=now,
        )
        scripting.approve(clinic, ["en-US"], by="Dana", now=now)

    def test_recordings_offer_a_call_back_and_tell_nothing(
        self, azure: Azure, now: datetime
    ) -> None:
        clinic = make_clinic()
        self.recorded(clinic, now)
        visit = make_appointment(clinic, make_patient(phone=PHONE))
        azure.simulator.set_persona(PHONE, "ai_failure")
        placing.place_due(now)
        azure.settle()
        visit.refresh_from_db()
        files = [p for a in the_call().actions.all() for p in a.payload.get("prompts", [])][2:]
        assert files
        assert {prompt["kind"] for prompt in files} == {"file"}
        assert visit.answer == ""

    def test_without_recordings_it_is_tried_again_later(self, azure: Azure, now: datetime) -> None:
        visit = call(azure, now, "ai_failure")
        assert the_call().outcome == "failed_provider"
        assert visit.next_call_at is not None


@pytest.mark.parametrize(
    ("persona", "language"),
    [("french", "fr-FR"), ("german", "de-DE"), ("portuguese", "pt-BR"), ("arabic", "ar-SA")],
)
def test_a_patient_is_understood_in_their_language(
    azure: Azure, now: datetime, persona: str, language: str
) -> None:
    visit = call(
        azure,
        now,
        persona,
        patient={"language": language},
        clinic={"languages": [language, "en-US"]},
        **EVERYTHING,
    )
    assert visit.answer == "confirmed"
    assert the_call().recognitions.get(label="Confirm").language == language


def test_keys_alone_need_no_word(azure: Azure, now: datetime) -> None:
    """R11."""
    visit = call(azure, now, "confirm_by_key", keypad_only=True)
    assert visit.answer == "confirmed"
    assert {r.input_type for r in the_call().recognitions.all()} == {"dtmf"}


def test_a_language_that_nobody_approved_is_not_spoken_and_that_is_told(
    azure: Azure, now: datetime
) -> None:
    """R12."""
    clinic = make_clinic(languages=["en-US"])
    Clinic.objects.update(languages=["en-US", "es-US"])
    clinic.refresh_from_db()
    make_appointment(clinic, make_patient(phone=PHONE, language="es-US"))
    placing.place_due(now)
    azure.settle()
    assert the_call().language == "en-US"
    assert the_call().note == "spoken instead of es-US: not approved"


class TestRecordings:
    def test_azure_fetches_one_without_a_secret(self, client: Any, db: None, now: datetime) -> None:
        content = sound()
        made = recordings.keep(make_clinic(), content, name="Opening", by="Dana", now=now)
        answer = client.get(f"/callbacks/prompts/{made.sha256}.wav")
        assert (answer.status_code, answer["Content-Type"]) == (200, "audio/wav")
        assert answer.content == content

    def test_an_unknown_one_is_not_found(self, client: Any, db: None) -> None:
        assert client.get(f"/callbacks/prompts/{'0' * 64}.wav").status_code == 404

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"", "no WAV"),
            (b"RIFF\x00\x00\x00\x00WAVE", "no WAV"),
            (b"ID3 an mp3", "no WAV"),
            (sound(rate=8_000), "8,000 Hz"),
            (sound(channels=2), "2 channel"),
            (sound(width=1), "8 bit"),
            (sound(0), "empty"),
            (sound()[:-100], "cut off"),
            (sound(61), "longer than 60"),
            (bytes(2_000_001), "larger than 2 MB"),
        ],
    )
    def test_what_azure_cannot_play_is_refused_with_the_reason(
        self, db: None, now: datetime, content: bytes, why: str
    ) -> None:
        with pytest.raises(recordings.ValidationError, match=why):
            recordings.keep(make_clinic(), content, name="", by="Dana", now=now)
