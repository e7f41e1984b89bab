"""Every branch of the conversation, pure: identity, another time, staff, reason, needs,
several visits, machines, and what goes on when the speech service fails."""

from datetime import timedelta
from typing import Any

import pytest

from calls.conversation.actions import (
    Ask,
    ForChoices,
    ForKeys,
    ForSpeech,
    ForSpeechOrKeys,
    HangUp,
    PromptKind,
    Say,
    Transfer,
)
from calls.conversation.asking import FALLBACK_CLOSING, FALLBACKS
from calls.conversation.dialogue import outcome, respond
from calls.conversation.events import (
    Connected,
    Ended,
    Faulted,
    Miss,
    PromptDone,
    Recognized,
    RecognizeFailed,
    TransferAccepted,
    TransferFailed,
)
from calls.conversation.profile import Profile
from calls.conversation.script import IdentityCheck, Script, Transferring
from calls.conversation.state import Done, Note, State
from calls.conversation.turns import Turn
from calls.conversation.vocabulary import Act, Label, LineEnd, NoteKind, Outcome, Step
from tests.calls.test_dialogue import T, make_script

BIRTHDAY = IdentityCheck.of("birthday", ["0407"], "salt")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OPEN = Transferring(number="+12125550199", until=(T + timedelta(hours=1)).isoformat())
RECORDED = {
    "en-US": {
        key: {"kind": "file", "source": f"https://ringwell.example/{key}.wav"}
        for key in (*FALLBACKS.values(), FALLBACK_CLOSING)
    }
}


class Call:
    """A conversation, one event after the other."""

    def __init__(self, stands: tuple[bool, ...] = (), **settings: Any) -> None:
        self.script: Script = make_script(**settings)
        self.stands = stands
        self.turn = Turn(state=State())
        self.take(Connected(at=T))

    @property
    def state(self) -> State:
        return self.turn.state

    def take(self, event: Any) -> "Call":
        self.turn = respond(self.state, event, self.script, stands=self.stands)
        return self

    def says(self, label: Label, phrase: str = "") -> "Call":
        return self.take(self._heard(label=label, phrase=phrase))

    def speaks(self, speech: str, **more: Any) -> "Call":
        return self.take(self._heard(speech=speech, **more))

    def keys(self, digits: str) -> "Call":
        tones = tuple({"*": "asterisk"}.get(d) or WORDS[int(d)] for d in digits)
        return self.take(self._heard(tones=tones))

    def misses(self, miss: Miss = Miss.SILENCE) -> "Call":
        return self.take(RecognizeFailed(at=T, context=self.state.context, miss=miss))

    def is_said(self, *, failed: bool = False) -> "Call":
        return self.take(PromptDone(at=T, context=self.state.context, failed=failed))

    def ends(self) -> "Call":
        return self.take(Ended(at=T, end=LineEnd.OVER))

    def _heard(self, **what: Any) -> Recognized:
        return Recognized(at=T, context=self.state.context, **what)

    @property
    def ask(self) -> Ask:
        (action,) = self.turn.actions
        assert isinstance(action, Ask)
        return action

    @property
    def spoken(self) -> str:
        return " ".join(
            prompt.text
            for action in self.turn.actions
            if isinstance(action, Ask | Say)
            for prompt in action.prompts
        )

    @property
    def outcome(self) -> Outcome:
        return outcome(self.state)


class TestIdentity:
    """R9: digits before anything of the visit."""

    def test_the_name_alone_tells_nothing_of_the_visit(self) -> None:
        call = Call(identity=BIRTHDAY).says(Label.YES)
        assert call.state.step is Step.IDENTITY
        assert "Friday" not in call.spoken

    def test_digits_are_asked_for_by_keys_alone(self) -> None:
        listen = Call(identity=BIRTHDAY).says(Label.YES).ask.listen
        assert listen == ForKeys(
            max_tones=4, initial_silence=10, inter_tone=4, stop_tones=("pound",)
        )

    def test_the_right_digits_open_the_menu(self) -> None:
        call = Call(identity=BIRTHDAY).says(Label.YES).keys("0407")
        assert "Friday" in call.spoken

    def test_a_second_try_is_as_good_as_the_first(self) -> None:
        call = Call(identity=BIRTHDAY).says(Label.YES).keys("1111").keys("0407")
        assert "Friday" in call.spoken

    def test_three_wrong_tries_end_it_without_a_detail(self) -> None:
        call = Call(identity=BIRTHDAY).says(Label.YES).keys("1111").keys("2222").keys("3333")
        assert call.state.step is Step.CLOSING
        assert "Friday" not in call.spoken
        assert call.outcome is Outcome.NEEDS_REVIEW

    def test_a_nine_among_the_digits_is_a_digit(self) -> None:
        check = IdentityCheck.of("birthday", ["0912"], "salt")
        call = Call(identity=check).says(Label.YES).keys("0912")
        assert not call.state.opted_out
        assert call.state.step is Step.MENU

    def test_a_nine_alone_stops_the_calls(self) -> None:
        assert Call(identity=BIRTHDAY).says(Label.YES).keys("9").outcome is Outcome.OPTED_OUT

    def test_silence_at_the_digits_ends_politely(self) -> None:
        call = Call(identity=BIRTHDAY).says(Label.YES).misses().misses().misses()
        assert call.state.step is Step.CLOSING
        assert "Friday" not in call.spoken

    def test_digits_are_never_the_first_question(self) -> None:
        """Among them no word would stop the calls."""
        call = Call(identity=BIRTHDAY, right_party=False)
        assert call.state.step is Step.RIGHT_PARTY
        assert call.says(Label.STOP).outcome is Outcome.OPTED_OUT

    def test_a_nine_that_azure_found_too_short_stops_the_calls(self) -> None:
        """R6: who presses 9 and waits is told of as a failure, 400/8532."""
        call = Call(identity=BIRTHDAY).says(Label.YES)
        miss = Miss.NOT_UNDERSTOOD
        call.take(RecognizeFailed(at=T, context=call.state.context, miss=miss, tones=("nine",)))
        assert call.outcome is Outcome.OPTED_OUT

    def test_the_digits_text_says_how_to_stop_the_calls(self) -> None:
        assert "press 9, then pound" in Call(identity=BIRTHDAY).says(Label.YES).spoken

    def test_a_pin_is_as_long_as_the_clinic_says(self) -> None:
        pin = IdentityCheck.of("pin", ["482137"], "salt")
        call = Call(identity=pin, profile=Profile(pin_digits=6)).says(Label.YES)
        assert isinstance(call.ask.listen, ForKeys)
        assert call.ask.listen.max_tones == 6

    def test_the_digits_are_not_in_the_script_that_is_kept(self) -> None:
        kept = make_script(identity=BIRTHDAY).to_json()
        assert "0407" not in str(kept["identity"])


class TestAnotherTime:
    def test_the_wish_counts_before_its_words(self) -> None:
        call = Call().says(Label.YES).says(Label.RESCHEDULE).ends()
        assert call.outcome is Outcome.RESCHEDULE_REQUESTED

    def test_words_or_keys_tell_which_time(self) -> None:
        ask = Call().says(Label.YES).says(Label.RESCHEDULE).ask
        assert isinstance(ask.listen, ForSpeechOrKeys)
        assert ask.listen.max_tones == 1

    def test_words_are_kept_as_they_were_said(self) -> None:
        call = Call().says(Label.YES).says(Label.RESCHEDULE).speaks("Thursday mornings")
        assert call.state.notes == (Note(NoteKind.PREFERENCE, 0, "Thursday mornings"),)
        assert call.state.step is Step.CLOSING

    @pytest.mark.parametrize(("key", "part"), [("1", "mornings"), ("2", "afternoons")])
    def test_a_key_tells_the_part_of_the_day(self, key: str, part: str) -> None:
        call = Call().says(Label.YES).says(Label.RESCHEDULE).keys(key)
        assert call.state.notes[0].text == part

    def test_zero_asks_for_staff(self) -> None:
        call = Call().says(Label.YES).says(Label.RESCHEDULE).keys("0")
        assert call.state.acts == (Act.RESCHEDULE_REQUESTED, Act.STAFF_REQUESTED)

    def test_silence_is_no_harm(self) -> None:
        call = Call().says(Label.YES).says(Label.RESCHEDULE).misses()
        assert "will call you" in call.spoken
        assert call.outcome is Outcome.RESCHEDULE_REQUESTED

    def test_a_clinic_that_does_not_offer_it_has_neither_word_nor_key(self) -> None:
        call = Call(offer_reschedule=False).says(Label.YES)
        assert "another time" not in call.spoken.lower()
        assert call.keys("3").state.acts == ()


class TestStaff:
    def test_in_opening_hours_they_are_connected(self) -> None:
        call = Call(transferring=OPEN).says(Label.YES).says(Label.STAFF)
        assert "connecting" in call.spoken
        call.is_said()
        (transfer,) = call.turn.actions
        assert transfer == Transfer(context=call.state.context, number="+12125550199")
        call.take(TransferAccepted(at=T, context=call.state.context)).ends()
        assert call.outcome is Outcome.TRANSFERRED

    def test_closed_means_a_call_back(self) -> None:
        closed = Transferring(number="+12125550199", until=T.isoformat())
        call = Call(transferring=closed).says(Label.YES).says(Label.STAFF)
        assert "call you back" in call.spoken
        assert call.outcome is Outcome.STAFF_REQUESTED

    def test_when_nobody_takes_it_the_menu_comes_again(self) -> None:
        call = Call(transferring=OPEN).says(Label.YES).says(Label.STAFF).is_said()
        call.take(TransferFailed(at=T, context=call.state.context))
        assert call.state.step is Step.MENU
        assert call.spoken.startswith("Nobody could take your call")
        assert call.says(Label.CONFIRM).outcome is Outcome.CONFIRMED

    def test_a_second_wish_is_promised_and_not_tried_again(self) -> None:
        call = Call(transferring=OPEN).says(Label.YES).says(Label.STAFF).is_said()
        call.take(TransferFailed(at=T, context=call.state.context)).says(Label.STAFF)
        assert call.state.step is Step.CLOSING

    def test_staff_who_took_it_after_all_are_believed(self) -> None:
        call = Call(transferring=OPEN).says(Label.YES).says(Label.STAFF).is_said()
        context = call.state.context
        call.take(TransferFailed(at=T, context=context))
        assert call.take(TransferAccepted(at=T, context=context)).outcome is Outcome.TRANSFERRED

    def test_they_are_connected_once(self) -> None:
        call = Call(transferring=OPEN).says(Label.YES).says(Label.STAFF).is_said().is_said()
        assert call.turn.actions == ()

    def test_when_azure_refuses_to_connect_them_the_menu_comes_again(self) -> None:
        call = Call(transferring=OPEN).says(Label.YES).says(Label.STAFF).is_said()
        assert call.take(Faulted(at=T)).state.step is Step.MENU

    def test_a_word_that_cannot_be_said_does_not_keep_them_from_staff(self) -> None:
        call = Call(transferring=OPEN).says(Label.YES).says(Label.STAFF).is_said(failed=True)
        assert isinstance(call.turn.actions[0], Transfer)


class TestReason:
    def reason(self) -> Call:
        return Call(ask_reason=True).says(Label.YES).says(Label.CANCEL).says(Label.YES)

    def test_it_is_asked_after_the_cancellation_is_done(self) -> None:
        call = self.reason()
        assert call.state.acts == (Act.CANCELLED,)
        assert "is cancelled" in call.spoken
        assert isinstance(call.ask.listen, ForSpeech)

    def test_the_words_are_kept(self) -> None:
        call = self.reason().speaks("I have a cold")
        assert call.state.notes == (Note(NoteKind.REASON, 0, "I have a cold"),)
        assert call.state.step is Step.CLOSING

    @pytest.mark.parametrize("miss", [Miss.SILENCE, Miss.NOT_UNDERSTOOD])
    def test_no_reason_is_fine(self, miss: Miss) -> None:
        call = self.reason().misses(miss)
        assert call.state.step is Step.CLOSING
        assert call.outcome is Outcome.CANCELLED

    @pytest.mark.parametrize(
        "words", ["stop calling", "oh please stop calling me now", "STOP CALLS"]
    )
    def test_a_stop_among_the_words_stops_the_calls(self, words: str) -> None:
        assert self.reason().speaks(words).outcome is Outcome.OPTED_OUT

    def test_a_reason_that_only_speaks_of_calls_stops_nothing(self) -> None:
        call = self.reason().speaks("I will call you when I am back")
        assert call.outcome is Outcome.CANCELLED


#: What people say who want no more calls.
PLAINLY = (
    "stop",
    "please stop",
    "don't call me",
    "do not call again",
    "please don\u2019t call anymore",
    "take me off your list",
    "please unsubscribe",
    "please don't call me any more, stop",
    "basta",
    "no me llamen más por favor",
    "quíteme de la lista",
)


@pytest.mark.parametrize("words", PLAINLY)
@pytest.mark.parametrize("step", [Step.REASON, Step.PREFERENCE, Step.GREETING])
def test_plain_words_stop_the_calls_wherever_they_are_said(words: str, step: Step) -> None:
    """R6."""
    call = Call(ask_reason=True, listen_first=step is Step.GREETING)
    if step is not Step.GREETING:
        call.says(Label.YES)
        call.says(Label.RESCHEDULE if step is Step.PREFERENCE else Label.CANCEL)
    if step is Step.REASON:
        call.says(Label.YES)
    assert call.state.step is step
    assert call.speaks(words).outcome is Outcome.OPTED_OUT


def test_a_word_in_passing_stops_nothing() -> None:
    call = Call().says(Label.YES).says(Label.RESCHEDULE)
    call.speaks("the bus does not stop there before ten")
    assert call.outcome is Outcome.RESCHEDULE_REQUESTED


def test_a_key_without_a_name_means_nothing() -> None:
    call = Call()
    call.take(Recognized(at=T, context=call.state.context, tones=("",)))
    assert call.state.acts == ()


def test_what_could_not_be_done_long_ago_changes_nothing() -> None:
    call = Call().says(Label.YES)
    assert call.take(Faulted(at=T, context="right_party.1")).turn.actions == ()


class TestNeeds:
    def needs(self) -> Call:
        return Call(ask_needs=True).says(Label.YES).says(Label.CONFIRM)

    def test_they_are_asked_for_after_the_confirmation_is_done(self) -> None:
        call = self.needs()
        assert call.state.acts == (Act.CONFIRMED,)
        assert {c.label for c in _choices(call)} >= {"Wheelchair", "Nothing", "Stop"}

    def test_a_need_is_noted(self) -> None:
        call = self.needs().says(Label.WHEELCHAIR)
        assert call.state.notes == (Note(NoteKind.NEED, 0, "Wheelchair"),)
        assert call.outcome is Outcome.CONFIRMED

    @pytest.mark.parametrize("miss", Miss)
    def test_nothing_undoes_the_confirmation(self, miss: Miss) -> None:
        assert self.needs().misses(miss).outcome is Outcome.CONFIRMED

    def test_a_key_beside_another_word_spoils_nothing(self) -> None:
        call = self.needs()
        heard = Recognized(at=T, context=call.state.context, label="Ride", tones=("one",))
        assert call.take(heard).outcome is Outcome.CONFIRMED


def _choices(call: Call) -> Any:
    assert isinstance(call.ask.listen, ForChoices)
    return call.ask.listen.choices


class TestSomebodyHasDied:
    @pytest.mark.parametrize("before", [(), (Label.YES,), (Label.YES, Label.CANCEL)])
    def test_it_is_understood_at_every_question(self, before: tuple[Label, ...]) -> None:
        call = Call()
        for label in before:
            call.says(label)
        call.says(Label.DECEASED, "he passed away")
        assert Act.DECEASED in call.state.acts
        assert "sorry" in call.spoken
        assert call.outcome is Outcome.NEEDS_REVIEW

    def test_a_bereaved_patient_is_not_taken_for_dead(self) -> None:
        """A death in the family is an ordinary reason to cancel."""
        call = Call(ask_reason=True).says(Label.YES).says(Label.CANCEL).says(Label.YES)
        call.speaks("My mother was ill and she died on Sunday, so I have to travel")
        assert Act.DECEASED not in call.state.acts
        assert call.outcome is Outcome.CANCELLED

    def test_it_has_no_key(self) -> None:
        assert {c.label: c.tone for c in _choices(Call())}["Deceased"] == ""


class TestSeveralVisits:
    WHENS = ("Friday at nine", "Friday at noon", "Friday at three")

    def test_each_is_answered_by_itself(self) -> None:
        call = Call(whens=self.WHENS).says(Label.YES).says(Label.CONFIRM)
        assert "Friday at nine is confirmed" in call.spoken
        assert "appointment on Friday at noon" in call.spoken
        call.says(Label.CANCEL).says(Label.YES)
        assert "Friday at noon is cancelled" in call.spoken
        call.says(Label.RESCHEDULE).misses().ends()
        assert [outcome(call.state, i) for i in range(3)] == [
            Outcome.CONFIRMED,
            Outcome.CANCELLED,
            Outcome.RESCHEDULE_REQUESTED,
        ]

    def test_hanging_up_leaves_the_rest_unanswered(self) -> None:
        call = Call(whens=self.WHENS).says(Label.YES).says(Label.CONFIRM).ends()
        assert call.state.done == (Done(Act.CONFIRMED, 0),)
        assert outcome(call.state, 1) is Outcome.HUNG_UP

    def test_a_cancellation_left_open_is_of_its_visit_alone(self) -> None:
        call = Call(whens=self.WHENS).says(Label.YES).says(Label.CONFIRM).says(Label.CANCEL).ends()
        assert outcome(call.state, 0) is Outcome.CONFIRMED
        assert outcome(call.state, 1) is Outcome.NEEDS_REVIEW

    def test_a_visit_that_has_changed_is_passed_over(self) -> None:
        call = Call(whens=self.WHENS, stands=(True, False, True)).says(Label.YES)
        call.says(Label.CONFIRM)
        assert "noon" not in call.spoken
        assert "Friday at three" in call.spoken

    def test_an_answer_is_told_even_when_no_other_visit_stands(self) -> None:
        call = Call(whens=self.WHENS[:2], stands=(True, False)).says(Label.YES)
        call.says(Label.CONFIRM)
        assert "Friday at nine is confirmed" in call.spoken
        assert call.state.step is Step.CLOSING

    def test_who_hears_nothing_else_hears_who_calls(self) -> None:
        """R4."""
        call = Call(whens=self.WHENS, stands=(False,) * 3, right_party=False)
        assert call.spoken.startswith("Hello. This is an automated call")

    def test_when_none_stands_nothing_is_said_of_any(self) -> None:
        call = Call(whens=self.WHENS, stands=(False, False, False)).says(Label.YES)
        assert "Friday" not in call.spoken
        assert call.state.step is Step.CLOSING

    def test_the_reason_is_asked_for_each(self) -> None:
        call = Call(whens=self.WHENS[:2], ask_reason=True).says(Label.YES)
        call.says(Label.CANCEL).says(Label.YES).speaks("ill").says(Label.CANCEL).says(Label.YES)
        assert call.speaks("still ill").state.notes == (
            Note(NoteKind.REASON, 0, "ill"),
            Note(NoteKind.REASON, 1, "still ill"),
        )


class TestMachines:
    def test_a_greeting_is_listened_to_before_a_word_is_said(self) -> None:
        ask = Call(listen_first=True).ask
        assert ask.prompts == ()
        assert isinstance(ask.listen, ForSpeech)

    def test_a_person_hears_the_opening(self) -> None:
        assert "automated call" in Call(listen_first=True).speaks("Hello?").spoken

    def test_silence_hears_the_opening_too(self) -> None:
        assert "automated call" in Call(listen_first=True).misses().spoken

    def test_a_voicemail_gets_the_minimal_message_and_we_hang_up(self) -> None:
        call = Call(listen_first=True, voicemail=True).speaks("Please leave a message")
        assert "automated message" in call.spoken
        assert "Friday" not in call.spoken
        assert call.is_said().turn.actions == (HangUp(),)
        assert call.ends().outcome is Outcome.VOICEMAIL_LEFT

    def test_a_message_that_was_cut_off_was_not_left(self) -> None:
        call = Call(listen_first=True, voicemail=True).speaks("Please leave a message").ends()
        assert call.outcome is Outcome.MACHINE

    def test_without_leave_to_speak_a_voicemail_hears_nothing(self) -> None:
        call = Call(listen_first=True).speaks("You have reached the voicemail of Ana")
        assert call.turn.actions == (HangUp(),)
        assert call.ends().outcome is Outcome.MACHINE

    def test_a_call_screener_is_told_who_calls_and_then_the_person_is_asked(self) -> None:
        call = Call(listen_first=True).speaks("Please say your name and why you are calling")
        assert "calling for Ana" in call.spoken
        assert "automated call" in call.speaks("Hello").spoken

    def test_a_screener_that_never_ends_is_not_talked_to_for_ever(self) -> None:
        call = Call(listen_first=True)
        for _ in range(3):
            call.speaks("Who is calling")
        assert call.state.step is Step.RIGHT_PARTY

    def test_silence_at_the_first_question_is_taken_for_a_machine_where_messages_are_left(
        self,
    ) -> None:
        call = Call(voicemail=True).misses().misses().misses()
        assert "automated message" in call.spoken
        assert call.is_said().ends().outcome is Outcome.VOICEMAIL_LEFT
        assert call.state.acts == ()

    def test_silence_after_a_word_is_a_person(self) -> None:
        call = Call(voicemail=True).says(Label.YES).misses().misses().misses()
        assert "automated message" not in call.spoken
        assert call.ends().outcome is Outcome.NO_RESPONSE

    def test_a_person_who_said_something_gets_no_message(self) -> None:
        call = Call(voicemail=True, right_party=False).says(Label.CANCEL).says(Label.NO)
        assert "automated message" not in call.misses().misses().misses().spoken

    def test_mumbling_is_no_machine(self) -> None:
        call = Call(voicemail=True).misses(Miss.NOT_UNDERSTOOD).misses().misses()
        assert "automated message" not in call.spoken


def test_changing_ones_mind_without_end_ends() -> None:
    call = Call().says(Label.YES)
    for _ in range(60):
        call.says(Label.CANCEL).says(Label.NO)
    assert call.state.step is Step.CLOSING
    assert call.state.acts == ()


class TestKeysAlone:
    def known(self, **settings: Any) -> Call:
        """The right person is there, and then the speech service fails."""
        return Call(sounds=RECORDED, **settings).says(Label.YES).misses(Miss.FAULT)

    def test_to_whoever_picked_up_a_recording_offers_a_call_back_and_nothing_else(self) -> None:
        """R9: a recording names nobody, so nobody can say that it is them."""
        call = Call(sounds=RECORDED).misses(Miss.FAULT)
        assert {p.kind for p in call.ask.prompts} == {PromptKind.FILE}
        assert "automated call" in call.spoken
        assert call.keys("1").state.acts == ()
        assert call.keys("0").outcome is Outcome.STAFF_REQUESTED

    def test_the_right_person_goes_on_with_recordings_and_keys(self) -> None:
        call = self.known()
        (prompt,) = call.ask.prompts
        assert prompt.kind is PromptKind.FILE
        assert isinstance(call.ask.listen, ForKeys)
        assert call.keys("1").outcome is Outcome.CONFIRMED
        (say,) = call.turn.actions
        assert isinstance(say, Say)
        assert say.prompts[0].kind is PromptKind.FILE

    def test_a_cancellation_has_its_read_back_there_too(self) -> None:
        call = self.known().keys("2")
        assert call.state.acts == ()
        assert call.keys("1").outcome is Outcome.CANCELLED

    def test_nine_stops_the_calls_there_too(self) -> None:
        assert Call(sounds=RECORDED).misses(Miss.FAULT).keys("9").outcome is Outcome.OPTED_OUT
        assert self.known().keys("9").outcome is Outcome.OPTED_OUT

    def test_a_wish_that_no_recording_speaks_of_is_noted(self) -> None:
        call = self.known().keys("3")
        assert call.outcome is Outcome.RESCHEDULE_REQUESTED
        assert call.state.step is Step.CLOSING

    def test_a_second_fault_ends_it(self) -> None:
        call = Call(sounds=RECORDED).misses(Miss.FAULT).misses(Miss.FAULT)
        assert call.turn.actions == (HangUp(),)
        assert call.ends().outcome is Outcome.FAILED_PROVIDER

    def test_without_recordings_it_ends_and_is_tried_again_later(self) -> None:
        assert Call().misses(Miss.FAULT).turn.actions == (HangUp(),)

    def test_recordings_cannot_tell_visits_apart(self) -> None:
        call = self.known(whens=("Friday at nine", "Friday at noon"))
        assert call.turn.actions == (HangUp(),)

    def test_a_clinic_can_want_keys_alone(self) -> None:
        """R11: no speech is processed."""
        call = Call(keypad_only=True, ask_reason=True)
        for key in ("1", "2", "1"):
            assert isinstance(call.ask.listen, ForKeys)
            assert not call.ask.sentiment
            call.keys(key)
        assert call.outcome is Outcome.CANCELLED


def test_the_opening_can_not_be_cut_short_where_the_clinic_says_so() -> None:
    ask = Call(profile=Profile(interrupt_prompt=False, interrupt_media=False)).ask
    assert not ask.interrupt_prompt
    assert not ask.interrupt_media
