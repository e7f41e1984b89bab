from pathlib import Path

import simulator
from simulator.acts import HangUp, Nothing, Question
from simulator.patient import Draw, Patient
from simulator.personas import BY_NAME, DEFAULT, PERSONAS, persona_for


def choices(*labels):
    return Question(frozenset(labels))


MENU = choices("Confirm", "Cancel", "Repeat", "Stop")
YES_NO = choices("Yes", "No", "Stop")


def patient(name):
    return Patient(BY_NAME[name], Draw("1", "+12125550100"))


def test_it_gives_no_two_personas_the_same_digits():
    digits = [pair for persona in PERSONAS for pair in persona.digits]
    assert len(set(digits)) == len(digits)
    assert all(len(pair) == 2 and pair.isdigit() for pair in digits)


def test_it_chooses_the_persona_by_the_last_two_digits():
    assert persona_for("+12125550130").name == "busy"
    assert persona_for("+447700900130").name == "busy"
    assert persona_for("+12125550199") is DEFAULT


def test_it_lists_every_persona_in_the_readme():
    readme = (Path(simulator.__file__).parent / "README.md").read_text()
    for persona in PERSONAS:
        assert f"| {', '.join(persona.digits)} | `{persona.name}` | {persona.summary} |" in readme


def test_it_takes_yes_and_no_for_a_read_back_only_after_a_cancel():
    changing = patient("cancel_hangs_up_at_read_back")
    assert not isinstance(changing.answer(YES_NO), HangUp)
    changing.answer(MENU)
    assert isinstance(changing.answer(YES_NO), HangUp)


def test_it_reads_labels_without_regard_to_case():
    cancelling = patient("cancel_with_read_back")
    assert cancelling.answer(choices("CONFIRM", "CANCEL")).cancels


def test_it_keeps_silent_at_a_question_it_does_not_know():
    question = choices("Interpreter", "Wheelchair")
    assert isinstance(patient("confirm_by_voice").answer(question), Nothing)


def test_it_says_the_last_thing_again_when_asked_again():
    changing = patient("cancel_changes_mind")
    first, second, third = (changing.answer(MENU) for _ in range(3))
    assert first.cancels
    assert not second.cancels
    assert second == third


def test_it_rings_and_words_the_same_for_one_seed():
    for name in BY_NAME:
        assert patient(name).ring_seconds() == patient(name).ring_seconds()
        assert 1.5 <= patient(name).ring_seconds() <= 4.0
    spread = {Draw("1", f"+1212555{n:04}").between(0, 1, "ring") for n in range(100)}
    assert len(spread) == 100
